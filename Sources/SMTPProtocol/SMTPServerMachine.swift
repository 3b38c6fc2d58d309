// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import MailModel
import SASLMechanisms

package import struct NIOCore.ByteBuffer

/// The server's side of an SMTP session: what it heard goes in, what is to be done comes out.
///
/// ```text
///  waitingForGreeting ─connected/tlsEstablished→ commands ⇄ judgingSender     (MAIL)
///                                                         ⇄ judgingRecipient  (RCPT)
///                                                         ⇄ authentication ⇄ checkingPassword
///                                                         ⇄ negotiatingTLS    (STARTTLS; all is forgotten)
///                                                         ⇄ adoptingClient    (XCLIENT; all is forgotten)
///  waitingForGreeting ─spokeTooEarly→ closed
///  commands ─DATA→ data ⇄ taking          data  ─end→ finishing → commands
///  commands ─BDAT→ chunk ⇄ taking         chunk ─end→ commands, or after LAST finishing → commands
///  commands ─BDAT refused→ swallowing → commands
///  any ─disconnected, timedOut, 421, QUIT→ closed        taking ─disconnected→ abandoning → closed
/// ```
/// The stages commands and authentication read lines, data, chunk and swallowing read content; the others wait for the
/// driver's answer and read nothing, which is what keeps replies in the order of the commands.
package struct SMTPServerMachine: Sendable {
    /// Where the session stands: it tells the driver what to read.
    package enum Stage: Equatable, Sendable {
        /// Nothing was sent: the connection, or its TLS, is not up.
        case waitingForGreeting
        /// The next line is a command.
        case commands
        /// The next line is a response of the SASL exchange.
        case authentication
        /// Waits for `senderJudged`.
        case judgingSender(ReversePath, SMTPMailParameters)
        /// Waits for `recipientJudged`.
        case judgingRecipient(EnvelopeRecipient)
        /// Waits for `passwordChecked` or `loginRefused`.
        case checkingPassword(login: String)
        /// Waits for `tlsEstablished`.
        case negotiatingTLS
        /// Waits for `clientAdopted`.
        case adoptingClient(SMTPClientAttributes)
        /// Reads the content of DATA.
        case data
        /// Reads a chunk of BDAT; `isFirst` for the first of its message.
        case chunk(octets: Int, isFirst: Bool, isLast: Bool)
        /// Reads the octets of a chunk that is refused with this reply.
        case swallowing(octets: Int, SMTPReply)
        /// Waits for `contentTaken`, then reads on.
        indirect case taking(then: Stage)
        /// Waits for `messageFinished`.
        case finishing
        /// The client went away while content was being taken: waits for `contentTaken` to abandon it.
        case abandoning
        /// Nothing more is done.
        case closed
    }

    /// What TLS told about the client.
    package struct Security: Equatable, Sendable {
        /// `TLSv1.3` and the like.
        package var version: String
        /// The subject of the client's certificate, when it verified.
        package var clientCertificate: String?

        /// What TLS told.
        package init(version: String, clientCertificate: String? = nil) {
            self.version = version
            self.clientCertificate = clientCertificate
        }
    }

    /// What the driver reports.
    package enum Event: Equatable, Sendable {
        /// The connection is up: greet.
        case connected
        /// A line without its CRLF.
        case line(ByteBuffer)
        /// A line that is none.
        case lineFault(SMTPLineDecoder.Fault)
        /// A piece of content; more follows.
        case content(ByteBuffer)
        /// The content can no longer be accepted; its rest is being swallowed.
        case contentRefused
        /// DATA ended, with the last piece.
        case dataEnded(ByteBuffer, SMTPContentSummary)
        /// A chunk ended; its octets that were not handed over yet come with the last chunk.
        case chunkEnded(ByteBuffer, SMTPContentSummary)
        /// The answer to `judgeSender`; nil accepts.
        case senderJudged(SMTPReply?)
        /// The answer to `judgeRecipient`; nil accepts.
        case recipientJudged(SMTPReply?)
        /// The answer to `checkPassword`.
        case passwordChecked(Bool)
        /// `checkPassword` is not done: this client has guessed too often.
        case loginRefused(SMTPReply)
        /// The piece of `take` was taken.
        case contentTaken
        /// The answer to the `take` with an end.
        case messageFinished(SMTPReply)
        /// The handshake is over.
        case tlsEstablished(Security)
        /// Octets had come in behind STARTTLS.
        case plaintextBehindStartTLS
        /// Octets came in before the greeting, which the driver holds back.
        case spokeTooEarly
        /// The answer to `adoptClient`; nil adopts.
        case clientAdopted(SMTPReply?)
        /// The client has done too much of what is counted: it is dismissed with this reply once nothing is under way.
        case dismissed(SMTPReply)
        /// The client was silent, or its content went on, for too long.
        case timedOut(Timeout)
        /// The server is stopping.
        case shutdown
        /// The connection is gone.
        case disconnected
    }

    /// Which time ran out.
    package enum Timeout: Equatable, Sendable {
        /// Of silence.
        case idle
        /// Of one transaction's content.
        case content
    }

    /// What the driver does, in order.
    package enum Action: Equatable, Sendable {
        /// Sends this reply.
        case reply(SMTPReply)
        /// Sends `policy.capabilities(isSecure:)`.
        case announce(isSecure: Bool)
        /// Asks the receiver; reports `senderJudged`.
        case judgeSender(ReversePath, declaredSize: Int?)
        /// Asks the receiver at once; reports `recipientJudged`.
        case judgeRecipient(EnvelopeRecipient)
        /// Asks; reports `passwordChecked` or `loginRefused`.
        case checkPassword(login: String, password: Secret)
        /// Begins TLS behind this reply, or reports `plaintextBehindStartTLS`.
        case startTLS(SMTPReply)
        /// The client speaks for another one from now on; reports `clientAdopted`.
        case adoptClient(SMTPClientAttributes)
        /// Hands content to the receiver: begins the intake when an envelope comes with it, ends it when a summary
        /// does.
        /// Reports `contentTaken`, or at the end `messageFinished`.
        case take(begin: Envelope?, ByteBuffer, end: SMTPContentSummary?)
        /// Abandons the intake that a `take` began.
        case abandon
        /// Closes the connection when all replies are sent.
        case close
    }

    /// What the server offers and asks.
    package let policy: SMTPServerPolicy
    /// Where the session stands.
    package internal(set) var stage = Stage.waitingForGreeting
    /// What EHLO or HELO said; nil before.
    package internal(set) var clientName: String?
    /// True after EHLO, false after HELO.
    package internal(set) var isExtended = false
    /// What TLS told; nil in clear.
    package internal(set) var security: Security?
    /// The login of a successful AUTH.
    package internal(set) var authenticated: String?
    /// The envelope of the transaction that MAIL began.
    package internal(set) var envelope: Envelope?

    /// True when the session ended because the client said QUIT.
    package internal(set) var hasQuit = false

    /// RCPT commands of the transaction.
    var recipientCommands = 0
    /// Octets announced by the chunks of the message; nil before the first BDAT.
    var chunkOctets: Int?
    /// A chunk was refused, and the client may have pipelined more: they are answered without being counted as errors.
    var hasRefusedChunk = false
    /// The receiver has an intake that was neither finished nor abandoned.
    var hasIntake = false
    var exchange: SASLServerExchange?
    /// Commands that went wrong.
    package internal(set) var errors = 0
    var failedLogins = 0
    var refusedRecipients = 0
    var transactions = 0
    /// Commands since the last one that went on with a transaction.
    var idleCommands = 0
    var isStopping = false

    /// A session before its greeting.
    package init(policy: SMTPServerPolicy) {
        self.policy = policy
    }

    /// Takes what happened and returns what to do.
    package mutating func handle(_ event: Event) -> [Action] {
        let actions = decide(event)
        guard isStopping, stage == .commands || stage == .authentication else { return actions }
        return actions
            + close(SMTPReply(421, EnhancedStatus(4, 3, 2), "\(policy.hostname) is stopping; try again soon"))
    }

    private mutating func decide(_ event: Event) -> [Action] {
        switch event {
        case .shutdown:
            isStopping = true
            return []
        case .disconnected: return disconnected()
        case .timedOut(let timeout): return timedOut(timeout)
        case .dismissed(let reply): return dismissed(reply)
        case .connected, .line, .lineFault, .content, .contentRefused, .dataEnded, .chunkEnded, .senderJudged,
            .recipientJudged, .passwordChecked, .loginRefused, .contentTaken, .messageFinished, .tlsEstablished,
            .plaintextBehindStartTLS, .spokeTooEarly, .clientAdopted:
            break
        }
        switch stage {
        case .commands: return heard(event)
        case .authentication: return heardResponse(event)
        case .data, .chunk, .swallowing: return read(event)
        case .waitingForGreeting, .judgingSender, .judgingRecipient, .checkingPassword, .negotiatingTLS,
            .adoptingClient, .taking, .finishing, .abandoning:
            return answered(event)
        case .closed: return []
        }
    }

    private mutating func heard(_ event: Event) -> [Action] {
        if case .line(let line) = event { return command(line) }
        if case .lineFault(let fault) = event { return refuse(fault) }
        misreported()
    }

    private mutating func heardResponse(_ event: Event) -> [Action] {
        if case .line(let line) = event { return authenticationResponse(line) }
        if case .lineFault(let fault) = event { return refuse(fault) }
        misreported()
    }

    private mutating func read(_ event: Event) -> [Action] {
        switch (stage, event) {
        case (.data, .content(let piece)), (.chunk, .content(let piece)): return take(piece)
        case (.data, .contentRefused): return abandonIntake()
        case (.data, .dataEnded(let piece, let summary)): return dataEnded(piece, summary)
        case (.chunk(let octets, _, let isLast), .chunkEnded(let piece, let summary)):
            return chunkEnded(octets, isLast, piece, summary)
        case (.swallowing(let octets, let reply), .chunkEnded):
            stage = .commands
            // Chunks that were under way cost no error each; empty ones could come for ever.
            return refuse(reply, isCounted: !hasRefusedChunk || octets == 0)
        case (_, _): misreported()
        }
    }

    private mutating func answered(_ event: Event) -> [Action] {
        switch (stage, event) {
        case (.waitingForGreeting, .connected): return greet()
        case (.waitingForGreeting, .spokeTooEarly):
            return close(SMTPReply(554, EnhancedStatus(5, 5, 1), "\(policy.hostname) was not greeting yet; closing"))
        case (.waitingForGreeting, .tlsEstablished(let security)):
            self.security = security
            return greet()
        case (.judgingSender(let reversePath, let parameters), .senderJudged(let reply)):
            return senderJudged(reversePath, parameters, reply)
        case (.judgingRecipient(let recipient), .recipientJudged(let reply)): return recipientJudged(recipient, reply)
        case (.checkingPassword(let login), .passwordChecked(let isRight)): return passwordChecked(login, isRight)
        case (.checkingPassword, .loginRefused(let reply)): return close(reply)
        case (.negotiatingTLS, .tlsEstablished(let security)): return forgetAll(security)
        case (.negotiatingTLS, .plaintextBehindStartTLS):
            stage = .closed
            return [.close]
        case (.adoptingClient(let attributes), .clientAdopted(let reply)): return clientAdopted(attributes, reply)
        case (.taking(let then), .contentTaken):
            stage = then
            return []
        case (.finishing, .messageFinished(let reply)): return messageFinished(reply)
        case (.abandoning, .contentTaken):
            stage = .closed
            return abandonIntake()
        case (_, _): misreported()
        }
    }

    private mutating func disconnected() -> [Action] {
        switch stage {
        case .taking:
            stage = .abandoning
            return []
        case .abandoning: return []
        case .finishing:
            // The message is the receiver's: it is finished, and its reply has nobody to go to.
            hasIntake = false
            stage = .closed
            return []
        case .waitingForGreeting, .commands, .authentication, .judgingSender, .judgingRecipient, .checkingPassword,
            .negotiatingTLS, .adoptingClient, .data, .chunk, .swallowing, .closed:
            stage = .closed
            return abandonIntake()
        }
    }

    private func misreported() -> Never {
        // Not the event itself: it may hold a response of AUTH.
        preconditionFailure("driver reported an event that does not belong to the stage \(stage)")
    }
}
