// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// All that a sink saw, and a way to wait until it saw enough.
package final class SinkJournal: Sendable {
    private struct Waiter: Sendable {
        let id: Int
        let isEnough: @Sendable ([SinkRecord]) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var records: [SinkRecord] = []
        var waiters: [Waiter] = []
        var nextWaiter = 0
        var sessions = 0
        var openSessions = 0
        var logins: [String] = []
        var refusedLogins: [String] = []
    }

    private let state = Mutex(State())

    /// An empty journal.
    package init() {}

    /// Everything seen, in order of the ends of data.
    package var records: [SinkRecord] { state.withLock(\.records) }
    /// What counts as taken: accepted, or cut after taking.
    package var taken: [SinkRecord] { records.filter { $0.answer != .refused } }
    /// Connections begun.
    package var sessions: Int { state.withLock(\.sessions) }
    /// Connections open now.
    package var openSessions: Int { state.withLock(\.openSessions) }
    /// Logins that succeeded, one an AUTH.
    package var logins: [String] { state.withLock(\.logins) }
    /// Logins that were refused, one an AUTH.
    package var refusedLogins: [String] { state.withLock(\.refusedLogins) }

    /// Waits until `isEnough` holds for what was seen, at most `limit`; true when it does.
    package func wait(
        within limit: Duration,
        until isEnough: @escaping @Sendable ([SinkRecord]) -> Bool
    ) async -> Bool {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let alarm = Task { [self] in
            try await Task.sleep(for: limit)
            give(up: id)
        }
        defer { alarm.cancel() }
        return await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if isEnough(state.records) { return true }
                state.waiters.append(Waiter(id: id, isEnough: isEnough, continuation: continuation))
                return false
            }
            if isThere { continuation.resume(returning: true) }
        }
    }

    /// Waits until `count` different numbers were taken, at most `limit`.
    package func waitForNumbers(_ count: Int, within limit: Duration) async -> Bool {
        await wait(within: limit) { records in
            records.count >= count && Set(records.filter { $0.answer != .refused }.compactMap(\.number)).count >= count
        }
    }

    func add(_ record: SinkRecord) {
        let ready = state.withLock { state in
            state.records.append(record)
            let ready = state.waiters.filter { $0.isEnough(state.records) }
            let ids = Set(ready.map(\.id))
            state.waiters.removeAll { ids.contains($0.id) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }

    func sessionBegan() -> Int {
        state.withLock { state in
            state.sessions += 1
            state.openSessions += 1
            return state.sessions
        }
    }

    func sessionEnded() { state.withLock { $0.openSessions -= 1 } }

    func loggedIn(_ login: String, isRight: Bool) {
        state.withLock { state in
            if isRight { state.logins.append(login) } else { state.refusedLogins.append(login) }
        }
    }

    private func give(up id: Int) {
        let waiter = state.withLock { state in
            let found = state.waiters.first { $0.id == id }
            state.waiters.removeAll { $0.id == id }
            return found
        }
        waiter?.continuation.resume(returning: false)
    }
}
