// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// How often each client and each network did what is counted: a fixed number of them, those quiet for longest give way.
struct ClientCounters: Sendable {
    /// Clients and networks that are counted.
    static let capacity = 20_000

    private typealias Windows = InlineArray<9, RateWindow>

    private var table: RecencyTable<ClientKey, Windows>

    /// Nothing was counted.
    init(capacity: Int = Self.capacity) {
        table = RecencyTable(capacity: capacity)
    }

    /// Clients and networks that are remembered.
    var count: Int { table.count }

    /// Counts a deed.
    /// - Returns: true when there were more than `limit` of it, this one with them.
    mutating func count(_ deed: ClientDeed, by key: ClientKey, limit: RateLimit, now: Timestamp) -> Bool {
        table.use(key, fresh: Windows(repeating: RateWindow())) { windows in
            windows[deed.rawValue].count(now, period: limit.period) > limit.count
        }
    }

    /// How many of a deed there were within `period`.
    func number(of deed: ClientDeed, by key: ClientKey, period: Duration, now: Timestamp) -> Int {
        guard var window = table.value(key)?[deed.rawValue] else { return 0 }
        // Counting one more in a copy tells of those before it.
        return window.count(now, period: period) - 1
    }

    /// Forgets what `key` did.
    mutating func forget(_ key: ClientKey) { table.remove(key) }
}

/// What clients may do.
public struct ClientLimits: Hashable, Sendable {
    /// How many clients' worth the network of an IPv4 client may do in all.
    public static let neighbours = 4

    /// Within which messages that were taken are set against what users of a service did: longer than such a limit's own period, so that the
    /// service's quiet hour does not make a flood of one user's.
    static let merits = Duration.seconds(6 * 3600)

    private var limits: [RateLimit?]

    /// Limits that only a flood or an attack meets.
    public init() {
        limits = Array(repeating: nil, count: ClientDeed.allCases.count)
        self[.connection] = RateLimit(600, per: .seconds(60))
        self[.message] = RateLimit(1200, per: .seconds(60))
        self[.recipient] = RateLimit(6000, per: .seconds(60))
        self[.unknownRecipient] = RateLimit(100, per: .seconds(600))
        self[.error] = RateLimit(100, per: .seconds(600))
        self[.failedLogin] = RateLimit(30, per: .seconds(600))
        self[.rejection] = RateLimit(100, per: .seconds(3600))
        self[.earlyTalk] = RateLimit(10, per: .seconds(3600))
    }

    /// The limit of one client; nil for none.
    public subscript(deed: ClientDeed) -> RateLimit? {
        get { limits[deed.rawValue] }
        set { limits[deed.rawValue] = newValue }
    }
}
