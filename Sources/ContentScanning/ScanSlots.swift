// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The messages that may be scanned at the same time; first come, first served, but a quarter of the slots is not for ordinary mail: whoever
/// floods the company from the Internet keeps no certified or retrieved message waiting.
actor ScanSlots {
    private var limit: Int
    private var inUse = 0
    private var ordinaryInUse = 0
    /// First come first.
    private(set) var waiting: [(mail: ScanSubject.Mail, continuation: CheckedContinuation<Void, Never>)] = []

    init(_ limit: Int) {
        self.limit = max(1, limit)
    }

    func setLimit(_ limit: Int) {
        self.limit = max(1, limit)
        admit()
    }

    /// Waits for a slot. What waits is bounded by the connections that are served at once.
    func take(_ mail: ScanSubject.Mail) async {
        // Whoever waits could not go either, unless it is of the kind that waits for its own.
        guard hasRoom(for: mail), !waiting.contains(where: { hasRoom(for: $0.mail) }) else {
            return await withCheckedContinuation { waiting.append((mail, $0)) }
        }
        count(mail, 1)
    }

    func giveBack(_ mail: ScanSubject.Mail) {
        count(mail, -1)
        admit()
    }

    private var ordinaryLimit: Int { max(1, limit - max(1, limit / 4)) }

    private func hasRoom(for mail: ScanSubject.Mail) -> Bool {
        inUse < limit && (mail != .ordinary || ordinaryInUse < ordinaryLimit)
    }

    private func count(_ mail: ScanSubject.Mail, _ change: Int) {
        inUse += change
        if mail == .ordinary { ordinaryInUse += change }
    }

    private func admit() {
        while let index = waiting.firstIndex(where: { hasRoom(for: $0.mail) }) {
            let next = waiting.remove(at: index)
            count(next.mail, 1)
            next.continuation.resume()
        }
    }
}
