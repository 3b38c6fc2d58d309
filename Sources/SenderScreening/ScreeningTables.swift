// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// All that is remembered of clients: what they did of late, who is blocked, and who has proved to try again. Bounded, whoever comes.
public struct ScreeningTables: Sendable {
    /// What becomes of a deed.
    public enum Outcome: Hashable, Sendable {
        /// It counts, and that is all.
        case counted
        /// There is too much of it: this one is refused for the moment.
        case tooMuch(RateLimit, by: ClientKey)
        /// There is too much of it: the client, or its network, is blocked from now on.
        case blocked(ClientBlock)
    }

    /// The blocks.
    public var blocks: BlockList
    /// Who must come again.
    public var greylist: Greylist
    private var counters: ClientCounters

    /// Nothing is remembered.
    public init() {
        self.init(counters: ClientCounters(), blocks: BlockList(), greylist: Greylist())
    }

    init(counters: ClientCounters, blocks: BlockList = BlockList(), greylist: Greylist = Greylist()) {
        self.counters = counters
        self.blocks = blocks
        self.greylist = greylist
    }

    /// Counts what the client at `address` did.
    ///
    /// A mail service with many users is not blocked for what one of them sends: while a client whose name is confirmed has handed over more messages that
    /// were taken than it has done of the deed, the deed counts neither against it nor against its network.
    /// `isNamed` is true when the client's name in the DNS leads back to it.
    public mutating func note(
        _ deed: ClientDeed,
        by address: ClientKey,
        isNamed: Bool = false,
        limits: ClientLimits,
        rules: BlockRules,
        now: Timestamp
    ) -> Outcome {
        let client = address.client
        guard deed != .acceptance else {
            _ = counters.count(deed, by: client, limit: RateLimit(.max, per: ClientLimits.merits), now: now)
            return .counted
        }
        guard let limit = limits[deed] else { return .counted }
        if deed.isOfUsers, isNamed {
            let merits = counters.number(of: .acceptance, by: client, period: ClientLimits.merits, now: now)
            let deeds = counters.number(of: deed, by: client, period: limit.period, now: now) + 1
            guard deeds >= merits else {
                _ = counters.count(deed, by: client, limit: RateLimit(.max, per: limit.period), now: now)
                return .counted
            }
        }
        // Both are counted, whichever is over its limit.
        let isClientOver = counters.count(deed, by: client, limit: limit, now: now)
        var excess = isClientOver ? (key: client, limit: limit) : nil
        if let network = address.neighbourhood {
            let shared = limit.times(ClientLimits.neighbours)
            let isNetworkOver = counters.count(deed, by: network, limit: shared, now: now)
            if isNetworkOver, excess == nil { excess = (network, shared) }
        }
        guard let excess else { return .counted }
        guard deed.isAbuse else { return .tooMuch(excess.limit, by: excess.key) }
        // After its block the client begins anew: what it did before has been paid for.
        counters.forget(excess.key)
        let reason =
            "more than \(excess.limit.count) \(deed.words) within \(excess.limit.period.wholeMilliseconds / 1000) s"
        return .blocked(blocks.block(excess.key, reason: reason, rules: rules, now: now))
    }

    /// Clients and networks that are counted.
    var counted: Int { counters.count }
}
