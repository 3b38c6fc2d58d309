// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The sessions that may be open at once, all accounts together; first come, first served.
actor SessionSlots {
    private var inUse = 0
    private var limit: Int
    private var waiting: [(ticket: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    private var tickets = 0

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Changes how many there are.
    func setLimit(_ limit: Int) {
        self.limit = max(1, limit)
        admit()
    }

    /// Waits for a slot.
    /// - Returns: false when the task was cancelled; then there is none to give back.
    func take() async -> Bool {
        tickets += 1
        let ticket = tickets
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                waiting.append((ticket, continuation))
                admit()
            }
        } onCancel: {
            // Ends by itself: it only takes one turn of this actor.
            Task { await self.cancel(ticket) }
        }
    }

    /// Gives a slot back.
    func giveBack() {
        inUse -= 1
        admit()
    }

    private func admit() {
        while inUse < limit, !waiting.isEmpty {
            inUse += 1
            waiting.removeFirst().continuation.resume(returning: true)
        }
    }

    private func cancel(_ ticket: Int) {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }
}
