// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import MailModel
public import NameResolution
public import SenderScreening
import Synchronization

/// Knows the clients of all listeners: what they did of late, who is blocked, who has come again. One for the whole gateway; a reload
/// changes its rules and keeps what it knows.
///
/// All but the questions to the DNS is answered from memory, at once, on the event loop of the connection that asks.
public final class SenderScreen: Sendable {
    /// What is new since it was last asked for, to be kept.
    public struct News: Hashable, Sendable {
        /// Blocks that began.
        public var blocks: [ClientBlock] = []
        /// Networks that came again.
        public var passes: [GreylistPass] = []
    }

    private struct State {
        var rules: ScreeningRules
        var tables = ScreeningTables()
        var news = News()
        /// When the log last said of a zone that it does not answer.
        var silent: [String: Timestamp] = [:]
    }

    /// News that wait to be kept; more are dropped, for memory is bounded and they are no mail.
    static let maximumNews = 20_000
    /// How often the log says that a DNSBL does not answer.
    static let silence = Duration.seconds(600)

    private let state: Mutex<State>
    private let resolver: (any NameResolving)?
    private let clock: any WallClock
    private let logger: Logger
    let desk = LookupDesk()

    /// Knows nobody yet; without a resolver the DNS is not asked.
    public init(rules: ScreeningRules, resolver: (any NameResolving)?, clock: any WallClock, logger: Logger) {
        state = Mutex(State(rules: rules))
        self.resolver = resolver
        self.clock = clock
        self.logger = logger
    }

    /// Screens by `rules` from now on.
    public func update(_ rules: ScreeningRules) { state.withLock { $0.rules = rules } }

    /// Takes what was kept before a restart.
    public func load(blocks: [ClientBlock], passes: [GreylistPass]) {
        state.withLock { state in
            for block in blocks { state.tables.blocks.put(block) }
            state.tables.greylist.load(passes)
        }
    }

    /// What is to be kept, once.
    public func takeNews() -> News {
        state.withLock { state in
            defer { state.news = News() }
            return state.news
        }
    }

    /// Takes news back that could not be kept.
    public func giveBack(_ news: News) {
        state.withLock { state in
            state.news.blocks = Array((news.blocks + state.news.blocks).suffix(Self.maximumNews))
            state.news.passes = Array((news.passes + state.news.passes).suffix(Self.maximumNews))
        }
    }

    /// Lifts every block that concerns `network`, as a person wants.
    public func lift(_ network: Network) {
        let lifted = state.withLock { state in
            let lifted = state.tables.blocks.lift(network)
            state.news.blocks.removeAll { lifted.map(\.network).contains($0.network) }
            return lifted
        }
        for block in lifted { logger.notice("block lifted", metadata: ["client": "\(block.network)"]) }
    }

    /// Blocks as a person wants.
    public func block(_ block: ClientBlock) { state.withLock { $0.tables.blocks.put(block) } }

    /// The blocks that hold.
    public var blocks: [ClientBlock] {
        let now = clock.now()
        return state.withLock { $0.tables.blocks.all(now: now) }
    }

    /// How a session of the client at `peer` is screened; nil when it is not.
    func session(of peer: PeerAddress, _ scope: ScreeningScope) -> SessionScreen? {
        guard let key = ClientKey(peer.octets) else { return nil }
        return state.withLock { state in
            guard !state.rules.isExempt(peer.octets) else { return nil }
            let pause = scope == .senders ? state.rules.greetingPause : .zero
            return SessionScreen(screen: self, key: key, scope: scope, greetingPause: pause)
        }
    }

    // MARK: What sessions ask and tell

    /// The reply that refuses a connection; nil for one that is served.
    func admit(_ key: ClientKey, _ scope: ScreeningScope, hostname: String) -> SMTPReply? {
        let now = clock.now()
        if let block = state.withLock({ $0.tables.blocks.active(for: key, now: now) }) { return Self.reply(block) }
        return scope == .logins ? nil : note(.connection, by: key)
    }

    /// Counts what a client did.
    /// - Returns: the reply that refuses it, 451, or that ends the session, 421; nil when there was not too much of it.
    func note(_ deed: ClientDeed, by key: ClientKey, isNamed: Bool = false) -> SMTPReply? {
        let now = clock.now()
        let outcome = state.withLock { state in
            let rules = state.rules
            let outcome = state.tables.note(
                deed,
                by: key,
                isNamed: isNamed,
                limits: rules.limits,
                rules: rules.blocks,
                now: now
            )
            if case .blocked(let block) = outcome, state.news.blocks.count < Self.maximumNews {
                state.news.blocks.append(block)
            }
            return outcome
        }
        switch outcome {
        case .counted: return nil
        case .tooMuch(let limit, let by):
            let words = "too many \(deed.words) from \(by), \(limit) are allowed; try again later"
            return SMTPReply(deed == .connection ? 421 : 451, EnhancedStatus(4, 7, 0), words)
        case .blocked(let block):
            logger.warning(
                "client blocked",
                metadata: [
                    "client": "\(block.network)", "until": "\(MailDate.formatISO8601(block.until))",
                    "reason": "\(block.reason)", "strikes": "\(block.strikes)",
                ]
            )
            return Self.reply(block)
        }
    }

    private static func reply(_ block: ClientBlock) -> SMTPReply {
        let words = "\(block.network) is blocked here until \(MailDate.formatISO8601(block.until)): \(block.reason)"
        return SMTPReply(421, EnhancedStatus(4, 7, 0), words)
    }

    /// The reply to a recipient that has to come again; nil for one that is taken.
    func greylist(_ key: ClientKey, _ reversePath: ReversePath, _ recipient: AddrSpec) -> SMTPReply? {
        let now = clock.now()
        return state.withLock { state in
            guard let rules = state.rules.greylisting else { return nil }
            switch state.tables.greylist.judge(key, reversePath, recipient, rules: rules, now: now) {
            case .pass: return nil
            case .proved(let pass):
                if state.news.passes.count < Self.maximumNews { state.news.passes.append(pass) }
                return nil
            case .wait(let time):
                let seconds = (time.wholeMilliseconds + 999) / 1000
                return SMTPReply(451, EnhancedStatus(4, 7, 1), "greylisted: please try again in \(seconds) s")
            }
        }
    }

    /// The reply to a recipient that follows from what the DNS says of the client; nil for one that is taken.
    func judge(_ findings: ClientFindings, _ peer: PeerAddress) -> SMTPReply? {
        findings.refusal(of: "\(peer)", state.withLock { $0.rules.lookups })
    }

    // MARK: The DNS

    /// Begins to ask the DNS about a client; nil when there is nothing to ask.
    func beginLookup(_ key: ClientKey) -> Task<ClientFindings, Never>? {
        let rules = state.withLock { $0.rules.lookups }
        guard let resolver, !rules.isEmpty, !ScreeningRules.isPrivate(key.octets) else { return nil }
        // It ends by its time limit, and is cancelled when the client goes away.
        return Task { [self] in
            let lookup = ClientLookup(key: key, rules: rules, resolver: resolver) { [self] zone, words in
                noteSilence(zone, words)
            }
            return await desk.findings(by: lookup)
        }
    }

    /// A list that does not answer counts for nothing; the log says so, now and then.
    private func noteSilence(_ zone: String, _ words: String) {
        let now = clock.now()
        let isNews = state.withLock { state in
            if let last = state.silent[zone], last <= now, now - last < Self.silence { return false }
            if state.silent.count > 1000 { state.silent = [:] }
            state.silent[zone] = now
            return true
        }
        guard isNews else { return }
        logger.warning(
            "a DNSBL gives no answer, it counts for nothing",
            metadata: ["zone": "\(zone)", "error": "\(words)"]
        )
    }
}

/// How far a listener screens its clients.
public enum ScreeningScope: Hashable, Sendable {
    /// In all ways: they send mail from the Internet.
    case senders
    /// What they do is counted, and blocks hold; the DNS is not asked, and nobody is put off for being new: they forward for an account.
    case forwarders
    /// Only logins that fail are counted, and blocks hold.
    case logins
}
