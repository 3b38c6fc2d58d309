// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import SASLMechanisms

public import struct NIOCore.ByteBuffer

/// The client's side of one session of IMAP4rev1: octets and wishes in, lines and messages out.
///
/// ```text
/// greeting → capabilities ──STARTTLS──▶ startingTLS → capabilities → login → capabilities → ready ──logout──▶ ending → over
///                 └────────────────────────────────────────────────▲                        │  ▲
///                                                                       commanding, retrieving, idling
/// ```
/// Every state but `over` can end in `failed`. While messages are retrieved a window of commands is in flight; otherwise one. What the
/// server says of its own accord (RFC 3501 §5.2) is taken in every state. BYE ends the session wherever it comes.
public struct IMAPClientMachine: Sendable {
    /// What happens to a session.
    public enum Event: Equatable, Sendable {
        /// Octets came from the server.
        case octets(ByteBuffer)
        /// The handshake that `startTLS` asked for is done.
        case tlsEstablished
        /// In `ready`: send this command and report its end. Not for login, messages, IDLE and LOGOUT.
        case command(IMAPCommand)
        /// In `ready`: retrieve these of the selected mailbox, in this order.
        case retrieve([IMAPMessage])
        /// In `ready`: wait for news of the selected mailbox.
        case idle
        /// In `idling`: end the wait.
        case done
        /// In `ready`: end the session.
        case logout
    }

    /// What the driver does, in order.
    public enum Action: Equatable, Sendable {
        /// Send these octets; they may hold a password.
        case send(Secret)
        /// Begin TLS, then report `tlsEstablished`.
        case startTLS
        /// The session is `ready` for the first time.
        case loggedIn
        /// The command ended, and the session is `ready`. Behind a SELECT that went well, `mailbox` says what was selected.
        case completed(IMAPStatus)
        /// A message of the listing that was asked for.
        case listed(IMAPMessage)
        /// A quota of the mailbox that was asked about.
        case quota(IMAPQuota)
        /// A message begins.
        case messageBegan(IMAPMessage)
        /// Octets of the message that has begun.
        case messagePiece(ByteBuffer)
        /// The message that has begun is complete.
        case messageEnded
        /// The server does not give this message now.
        case messageRefused(IMAPMessage, IMAPStatus)
        /// All that `retrieve` asked for is answered; the session is `ready`.
        case retrieved
        /// The server waits with us (RFC 2177).
        case idling
        /// There are more messages in the selected mailbox than before.
        case arrived
        /// What the server asks to be shown to people (ALERT); never before the login is done.
        case alert(String)
        /// The session is over as it was asked for.
        case ended
        /// The session cannot go on: close.
        case failed(IMAPFailure)
    }

    /// How a session logs in and how much it keeps in flight.
    public struct Settings: Sendable {
        /// The login.
        public var login: String
        /// What the login proves itself with.
        public var credential: SASLCredential
        /// True when TLS was there before the first octet.
        public var hasImplicitTLS: Bool
        /// What is asked of TLS otherwise. With `none` the password may go in clear.
        public var tls: TLSPolicy
        /// Messages that are asked for at once at most, 1...
        public var windowCommands: Int
        /// Octets of the listing that the messages asked for add up to, unless one alone is larger.
        public var windowOctets: Int
        /// Messages of the largest mailbox that is worked on.
        public var maximumMessages: Int
        /// Octets of the largest message that is taken.
        public var maximumMessageOctets: Int
        /// What SCRAM needs to be fresh.
        public var nonce: String

        /// Settings; the limits are those of the gateway unless others are given.
        public init(
            login: String,
            credential: SASLCredential,
            hasImplicitTLS: Bool,
            tls: TLSPolicy,
            windowCommands: Int = 64,
            windowOctets: Int = 4_000_000,
            maximumMessages: Int = 500_000,
            maximumMessageOctets: Int = 1_000_000_000,
            nonce: String
        ) {
            self.login = login
            self.credential = credential
            self.hasImplicitTLS = hasImplicitTLS
            self.tls = tls
            self.windowCommands = windowCommands
            self.windowOctets = windowOctets
            self.maximumMessages = maximumMessages
            self.maximumMessageOctets = maximumMessageOctets
            self.nonce = nonce
        }
    }

    enum State: Sendable {
        case greeting
        /// CAPABILITY was asked; before or after the login.
        case capabilities(isLoggedIn: Bool)
        case startingTLS
        case login(SASLClientExchange?)
        case ready
        case commanding
        case retrieving(ArraySlice<IMAPMessage>)
        case idling
        case ending
        case over
    }

    /// A command whose end has not come.
    struct Pending: Sendable {
        var tag: String
        var command: IMAPCommand
        /// The message that it retrieves, and whether it came.
        var message: IMAPMessage?
        var hasCome = false
        /// Lines that wait for a continuation request.
        var lines: ArraySlice<Secret> = []
    }

    let settings: Settings
    var state = State.greeting
    /// True once the session runs inside TLS.
    public internal(set) var isSecure: Bool
    /// What the server can do, as it says since the last change of the connection; nil when it has not said it.
    public internal(set) var capabilities: IMAPCapabilities?
    /// The mailbox that is selected, or was last asked for.
    public internal(set) var mailbox: IMAPMailbox?
    var pending: [Pending] = []
    /// The message of which octets are coming, as its place in `pending`.
    var coming: Int?
    var listed = 0
    private var commands = 0
    var decoder: IMAPResponseDecoder

    /// A session that has just been opened; the greeting is awaited.
    public init(settings: Settings) {
        self.settings = settings
        isSecure = settings.hasImplicitTLS
        decoder = IMAPResponseDecoder(maximumBodyOctets: settings.maximumMessageOctets)
    }

    /// True when the session is logged in and nothing is awaited from the server.
    public var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    /// Takes one event.
    public mutating func handle(_ event: Event) -> [Action] {
        switch (state, event) {
        case (.over, _): return []
        case (_, .octets(let octets)):
            decoder.append(octets)
            return decode()
        case (.startingTLS, .tlsEstablished):
            isSecure = true
            return askCapabilities(isLoggedIn: false)  // what was said in clear is forgotten (RFC 3501 §6.2.1)
        case (.ready, .command(let command)): return begin(command)
        case (.ready, .retrieve(let messages)):
            state = .retrieving(messages[...])
            return fillWindow()
        case (.ready, .idle):
            state = .idling
            return send(.idle)
        case (.idling, .done):
            return [.send(Secret("DONE\r\n"))]
        case (.ready, .done): return []  // the server ended the wait by itself
        case (.ready, .logout):
            state = .ending
            return send(.logout)
        case (_, .tlsEstablished), (_, .command), (_, .retrieve), (_, .idle), (_, .done), (_, .logout):
            preconditionFailure("the driver reported an event that this state does not await")
        }
    }

    private mutating func decode() -> [Action] {
        var actions: [Action] = []
        do throws(IMAPFailure) {
            while !isOver, let frame = try decoder.next() { actions += handle(frame) }
        } catch {
            actions += fail(error)
        }
        return actions
    }

    private var isOver: Bool {
        if case .over = state { true } else { false }
    }

    /// Sends `command` under a tag of its own.
    mutating func send(_ command: IMAPCommand, of message: IMAPMessage? = nil) -> [Action] {
        commands += 1
        let tag = "A\(commands)"
        let lines = command.lines(tag: tag, nonSynchronizingOctets: capabilities?.nonSynchronizingOctets)
        pending.append(Pending(tag: tag, command: command, message: message, lines: lines.dropFirst()))
        return lines.prefix(1).map { .send($0) }
    }

    mutating func askCapabilities(isLoggedIn: Bool) -> [Action] {
        state = .capabilities(isLoggedIn: isLoggedIn)
        capabilities = nil
        return send(.capability)
    }

    mutating func fail(_ failure: IMAPFailure) -> [Action] {
        state = .over
        pending = []
        coming = nil
        return [.failed(failure)]
    }

    mutating func fail(_ code: IMAPFailure.Code, _ message: String) -> [Action] { fail(IMAPFailure(code, message)) }
}
