// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import SASLMechanisms

public import struct NIOCore.ByteBuffer

/// The client's side of one session of POP3: octets and wishes in, commands and messages out.
///
/// ```text
/// greeting → capabilities ──STLS──▶ startingTLS → capabilities → login → listing → idle ──quit──▶ quitting → over
///                 └───────────────────────────────────────────────▲              │  ▲
///                                                                    retrieving, deleting
/// ```
/// Every state but `over` can end in `failed`. Answers come in the order of the commands; with PIPELINING (RFC 2449 §6.6) a
/// window of RETR or DELE is in flight, otherwise one. The refusal of one RETR or DELE does not touch the others.
public struct POP3ClientMachine: Sendable {
    /// What happens to a session.
    public enum Event: Equatable, Sendable {
        /// Octets came from the server.
        case octets(ByteBuffer)
        /// The handshake that `startTLS` asked for is done.
        case tlsEstablished
        /// In `idle`: retrieve these, in this order.
        case retrieve([POP3Message])
        /// In `idle`: mark these as deleted; it takes effect with a `quit` that goes well (RFC 1939 §6).
        case delete([Int])
        /// In `idle`: end the session.
        case quit
    }

    /// What the driver does, in order.
    public enum Action: Equatable, Sendable {
        /// Send this command.
        case send(POP3Command)
        /// Send this line of an authentication; it may hold a password.
        case sendResponse(Secret)
        /// Begin TLS, then report `tlsEstablished`.
        case startTLS
        /// The session is `idle` and this is the maildrop; identifiers are nil when the server has no UIDL.
        case ready([POP3Message], hasUniqueIDs: Bool)
        /// A message begins.
        case messageBegan(POP3Message)
        /// Octets of the message that has begun.
        case messagePiece(ByteBuffer)
        /// The message that has begun is complete.
        case messageEnded
        /// The server does not give this message now.
        case messageRefused(POP3Message, POP3Status)
        /// All that `retrieve` asked for is answered; the session is `idle`.
        case retrieved
        /// The message is marked as deleted.
        case deleted(Int)
        /// The server does not delete this message.
        case deleteRefused(Int, POP3Status)
        /// All that `delete` asked for is answered; the session is `idle`.
        case deletionsDone
        /// The session is over; deletions took effect when the status is positive.
        case quitDone(POP3Status)
        /// The session cannot go on: close.
        case failed(POP3Failure)
    }

    /// How a session logs in and how much it keeps in flight.
    public struct Settings: Sendable {
        /// The login.
        public var login: String
        /// What it proves itself with.
        public var credential: SASLCredential
        /// True when TLS was there before the first octet.
        public var hasImplicitTLS: Bool
        /// What is asked of TLS otherwise. With `none` a password may go in clear; an access token never does.
        public var tls: TLSPolicy
        /// RETR or DELE in flight at most, 1...
        public var windowCommands: Int
        /// Octets of the scan listing that the RETR in flight add up to, unless one alone is larger.
        public var windowOctets: Int
        /// Messages of the largest maildrop that is worked on.
        public var maximumMessages: Int
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
            nonce: String
        ) {
            self.login = login
            self.credential = credential
            self.hasImplicitTLS = hasImplicitTLS
            self.tls = tls
            self.windowCommands = windowCommands
            self.windowOctets = windowOctets
            self.maximumMessages = maximumMessages
            self.nonce = nonce
        }
    }

    enum State: Sendable {
        case greeting
        case capabilities
        case startingTLS
        case login(SASLClientExchange?)
        case listing
        case idle
        case retrieving(ArraySlice<POP3Message>)
        case deleting(ArraySlice<Int>)
        case quitting
        case over
    }

    /// A command whose answer has not come.
    enum Pending: Sendable {
        case greeting
        case command(POP3Command)
        case retrieval(POP3Message)

        var isMultiLine: Bool {
            switch self {
            case .greeting: false
            case .retrieval: true
            case .command(let command):
                switch command {
                case .capabilities, .list(nil), .uniqueIDs(nil), .top, .retrieve: true
                default: false
                }
            }
        }
    }

    let settings: Settings
    var state = State.greeting
    /// True once the session runs inside TLS.
    public internal(set) var isSecure: Bool
    /// The lines of CAPA since the last change of the connection; nil when the server has no CAPA.
    var capabilities: [String]?
    var pending: [Pending] = [.greeting]
    var listing = POP3Listing()
    private var decoder = POP3ResponseDecoder()

    /// A session that has just been opened; the greeting is awaited.
    public init(settings: Settings) {
        self.settings = settings
        isSecure = settings.hasImplicitTLS
    }

    /// True when nothing is awaited from the server.
    public var isIdle: Bool {
        if case .idle = state { true } else { false }
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
            return askCapabilities()  // what was said in clear is forgotten (RFC 2595 §4)
        case (.idle, .retrieve(let messages)):
            state = .retrieving(messages[...])
            return fillWindow()
        case (.idle, .delete(let numbers)):
            state = .deleting(numbers[...])
            return fillWindow()
        case (.idle, .quit):
            state = .quitting
            return [send(.quit)]
        case (_, .tlsEstablished), (_, .retrieve), (_, .delete), (_, .quit):
            preconditionFailure("the driver reported an event that this state does not await")
        }
    }

    private mutating func decode() -> [Action] {
        var actions: [Action] = []
        do throws(POP3Failure) {
            while let first = pending.first, let frame = try decoder.next(isMultiLine: first.isMultiLine) {
                actions += handle(frame, answering: first)
            }
            if pending.isEmpty, decoder.pendingOctets > 0 { throw unsolicited() }
        } catch {
            actions += fail(error)
        }
        return actions
    }

    /// Octets that answer nothing. Behind STLS they were put there by somebody in between.
    private func unsolicited() -> POP3Failure {
        if case .startingTLS = state {
            return POP3Failure(.injection, "octets in clear came behind the answer to STLS: the connection is attacked")
        }
        return POP3Failure(.malformed, "the server sent \(decoder.pendingOctets) octets that answer nothing")
    }

    mutating func send(_ command: POP3Command) -> Action {
        pending.append(.command(command))
        return .send(command)
    }

    mutating func fail(_ failure: POP3Failure) -> [Action] {
        state = .over
        pending = []
        decoder = POP3ResponseDecoder()
        return [.failed(failure)]
    }

    /// The command that was first in flight is answered.
    mutating func answered() {
        if !pending.isEmpty { pending.removeFirst() }
    }
}
