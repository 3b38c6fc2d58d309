// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import MailModel
public import MailQueue
public import MailTransport
public import SASLMechanisms
import SMTPProtocol
import SenderScreening
import Synchronization

/// Which recipients of the company's domains there are: from a list, or learnt by asking Exchange.
///
/// ```text
/// RCPT ──▶ remembered? ──no──▶ one question an address, over few sessions that are kept ──▶ remembered for a time
///                                ├─ networks take turns: who asks for many names waits for himself
///                                └─ Exchange does not answer: for a while nobody asks, whoever waits is answered at once
/// ```
/// Senders have no influence on what is remembered: only what Exchange itself says to RCPT counts, and a refusal for any other reason than
/// the mailbox counts for nothing. While Exchange cannot be asked, those that were known go on, others wait, and a person is told (P8).
public final class RecipientDirectory: RecipientVerifying {
    /// Where the knowledge comes from.
    public enum Source: Hashable, Sendable {
        /// Nowhere: every recipient is taken.
        case none
        /// A list of addresses, and of domains as `@azienda.it` of which every recipient is taken, in comparison form.
        case list(Set<String>)
        /// Exchange.
        case exchange
    }

    /// Whom to ask, and as whom.
    public struct Settings: Sendable {
        /// Where the knowledge comes from.
        public var source: Source
        /// The Exchange servers, in order.
        public var servers: [Endpoint]
        /// The gateway's name in EHLO.
        public var hostname: String
        /// The login at the servers; nil for none.
        public var login: SASLLogin?

        /// Settings.
        public init(source: Source, servers: [Endpoint], hostname: String, login: SASLLogin? = nil) {
            self.source = source
            self.servers = servers
            self.hostname = hostname
            self.login = login
        }
    }

    /// The key of the alert that Exchange does not say who its recipients are.
    public static let alertKey = "exchange:recipients"

    fileprivate struct State {
        var settings: Settings
        /// Counts the settings: a session of earlier ones is not asked again.
        var generation = 0
        var cache: RecipientCache
        var questions: [String: Question] = [:]
        /// The addresses that nobody has asked for yet, in a line for each network that wants to know.
        var queue = FairQueue<Network?, String>(capacity: RecipientDirectory.maximumQuestions)
        var idle: [(session: SMTPClientSession, generation: Int)] = []
        /// Those who ask, each over one session.
        var workers = 0
        /// Until when nobody asks, and why.
        var pause: (until: Timestamp, reason: String)?
        /// Since when no question got an answer; nil while they do.
        var failingSince: Timestamp?
        /// False until the first answer has ended an alert of an earlier run.
        var isAlertClear = false
    }

    /// What is asked once, however many wait for the answer.
    fileprivate struct Question {
        let address: AddrSpec
        let asked = ContinuousClock.now
        var waiters: [CheckedContinuation<RecipientStanding, Never>] = []
        /// The networks in whose lines it was put.
        var networks: Set<Network?> = []
        /// The lines in which it still stands; without one nobody would ask it.
        var lines = 0
        var isBegun = false
    }

    private let connector: MailConnector
    private let alerts: any AlertReporting
    private let clock: any WallClock
    private let logger: Logger
    private let patience: Duration
    private let state: Mutex<State>

    /// Sessions with Exchange at most, all questions together.
    private static let maximumSessions = 2
    /// Questions that may wait; of more, the last of the network that has most is unclear at once.
    fileprivate static let maximumQuestions = 1000
    /// How long a question waits for a session. With what it takes then, an SMTP client's five minutes are not over (RFC 5321 §4.5.3.2.3).
    private static let maximumWait = Duration.seconds(20)
    /// How long nobody asks after Exchange gave no answer.
    private static let pauseAfterFailure = Duration.seconds(15)
    /// A glitch is no alert.
    private static let alertAfter = Duration.seconds(300)

    /// A directory of the recipients on the servers of `settings`; each step of a question takes `patience` at most.
    public init(
        _ settings: Settings,
        connector: MailConnector,
        alerts: any AlertReporting,
        clock: any WallClock,
        logger: Logger,
        times: RecipientTimes = RecipientTimes(),
        patience: Duration = .seconds(15)
    ) {
        self.connector = connector
        self.alerts = alerts
        self.clock = clock
        self.logger = logger
        self.patience = patience
        state = Mutex(State(settings: settings, cache: RecipientCache(times: times)))
    }

    /// Uses other settings from now on; what Exchange said is forgotten when the servers change.
    public func update(_ settings: Settings) async {
        let sessions = state.withLock { state in
            if state.settings.servers != settings.servers { state.cache = RecipientCache(times: state.cache.times) }
            state.settings = settings
            state.generation += 1
            // Exchange is asked at once; an outage that this does not end has lasted since it began.
            state.pause = nil
            if settings.source != .exchange { state.failingSince = nil }
            return state.takeIdle()
        }
        for session in sessions { await session.quit() }
    }

    /// Ends the sessions that are kept.
    public func close() async {
        for session in state.withLock({ $0.takeIdle() }) { await session.quit() }
    }

    /// What is known of `address` without asking.
    public func remembered(_ address: AddrSpec) -> RecipientStanding? {
        let key = address.comparisonKey
        return state.withLock { state in
            switch state.settings.source {
            case .none: return .known
            case .list(let known):
                let domain = key.lastIndex(of: "@").map { String(key[$0...]) } ?? ""
                return known.contains(key) || known.contains(domain) ? .known : .unknown
            case .exchange: return state.cache.standing(of: key, now: clock.now())
            }
        }
    }

    /// What is known of `address`, or what Exchange says of it. Who was known lately goes on at once: what Exchange says then counts for the
    /// next message.
    public func verify(_ address: AddrSpec, for network: Network?) async -> RecipientStanding {
        if let known = remembered(address) { return known }
        if state.withLock({ $0.cache.wasKnown(address.comparisonKey, now: clock.now()) }) {
            ask(address, for: network, waiter: nil)
            return .known
        }
        return await withCheckedContinuation { ask(address, for: network, waiter: $0) }
    }

    /// Puts a question into the line of its network, unless it stands there, and begins to ask while there is a session for it.
    private func ask(
        _ address: AddrSpec,
        for network: Network?,
        waiter: CheckedContinuation<RecipientStanding, Never>?
    ) {
        let (lost, isFirst) = state.withLock { state -> (Question?, Bool) in
            let lost = state.take(address, for: network, waiter: waiter)
            guard !state.queue.isEmpty, state.workers < Self.maximumSessions else { return (lost, false) }
            state.workers += 1
            return (lost, true)
        }
        for waiter in lost?.waiters ?? [] { waiter.resume(returning: .unclear("too many questions wait for Exchange")) }
        // It ends when nothing waits; the steps of each question have their time. Nobody cancels it, since many wait for the answers.
        if isFirst { Task { await self.work() } }
    }

    /// Asks, remembers, and answers all who wait for it, as long as anything is to be asked.
    private func work() async {
        while let (key, question) = state.withLock({ $0.begin() }) {
            let standing = await self.question(question, key)
            let waiters = state.withLock { $0.questions.removeValue(forKey: key)?.waiters ?? [] }
            for waiter in waiters { waiter.resume(returning: standing) }
        }
    }

    private func question(_ question: Question, _ key: String) async -> RecipientStanding {
        let address = question.address
        let problem: String
        do throws(SMTPClientError) {
            switch try await answer(to: question) {
            case .recipient(let reply):
                switch RecipientProbe.standing(reply) {
                case .known:
                    await note(key, isKnown: true)
                    return .known
                case .unknown:
                    await note(key, isKnown: false)
                    logger.info(
                        "recipient unknown to Exchange",
                        metadata: ["recipient": "\(address)", "reply": "\(reply)"]
                    )
                    return .unknown
                case .unclear: problem = "\(reply)"
                }
            case .nobodyAsked(let reason): problem = reason
            case .refused(let reply):
                problem = "Exchange refuses MAIL: \(reply)"
                pause(problem)
            }
        } catch {
            problem = error.message
            pause(problem)
        }
        return await unclear(address, key, problem)
    }

    private func note(_ key: String, isKnown: Bool) async {
        let now = clock.now()
        let isClear = state.withLock { state in
            state.cache.note(key, isKnown: isKnown, now: now)
            (state.pause, state.failingSince) = (nil, nil)
            defer { state.isAlertClear = true }
            return state.isAlertClear
        }
        if !isClear { await alerts.clear(key: Self.alertKey) }
    }

    /// Nobody can tell: whoever was known goes on, and after a time a person is told.
    private func unclear(_ address: AddrSpec, _ key: String, _ problem: String) async -> RecipientStanding {
        let now = clock.now()
        let (wasKnown, isLong) = state.withLock { state in
            let since = state.failingSince ?? now
            state.failingSince = since
            let isLong = now - since >= Self.alertAfter
            if isLong { state.isAlertClear = false }
            return (state.cache.wasKnown(key, now: now), isLong)
        }
        if isLong {
            await alerts.raise(
                key: Self.alertKey,
                summary: "Exchange does not say which recipients there are: \(problem)",
                affects:
                    "Mail from the Internet for recipients that were not seen lately: its senders are asked to try again later (451).",
                remedy:
                    "Check the servers of exchange.servers and the gateway's Receive connector: RCPT from the null reverse-path must "
                    + "be answered. Until then a list (exchange.recipients: {file: PATH}), or none, followed by: ceralacca reload."
            )
        }
        guard !wasKnown else { return .known }
        logger.warning(
            "a recipient could not be verified, its sender is asked to come again",
            metadata: ["recipient": "\(address)", "reason": "\(problem)"]
        )
        return .unclear(problem)
    }

    private func pause(_ reason: String) {
        let until = clock.now() + Self.pauseAfterFailure
        state.withLock { $0.pause = (until, reason) }
    }

    /// What came of one question.
    private enum Answer {
        case recipient(SMTPReply)
        case refused(SMTPReply)
        case nobodyAsked(String)
    }

    private func answer(to question: Question) async throws(SMTPClientError) -> Answer {
        let (address, now) = (question.address, clock.now())
        if let pause = state.withLock({ $0.pause }), pause.until > now {
            return .nobodyAsked("it is not asked again before \(MailDate.formatISO8601(pause.until)): \(pause.reason)")
        }
        guard ContinuousClock.now - question.asked < Self.maximumWait else {
            return .nobodyAsked("Exchange answers too slowly, or too many questions wait")
        }
        let generation = state.withLock { $0.generation }
        if let session = state.withLock({ $0.idle.popLast() })?.session, session.isOpen {
            do throws(SMTPClientError) { return try await answer(about: address, session, generation) } catch {
                // Exchange ended the session while nobody asked: a new one tells.
            }
        }
        return try await answer(about: address, try await open(), generation)
    }

    private func answer(
        about address: AddrSpec,
        _ session: SMTPClientSession,
        _ generation: Int
    ) async throws(SMTPClientError) -> Answer {
        let replies = try await session.probe(address)
        if await session.isUsable {
            let isOld = state.withLock { state in
                guard state.generation == generation else { return true }
                state.idle.append((session, generation))
                return false
            }
            if isOld { await session.quit() }
        }
        if let recipient = replies.recipient { return .recipient(recipient) }
        return .refused(replies.mail)
    }

    private func open() async throws(SMTPClientError) -> SMTPClientSession {
        let configured = state.withLock { $0.settings }
        var settings = SMTPSessionSettings(hostname: configured.hostname)
        settings.timeouts.connect = patience
        settings.timeouts.greeting = patience
        // A tarpit answers in its own time; it is waited for, and nobody else is kept from the other session.
        settings.timeouts.command = patience
        var last = SMTPClientError(.lostBeforeEndOfData, "exchange.servers names none")
        for server in configured.servers {
            do throws(SMTPClientError) {
                return try await SMTPClientSession.open(
                    server,
                    settings: settings,
                    login: configured.login,
                    connector: connector
                )
            } catch { last = error }
        }
        throw last
    }
}

extension RecipientDirectory.State {
    /// Notes that somebody of `network` wants to know of `address`.
    /// - Returns: the question that gave way, with those who wait for it.
    fileprivate mutating func take(
        _ address: AddrSpec,
        for network: Network?,
        waiter: CheckedContinuation<RecipientStanding, Never>?
    ) -> RecipientDirectory.Question? {
        let key = address.comparisonKey
        questions[key, default: .init(address: address)].waiters += [waiter].compactMap(\.self)
        guard let question = questions[key], !question.isBegun, !question.networks.contains(network) else { return nil }
        questions[key]?.networks.insert(network)
        questions[key]?.lines += 1
        guard let lost = queue.append(key, to: network), questions[lost]?.isBegun == false else { return nil }
        questions[lost]?.lines -= 1
        return questions[lost]?.lines == 0 ? questions.removeValue(forKey: lost) : nil
    }

    /// The next question; nil when nothing waits, and with it the one who asked for it ends.
    fileprivate mutating func begin() -> (key: String, question: RecipientDirectory.Question)? {
        while let key = queue.next() {
            // In the line of another network it may have had its turn.
            guard let question = questions[key], !question.isBegun else { continue }
            questions[key]?.isBegun = true
            return (key, question)
        }
        workers -= 1
        return nil
    }

    /// The sessions that are kept, no longer kept.
    fileprivate mutating func takeIdle() -> [SMTPClientSession] {
        defer { idle = [] }
        return idle.map(\.session)
    }
}
