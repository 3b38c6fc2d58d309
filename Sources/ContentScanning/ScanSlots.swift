// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The messages that may be scanned at the same time; first come, first served.
actor ScanSlots {
    private var limit: Int
    private var inUse = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ limit: Int) {
        self.limit = max(1, limit)
    }

    func setLimit(_ limit: Int) {
        self.limit = max(1, limit)
        admit()
    }

    /// Waits for a slot. What waits is bounded by the connections that are served at once.
    func take() async {
        if inUse < limit, waiting.isEmpty {
            inUse += 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func giveBack() {
        inUse -= 1
        admit()
    }

    private func admit() {
        while inUse < limit, !waiting.isEmpty {
            inUse += 1
            waiting.removeFirst().resume()
        }
    }
}
