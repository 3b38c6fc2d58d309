// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
import SASLMechanisms

/// Opens a session with an SMTP server: greeting, EHLO, STARTTLS, AUTH. Its driver sends what it says and reports what comes back.
///
/// ```text
/// greeting ─220─▶ ehlo ─250─▶ (TLS wanted and not there) startTLS ─220─▶ handshake ─▶ ehlo, all forgotten
///                  │ 5xx          │ else                      │ refused, opportunistic: go on in clear
///                  ▼              ▼                           ▼
///                 helo ─250─▶ (credentials) authentication ─235─▶ ready
/// anything else ─▶ failed
/// ```
public struct SMTPClientMachine: Sendable {
    /// What a session is to be.
    public struct Settings: Hashable, Sendable {
        /// Our name in EHLO.
        public var hostname: String
        /// What is asked of TLS.
        public var tls: TLSPolicy
        /// True when TLS began with the first byte.
        public var hasImplicitTLS: Bool
        /// The login, where one is configured: then no session comes about without it.
        public var credentials: SMTPCredentials?
        /// The server's name in messages: `smtp.pec.example.it:465`.
        public var peer: String

        /// Settings.
        public init(
            hostname: String,
            tls: TLSPolicy,
            hasImplicitTLS: Bool,
            credentials: SMTPCredentials? = nil,
            peer: String
        ) {
            self.hostname = hostname
            self.tls = tls
            self.hasImplicitTLS = hasImplicitTLS
            self.credentials = credentials
            self.peer = peer
        }
    }

    /// What the driver reports.
    public enum Event: Hashable, Sendable {
        /// The server sent a reply.
        case reply(SMTPReply)
        /// The TLS handshake that `startTLS` asked for is done.
        case tlsEstablished
        /// It failed.
        case tlsFailed(String)
    }

    /// What the driver does.
    public enum Action: Hashable, Sendable {
        /// Sends a line; CRLF is added.
        case send(String)
        /// Sends a line that must not be logged.
        case sendSecret(Secret)
        /// Begins TLS; anything received in clear beyond the last reply is an injection.
        case startTLS
        /// The session may be used.
        case ready(SMTPCapabilities)
        /// The session is of no use; the connection is to be closed.
        case fail(SMTPClientError)
    }

    /// Where the session stands.
    public enum State: Hashable, Sendable {
        /// The server's greeting is awaited.
        case greeting
        /// The reply to EHLO is awaited.
        case ehlo
        /// The reply to HELO is awaited.
        case helo
        /// The reply to STARTTLS is awaited.
        case startTLS
        /// The handshake runs.
        case handshake
        /// The reply to a step of AUTH is awaited.
        case authentication
        /// Mail transactions may begin.
        case ready
        /// It has ended.
        case failed
    }

    /// Where the session stands.
    public private(set) var state = State.greeting
    /// What the server offers; of what it said before TLS nothing is kept (RFC 3207 §4.2).
    public private(set) var capabilities = SMTPCapabilities()
    /// True once TLS is there.
    public private(set) var isSecure: Bool
    private let settings: Settings
    var exchange: SASLClientExchange?
    /// The response kept back because the AUTH line would be too long with it.
    var withheldResponse: [UInt8]?

    /// A session that begins when the connection is there.
    public init(_ settings: Settings) {
        self.settings = settings
        isSecure = settings.hasImplicitTLS
    }

    /// Takes one event.
    public mutating func handle(_ event: Event) -> [Action] {
        switch (state, event) {
        case (.greeting, .reply(let reply)): greeted(reply)
        case (.ehlo, .reply(let reply)): answeredEHLO(reply)
        case (.helo, .reply(let reply)): answeredHELO(reply)
        case (.startTLS, .reply(let reply)): answeredStartTLS(reply)
        case (.handshake, .tlsEstablished): secured()
        case (.handshake, .tlsFailed(let words)):
            fail(.tls, "\(settings.peer): the TLS handshake failed: \(words)")
        case (.authentication, .reply(let reply)): answeredAuthentication(reply)
        case (.handshake, .reply(let reply)):
            fail(.protocolViolation, "\(settings.peer) sent \"\(reply)\" in place of a TLS handshake", reply)
        case (.ready, .reply(let reply)), (.failed, .reply(let reply)):
            fail(.protocolViolation, "\(settings.peer) sent \"\(reply)\" without being asked", reply)
        case (_, .tlsEstablished), (_, .tlsFailed): preconditionFailure("driver reported \(event) in \(state)")
        }
    }

    private mutating func greeted(_ reply: SMTPReply) -> [Action] {
        guard reply.code == 220 else { return turnedAway(reply, "greeted us with") }
        state = .ehlo
        return [.send("EHLO \(settings.hostname)")]
    }

    private mutating func answeredEHLO(_ reply: SMTPReply) -> [Action] {
        if reply.isPermanent {
            state = .helo
            return [.send("HELO \(settings.hostname)")]
        }
        guard reply.code == 250 else { return turnedAway(reply, "answered EHLO with") }
        capabilities = SMTPCapabilities(reply)
        return negotiateTLS()
    }

    private mutating func answeredHELO(_ reply: SMTPReply) -> [Action] {
        guard reply.code == 250 else { return turnedAway(reply, "answered HELO with") }
        capabilities = SMTPCapabilities()
        return negotiateTLS()
    }

    private mutating func negotiateTLS() -> [Action] {
        guard !isSecure else { return authenticate() }
        switch settings.tls {
        case .none: return authenticate()
        case .opportunistic where !capabilities.startTLS: return authenticate()
        case .require where !capabilities.startTLS, .verify where !capabilities.startTLS:
            return fail(
                .tls,
                "\(settings.peer) does not offer STARTTLS, and its configuration says tls: \(settings.tls.rawValue)"
            )
        case .opportunistic, .require, .verify:
            state = .startTLS
            return [.send("STARTTLS")]
        }
    }

    private mutating func answeredStartTLS(_ reply: SMTPReply) -> [Action] {
        if reply.code == 220 {
            state = .handshake
            return [.startTLS]
        }
        guard settings.tls == .opportunistic, reply.code != 421 else {
            return fail(.tls, "\(settings.peer) offered STARTTLS and refused it with \"\(reply)\"", reply)
        }
        return authenticate()
    }

    private mutating func secured() -> [Action] {
        isSecure = true
        capabilities = SMTPCapabilities()
        state = .ehlo
        return [.send("EHLO \(settings.hostname)")]
    }

    private mutating func turnedAway(_ reply: SMTPReply, _ verb: String) -> [Action] {
        let isRefusal = reply.isTransient || reply.isPermanent
        return fail(isRefusal ? .greeting : .protocolViolation, "\(settings.peer) \(verb) \"\(reply)\"", reply)
    }

    mutating func fail(_ code: SMTPClientError.Code, _ message: String, _ reply: SMTPReply? = nil) -> [Action] {
        state = .failed
        return [.fail(SMTPClientError(code, message, reply: reply))]
    }

    mutating func becomeReady() -> [Action] {
        exchange = nil
        state = .ready
        return [.ready(capabilities)]
    }

    mutating func enterAuthentication() { state = .authentication }

    var credentials: SMTPCredentials? { settings.credentials }
    var peer: String { settings.peer }
}
