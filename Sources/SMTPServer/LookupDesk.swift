// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import SenderScreening
import Synchronization

/// Has clients looked up in the DNS: each address once however many of its sessions wait, a bounded number at a time, and a few for each client.
///
/// ```text
/// session ──▶ address under way? ──no──▶ room? ──no──▶ a line for each network, which take turns
///    ▲             │ yes: it waits with the others   │ yes
///    └─────────────┴──────── findings ◀── lookup ◀───┘
/// ```
/// Who owns a reverse zone that never answers takes the places of his own network, and holds each for no longer than a lookup may take.
final class LookupDesk: Sendable {
    /// Lookups at the same time, all clients together.
    static let maximumLookups = 100
    /// Those of one client, which has many addresses in IPv6.
    static let maximumPerClient = 2
    /// Those of one network, so that its silent names leave places to others.
    static let maximumPerSite = 25
    /// Addresses that may wait for theirs.
    static let maximumWaiting = 1000

    fileprivate typealias Waiter = CheckedContinuation<ClientFindings, Never>

    fileprivate struct Entry {
        let lookup: ClientLookup
        let asked = ContinuousClock.now
        var waiters: [Int: Waiter] = [:]
        /// Looks it up; nil while it waits for its turn.
        var task: Task<Void, Never>?
    }

    fileprivate struct State {
        var entries: [ClientKey: Entry] = [:]
        var queue = FairQueue<ClientKey, ClientKey>(capacity: LookupDesk.maximumWaiting)
        /// Lookups under way by client and by network.
        var busy: [ClientKey: Int] = [:]
        var underWay = 0
        var lastNumber = 0
        /// Those that went away before they began to wait.
        var gone: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Lookups under way.
    var underWay: Int { state.withLock { $0.underWay } }
    /// Addresses that wait for theirs.
    var waiting: Int { state.withLock { $0.queue.count } }

    /// What is found of the client of `lookup`; nothing when its turn does not come in time, or when this task is cancelled.
    func findings(by lookup: ClientLookup) async -> ClientFindings {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let findings = await withTaskCancellationHandler {
            await withCheckedContinuation { join(lookup, number, $0) }
        } onCancel: {
            leave(lookup, number)
        }
        state.withLock { _ = $0.gone.remove(number) }
        return findings
    }

    private func join(_ lookup: ClientLookup, _ number: Int, _ waiter: Waiter) {
        let refused = state.withLock { state -> [Waiter] in
            guard !state.gone.contains(number) else { return [waiter] }
            let isNew = state.entries[lookup.key] == nil
            state.entries[lookup.key, default: Entry(lookup: lookup)].waiters[number] = waiter
            guard isNew else { return [] }
            let lost = state.queue.append(lookup.key, to: lookup.key.site)
            let entry = lost.flatMap { state.entries.removeValue(forKey: $0) }
            return Array(entry?.waiters.values ?? [:].values)
        }
        for waiter in refused { waiter.resume(returning: lookup.nothing) }
        beginNext()
    }

    /// Begins what has room by now; what has waited too long finds nothing.
    private func beginNext() {
        let late = state.withLock { state -> [Entry] in
            var late: [Entry] = []
            while state.underWay < Self.maximumLookups, let address = state.takeNext() {
                guard let entry = state.entries[address] else { continue }
                if ContinuousClock.now - entry.asked < entry.lookup.rules.timeout {
                    begin(entry.lookup, &state)
                } else {
                    state.entries[address] = nil
                    late.append(entry)
                }
            }
            return late
        }
        for entry in late { entry.end(entry.lookup.nothing) }
    }

    /// The lookup ends by its own time limit; it is cancelled when nobody waits for it any more.
    private func begin(_ lookup: ClientLookup, _ state: inout State) {
        let address = lookup.key
        state.underWay += 1
        for key in [address.client, address.site] { state.busy[key, default: 0] += 1 }
        state.entries[address]?.task = Task {
            let findings = await lookup.run()
            let entry = self.state.withLock { state in
                state.underWay -= 1
                for key in [address.client, address.site] {
                    let left = state.busy[key, default: 1] - 1
                    state.busy[key] = left > 0 ? left : nil
                }
                // Of a cancelled one somebody else may have come to ask anew.
                return Task.isCancelled ? nil : state.entries.removeValue(forKey: address)
            }
            entry?.end(findings)
            self.beginNext()
        }
    }

    private func leave(_ lookup: ClientLookup, _ number: Int) {
        let (waiter, task) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard let waiter = state.entries[lookup.key]?.waiters.removeValue(forKey: number) else {
                state.gone.insert(number)
                return (nil, nil)
            }
            guard let entry = state.entries[lookup.key], entry.waiters.isEmpty else { return (waiter, nil) }
            state.entries[lookup.key] = nil
            state.queue.remove(from: lookup.key.site) { $0 == lookup.key }
            return (waiter, entry.task)
        }
        waiter?.resume(returning: lookup.nothing)
        task?.cancel()
    }
}

extension LookupDesk.Entry {
    fileprivate func end(_ findings: ClientFindings) {
        for waiter in waiters.values { waiter.resume(returning: findings) }
    }
}

extension LookupDesk.State {
    /// The next address whose client and network have room.
    fileprivate mutating func takeNext() -> ClientKey? {
        let busy = busy
        return queue.next { address in
            busy[address.client, default: 0] < LookupDesk.maximumPerClient
                && busy[address.site, default: 0] < LookupDesk.maximumPerSite
        }
    }
}

extension ClientLookup {
    /// What is found when nobody is asked.
    var nothing: ClientFindings { ClientFindings(reverseName: rules.looksUpName ? .unknown : nil) }
}
