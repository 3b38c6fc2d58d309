// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// How the clients of `internet` listeners are screened, as `screening` describes it.
public struct ScreeningConfiguration: Hashable, Sendable {
    /// How often something may happen: `100/10m`.
    public struct Rate: Hashable, Sendable {
        /// How often.
        public var count: Int
        /// Within which time.
        public var period: Duration

        /// A rate.
        public init(count: Int, period: Duration) {
            self.count = count
            self.period = period
        }
    }

    /// What is known of a client's name in the DNS, and what follows.
    public enum ReverseName: String, Hashable, Sendable, CaseIterable {
        /// Nobody asks.
        case off
        /// It stands in Received, and scanners are told.
        case tag
        /// Mail from a client without one is put off.
        case `defer`
        /// Mail from a client without one is refused.
        case refuse
    }

    /// A list of clients in the DNS.
    public struct Zone: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// What a listing adds to the score.
        public var weight: Int
        /// The answers that count, as patterns; all when empty.
        public var answers: [String]

        /// A list.
        public init(name: String, weight: Int = 1, answers: [String] = []) {
            self.name = name
            self.weight = weight
            self.answers = answers
        }
    }

    /// The times of greylisting.
    public struct Greylisting: Hashable, Sendable {
        /// How long a client is asked to wait.
        public var delay = Duration.seconds(180)
        /// Within what time it must have come again.
        public var retryWithin = Duration.seconds(2 * 86_400)
        /// How long it is known then.
        public var remember = Duration.seconds(35 * 86_400)

        /// The defaults.
        public init() {}
    }

    /// Networks that are never screened, beside those that the listeners name.
    public var exempt: [Network] = []
    /// How long the greeting is held back.
    public var greetingPause = Duration.zero
    /// What clients may do, by the key of `rates` or `abuse`; a key that is missing has its default, one with nil no limit.
    public var rates: [String: Rate?] = [:]
    /// The first block.
    public var firstBlock = Duration.seconds(600)
    /// The longest.
    public var longestBlock = Duration.seconds(86_400)
    /// What is known of a client's name.
    public var reverseName = ReverseName.tag
    /// The lists that are asked.
    public var zones: [Zone] = []
    /// The score from which mail is refused; nil for never.
    public var refuseAt: Int?
    /// How long questions to the DNS may take.
    public var timeout = Duration.seconds(5)
    /// Greylisting; nil for none.
    public var greylisting: Greylisting?

    /// The defaults: nothing is refused but floods and attacks.
    public init() {}

    /// The keys of `rates`.
    public static let rateKeys = ["connections", "messages", "recipients"]
    /// The keys of `abuse`.
    public static let abuseKeys = ["unknown_recipients", "errors", "failed_logins", "rejections", "early_talkers"]
}
