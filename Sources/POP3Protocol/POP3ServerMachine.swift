// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
import SASLMechanisms

/// The server's side of one session of POP3: lines in, replies and work for the driver out.
///
/// ```text
/// authorization ──USER/PASS, AUTH──▶ checking ──accepted──▶ transaction ──QUIT──▶ update ──▶ closed
///   │   ▲  ▲                            │ refused
///   │   │  └────────────────────────────┘ (closed after `maximumRefusals`)
///   │   └──tlsEstablished── startingTLS
///   └──STLS──▶ startingTLS      exchanging: an AUTH whose next response is awaited
/// ```
/// The driver gives no line while `isWaiting`: it first performs the action that the machine waits for and reports its event.
/// That is what makes pipelining (RFC 2449 §6.6) safe.
public struct POP3ServerMachine: Sendable {
    /// What happens to a session.
    public enum Event: Equatable, Sendable {
        /// A line of the client.
        case line(POP3LineDecoder.Line)
        /// The handshake that `startTLS` asked for is done.
        case tlsEstablished
        /// The password was right: this is the maildrop, numbered from 1 without a gap.
        case accepted(maildrop: [POP3Message])
        /// The login was refused; the text, with a response code where one fits (RFC 2449 §8), goes behind `-ERR`.
        case refused(String)
        /// Messages were removed as `remove` asked; `kept` of them could not be.
        case updateFinished(kept: Int)
    }

    /// What the driver does, in order.
    public enum Action: Equatable, Sendable {
        /// Send this line and CRLF.
        case send(String)
        /// Send this status line and listing (`POP3MultiLine`).
        case sendListing(status: String, lines: [String])
        /// Send this status line and message, or its header and so many lines (`POP3MultiLine`).
        case sendMessage(status: String, number: Int, lines: Int?)
        /// Send this line, then begin TLS in the same moment; octets in clear behind it are an attack: close.
        case startTLS(reply: String)
        /// Check these; report `accepted` or `refused`.
        case authenticate(login: String, password: Secret)
        /// Remove these messages for good; report `updateFinished`.
        case remove([Int])
        /// Send what is left and close.
        case close
    }

    /// What a listener's owner decides.
    public struct Settings: Hashable, Sendable {
        /// The text of the greeting.
        public var greeting: String
        /// True when STLS is offered while the session is in clear.
        public var offersTLS: Bool
        /// True when login is allowed in clear.
        public var allowsClearLogin: Bool
        /// True when PIPELINING is announced.
        public var announcesPipelining: Bool
        /// True when UIDL is served.
        public var offersUniqueIDs: Bool
        /// Refused logins after which the session ends, 1...
        public var maximumRefusals: Int
        /// Commands that make no sense after which the session ends, 1...
        public var maximumErrors: Int

        /// Settings.
        public init(
            greeting: String,
            offersTLS: Bool = false,
            allowsClearLogin: Bool = false,
            announcesPipelining: Bool = true,
            offersUniqueIDs: Bool = true,
            maximumRefusals: Int = 3,
            maximumErrors: Int = 20
        ) {
            self.greeting = greeting
            self.offersTLS = offersTLS
            self.allowsClearLogin = allowsClearLogin
            self.announcesPipelining = announcesPipelining
            self.offersUniqueIDs = offersUniqueIDs
            self.maximumRefusals = maximumRefusals
            self.maximumErrors = maximumErrors
        }
    }

    enum State: Sendable {
        case authorization(user: String?)
        case exchanging(SASLServerExchange)
        case checking
        case startingTLS
        case transaction(Maildrop)
        case update
        case closed
    }

    /// The messages of the session and those that are marked as deleted.
    struct Maildrop: Sendable {
        var messages: [POP3Message]
        var deleted: Set<Int> = []

        var present: [POP3Message] { messages.filter { !deleted.contains($0.number) } }

        func message(_ number: Int) -> POP3Message? {
            guard (1...max(messages.count, 1)).contains(number), number <= messages.count, !deleted.contains(number)
            else { return nil }
            return messages[number - 1]
        }
    }

    let settings: Settings
    var state = State.authorization(user: nil)
    var isSecure: Bool
    private var refusals = 0
    private var errors = 0

    /// A session that has just been opened.
    public init(settings: Settings, isSecure: Bool) {
        self.settings = settings
        self.isSecure = isSecure
    }

    /// The greeting, to be sent first.
    public var greeting: String { "+OK \(settings.greeting)" }

    /// True while an action was given whose end the driver has not reported.
    public var isWaiting: Bool {
        switch state {
        case .checking, .startingTLS, .update: true
        case .authorization, .exchanging, .transaction, .closed: false
        }
    }

    /// Takes one event.
    public mutating func handle(_ event: Event) -> [Action] {
        switch (state, event) {
        case (.closed, _): return []
        case (.authorization(let user), .line(.text(let line))):
            return authorize(POP3Command(line: line), user: user)
        case (.exchanging(let exchange), .line(.text(let line))): return respond(line, exchange)
        case (.transaction(let maildrop), .line(.text(let line))):
            return transact(POP3Command(line: line), maildrop)
        case (.exchanging, .line(.tooLong)):
            state = .authorization(user: nil)
            return failed("line too long")
        case (.authorization, .line(.tooLong)), (.transaction, .line(.tooLong)): return failed("line too long")
        case (.startingTLS, .tlsEstablished):
            isSecure = true
            state = .authorization(user: nil)
            return []
        case (.checking, .accepted(let maildrop)):
            state = .transaction(Maildrop(messages: maildrop))
            return [.send("+OK maildrop has \(maildrop.count) messages")]
        case (.checking, .refused(let text)):
            refusals += 1
            state = .authorization(user: nil)
            return [.send("-ERR \(text)")] + (refusals >= settings.maximumRefusals ? end() : [])
        case (.update, .updateFinished(let kept)):
            return [.send(kept == 0 ? "+OK bye" : "-ERR \(kept) messages not removed")] + end()
        case (.authorization, _), (.exchanging, _), (.checking, _), (.startingTLS, _), (.transaction, _), (.update, _):
            preconditionFailure("the driver reported an event that this state does not await")
        }
    }

    /// A command that makes no sense here.
    mutating func failed(_ text: String) -> [Action] {
        errors += 1
        return [.send("-ERR \(text)")] + (errors >= settings.maximumErrors ? end() : [])
    }

    mutating func end() -> [Action] {
        state = .closed
        return [.close]
    }
}
