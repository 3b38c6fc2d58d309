// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The sessions that may be open at once, all accounts together; first come, first served.
///
/// One host has half of them at most: a provider whose sessions drag on does not keep the others' accounts waiting.
actor SessionSlots {
    private struct Waiting {
        let ticket: Int
        let host: String
        let continuation: CheckedContinuation<Bool, Never>
    }

    private var inUse = 0
    private var inUseOfHost: [String: Int] = [:]
    private var limit: Int
    private var waiting: [Waiting] = []
    private var tickets = 0

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Changes how many there are.
    func setLimit(_ limit: Int) {
        self.limit = max(1, limit)
        admit()
    }

    /// Waits for a slot for a session with `host`.
    /// - Returns: false when the task was cancelled; then there is none to give back.
    func take(for host: String) async -> Bool {
        tickets += 1
        let ticket = tickets
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                waiting.append(Waiting(ticket: ticket, host: host.lowercased(), continuation: continuation))
                admit()
            }
        } onCancel: {
            // Ends by itself: it only takes one turn of this actor.
            Task { await self.cancel(ticket) }
        }
    }

    /// Gives a slot back that was taken for `host`.
    func giveBack(of host: String) {
        let host = host.lowercased()
        inUse -= 1
        let left = (inUseOfHost[host] ?? 0) - 1
        inUseOfHost[host] = left > 0 ? left : nil
        admit()
    }

    private func admit() {
        while inUse < limit {
            let share = max(1, limit / 2)
            guard let index = waiting.firstIndex(where: { inUseOfHost[$0.host, default: 0] < share }) else { return }
            let next = waiting.remove(at: index)
            inUse += 1
            inUseOfHost[next.host, default: 0] += 1
            next.continuation.resume(returning: true)
        }
    }

    private func cancel(_ ticket: Int) {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }
}
