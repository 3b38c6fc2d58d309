// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What the DNS says of a client.
public struct ClientFindings: Hashable, Sendable {
    /// A list that names the client.
    public struct Listing: Hashable, Sendable {
        /// The list.
        public var zone: String
        /// What it adds to the score.
        public var weight: Int
        /// What it answered.
        public var answers: [String]

        /// A listing.
        public init(zone: String, weight: Int, answers: [String]) {
            self.zone = zone
            self.weight = weight
            self.answers = answers
        }
    }

    /// Its name; nil when nobody asked.
    public var reverseName: ReverseName?
    /// The lists that name it.
    public var listings: [Listing]

    /// Findings.
    public init(reverseName: ReverseName? = nil, listings: [Listing] = []) {
        self.reverseName = reverseName
        self.listings = listings
    }

    /// The sum of what the lists say.
    public var score: Int { listings.reduce(0) { $0 + $1.weight } }

    /// Why a recipient from this client is refused; nil when it is not.
    public func refusal(of address: String, _ rules: LookupRules) -> SMTPReply? {
        if let limit = rules.refuseAt, score >= limit {
            let zones = listings.filter { $0.weight > 0 }.map(\.zone).joined(separator: ", ")
            return SMTPReply(550, EnhancedStatus(5, 7, 1), "\(address) is listed by \(zones): ask there why")
        }
        let words = "has no name in the DNS that leads back to it (PTR, and A or AAAA)"
        guard let reverseName else { return nil }
        switch (rules.nameless, reverseName) {
        // RFC 7372 §3.3: 7.25 is a reverse name that fails.
        case (.refuse, .none): return SMTPReply(550, EnhancedStatus(5, 7, 25), "\(address) \(words)")
        case (.defer, .none): return SMTPReply(450, EnhancedStatus(4, 7, 25), "\(address) \(words)")
        case (.refuse, .unknown), (.defer, .unknown):
            let words = "the name of \(address) cannot be looked up now, try again later"
            return SMTPReply(450, EnhancedStatus(4, 7, 25), words)
        case (.accept, _), (_, .confirmed): return nil
        }
    }

    /// The field for the top of a message when a list names its client; empty otherwise.
    ///
    /// ```text
    /// X-Ceralacca-DNSBL: score=3; zen.spamhaus.org=127.0.0.4,127.0.0.11;
    ///  bl.example.org=127.0.0.2
    /// ```
    public var field: String {
        guard !listings.isEmpty else { return "" }
        let parts = listings.map { "\($0.zone)=\($0.answers.prefix(8).joined(separator: ","))" }
        return "X-Ceralacca-DNSBL: score=\(score); \(parts.joined(separator: ";\r\n "))\r\n"
    }
}

/// What is asked of the DNS about a client, and what follows from it.
public struct LookupRules: Hashable, Sendable {
    /// What becomes of mail from a client without a name that leads back to it.
    public enum Nameless: String, Hashable, Sendable, CaseIterable {
        /// It is taken.
        case accept
        /// It is put off (450 4.7.25).
        case `defer`
        /// It is refused (550 5.7.25).
        case refuse
    }

    /// True when the name is looked up.
    public var looksUpName: Bool
    /// What becomes of clients without one.
    public var nameless: Nameless
    /// The lists that are asked.
    public var zones: [BlockingZone]
    /// The score from which mail is refused; nil for never.
    public var refuseAt: Int?
    /// How long all of it may take: what has not answered then says nothing.
    public var timeout: Duration

    /// Rules: by default the name is looked up, and nobody is refused.
    public init(
        looksUpName: Bool = true,
        nameless: Nameless = .accept,
        zones: [BlockingZone] = [],
        refuseAt: Int? = nil,
        timeout: Duration = .seconds(5)
    ) {
        self.looksUpName = looksUpName
        self.nameless = nameless
        self.zones = zones
        self.refuseAt = refuseAt
        self.timeout = timeout
    }

    /// True when there is anything to ask.
    public var isEmpty: Bool { !looksUpName && zones.isEmpty }
}
