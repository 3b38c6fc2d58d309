// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import MailModel
public import MailQueue
public import MailTransport
import SMTPProtocol
import Synchronization

/// Which recipients of the company's domains there are: from a list, or learnt by asking Exchange.
///
/// ```text
/// RCPT ──▶ remembered? ──no──▶ one question an address, over few sessions that are kept ──▶ remembered for a time
/// ```
/// Senders have no influence on what is remembered: only what Exchange itself says to RCPT counts, and a refusal for any other reason than
/// the mailbox counts for nothing. While Exchange cannot be asked, those that were known go on, others wait (P8).
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

    private struct State {
        var source: Source
        var servers: [Endpoint]
        var cache: RecipientCache
        var asking: [String: [CheckedContinuation<RecipientStanding, Never>]] = [:]
        var idle: [SMTPClientSession] = []
        var sessions = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let hostname: String
    private let connector: MailConnector
    private let clock: any WallClock
    private let logger: Logger
    private let patience: Duration
    private let state: Mutex<State>

    /// Sessions with Exchange at most, all questions together.
    private static let maximumSessions = 2
    /// Questions that may wait; the next is unclear at once.
    private static let maximumQuestions = 1000

    /// A directory of the recipients on `servers`.
    public init(
        source: Source,
        servers: [Endpoint],
        hostname: String,
        connector: MailConnector,
        clock: any WallClock,
        logger: Logger,
        times: RecipientTimes = RecipientTimes(),
        patience: Duration = .seconds(20)
    ) {
        self.hostname = hostname
        self.connector = connector
        self.clock = clock
        self.logger = logger
        self.patience = patience
        state = Mutex(State(source: source, servers: servers, cache: RecipientCache(times: times)))
    }

    /// Uses another source, or other servers, from now on; what Exchange said is forgotten when the servers change.
    public func update(source: Source, servers: [Endpoint]) async {
        let sessions = state.withLock { state -> [SMTPClientSession] in
            if state.servers != servers { state.cache = RecipientCache(times: state.cache.times) }
            (state.source, state.servers) = (source, servers)
            defer { state.idle = [] }
            return state.idle
        }
        for session in sessions { await session.quit() }
    }

    /// Ends the sessions that are kept.
    public func close() async {
        let sessions = state.withLock { state in
            defer { state.idle = [] }
            return state.idle
        }
        for session in sessions { await session.quit() }
    }

    /// What is known of `address` without asking.
    public func remembered(_ address: AddrSpec) -> RecipientStanding? {
        let key = address.comparisonKey
        return state.withLock { state in
            switch state.source {
            case .none: return .known
            case .list(let known):
                let domain = key.lastIndex(of: "@").map { String(key[$0...]) } ?? ""
                return known.contains(key) || known.contains(domain) ? .known : .unknown
            case .exchange: return state.cache.standing(of: key, now: clock.now())
            }
        }
    }

    /// What is known of `address`, or what Exchange says of it.
    public func verify(_ address: AddrSpec) async -> RecipientStanding {
        if let known = remembered(address) { return known }
        let key = address.comparisonKey
        return await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state -> Bool? in
                guard state.asking[key] != nil || state.asking.count < Self.maximumQuestions else { return nil }
                state.asking[key, default: []].append(continuation)
                return state.asking[key]?.count == 1
            }
            switch isFirst {
            case nil: continuation.resume(returning: .unclear("too many questions wait for Exchange"))
            case true?: Task { await self.ask(address, key) }
            case false?: break
            }
        }
    }

    /// Asks, remembers, and answers all who wait for it.
    private func ask(_ address: AddrSpec, _ key: String) async {
        let standing = await question(address, key)
        let waiting = state.withLock { $0.asking.removeValue(forKey: key) ?? [] }
        for continuation in waiting { continuation.resume(returning: standing) }
    }

    private func question(_ address: AddrSpec, _ key: String) async -> RecipientStanding {
        let problem: String
        do throws(SMTPClientError) {
            let reply = try await reply(about: address)
            let now = clock.now()
            switch RecipientProbe.standing(reply) {
            case .known:
                state.withLock { $0.cache.note(key, isKnown: true, now: now) }
                return .known
            case .unknown:
                state.withLock { $0.cache.note(key, isKnown: false, now: now) }
                logger.info(
                    "recipient unknown to Exchange",
                    metadata: ["recipient": "\(address)", "reply": "\(reply)"]
                )
                return .unknown
            case .unclear: problem = "\(reply)"
            }
        } catch {
            problem = error.message
        }
        guard !state.withLock({ $0.cache.wasKnown(key, now: clock.now()) }) else { return .known }
        logger.warning(
            "Exchange does not say whether a recipient exists",
            metadata: ["recipient": "\(address)", "reason": "\(problem)"]
        )
        return .unclear(problem)
    }

    private func reply(about address: AddrSpec) async throws(SMTPClientError) -> SMTPReply {
        await takeSlot()
        defer { giveSlotBack() }
        if let session = state.withLock({ $0.idle.popLast() }), session.isOpen {
            do throws(SMTPClientError) { return try await reply(about: address, session) } catch {
                // Exchange ended the session while nobody asked: a new one tells.
            }
        }
        return try await reply(about: address, try await open())
    }

    private func reply(
        about address: AddrSpec,
        _ session: SMTPClientSession
    ) async throws(SMTPClientError) -> SMTPReply {
        let reply = try await session.probe(address)
        if await session.isUsable { state.withLock { $0.idle.append(session) } }
        return reply
    }

    private func open() async throws(SMTPClientError) -> SMTPClientSession {
        var settings = SMTPSessionSettings(hostname: hostname)
        settings.timeouts.connect = patience
        settings.timeouts.greeting = patience
        // A tarpit answers in its own time; it is waited for, and nobody else is kept from the other session.
        settings.timeouts.command = patience
        var last = SMTPClientError(.lostBeforeEndOfData, "exchange.servers names none")
        for server in state.withLock({ $0.servers }) {
            do throws(SMTPClientError) {
                return try await SMTPClientSession.open(
                    server,
                    settings: settings,
                    credentials: nil,
                    connector: connector
                )
            } catch { last = error }
        }
        throw last
    }

    private func takeSlot() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.sessions >= Self.maximumSessions else {
                    state.sessions += 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func giveSlotBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.sessions -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
