// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

/// What Exchange said of recipients, for a time. It holds a bounded number: unknown recipients give way first, then the oldest answers, so
/// that whoever tries out names cannot crowd out those that exist.
///
/// What is known to exist goes on counting while Exchange cannot be asked; what is unknown is asked for again as soon as its time is over.
struct RecipientCache {
    private struct Entry {
        var isKnown: Bool
        var moment: Timestamp
    }

    /// How long answers count.
    let times: RecipientTimes
    private let limit: Int
    private var entries: [String: Entry] = [:]

    init(times: RecipientTimes, limit: Int = 50_000) {
        self.times = times
        self.limit = max(1, limit)
    }

    /// Addresses held.
    var count: Int { entries.count }

    /// The answer while it counts; nil when it must be asked for.
    func standing(of key: String, now: Timestamp) -> RecipientStanding? {
        guard let entry = entries[key] else { return nil }
        let age = now - entry.moment
        guard age < (entry.isKnown ? times.known : times.unknown) else { return nil }
        return entry.isKnown ? .known : .unknown
    }

    /// True when it was there the last time that somebody could be asked, and that is not too long ago.
    func wasKnown(_ key: String, now: Timestamp) -> Bool {
        guard let entry = entries[key], entry.isKnown else { return false }
        return now - entry.moment < times.stale
    }

    mutating func note(_ key: String, isKnown: Bool, now: Timestamp) {
        entries[key] = Entry(isKnown: isKnown, moment: now)
        guard entries.count > limit else { return }
        // A tenth at once, so that the sorting is seldom.
        let order = entries.sorted { first, second in
            first.value.isKnown == second.value.isKnown
                ? first.value.moment < second.value.moment : second.value.isKnown
        }
        for (key, _) in order.prefix(max(1, limit / 10)) { entries[key] = nil }
    }
}

/// How long what Exchange said of a recipient counts.
public struct RecipientTimes: Hashable, Sendable {
    /// That it exists.
    public var known = Duration.seconds(86_400)
    /// That it does not: short, so that a new mailbox gets its mail.
    public var unknown = Duration.seconds(1800)
    /// That it existed, while Exchange cannot be asked.
    public var stale = Duration.seconds(30 * 86_400)

    /// A day, half an hour, thirty days.
    public init() {}
}
