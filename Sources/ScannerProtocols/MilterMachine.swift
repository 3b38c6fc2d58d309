// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

public import struct NIOCore.ByteBuffer

/// One message's dialogue with a milter, seen from the mail server's side (milter protocol, versions 2 to 6).
///
/// ```text
/// negotiating ─▶ connect ─▶ helo ─▶ mail ─▶ recipient… ─▶ data ─▶ field… ─▶ endOfHeader ─▶ body… ─▶ endOfMessage ─▶ ended
///                   └───────── accept, reject, postpone, reply, discard: from each of them ─────────────────────────▲
/// ```
/// A stage that the milter goes without is left out; where it does not answer, the next follows at once. Changes count at the end of the
/// message alone, and only together with a verdict: whoever drives the machine carries out nothing before `finished`.
public struct MilterMachine: Sendable {
    /// What happens.
    public enum Event: Sendable {
        /// The connection stands.
        case connected
        /// The milter said something.
        case reply(MilterReply)
        /// The next octets of the body, at most 65,535; what `nextPiece` asked for.
        case piece(ByteBuffer)
        /// There are no more of them.
        case bodyEnded
    }

    /// What to do.
    public enum Action: Equatable, Sendable {
        /// Send these octets.
        case send(ByteBuffer)
        /// Wait for a reply.
        case awaitReply
        /// Bring the next octets of the body.
        case nextPiece
        /// Keep these octets: they belong to the body that replaces the message's own.
        case keep(ByteBuffer)
        /// The verdict.
        case finished(MilterVerdict)
    }

    /// Bounds on what a milter may say of one message.
    public struct Limits: Hashable, Sendable {
        /// Changes.
        public var changes = 500
        /// Octets of all changes together.
        public var changeOctets = 1_048_576
        /// Octets of a body that replaces the message's own.
        public var bodyOctets: Int

        /// Bounds for a message of `octets`.
        public init(messageOctets octets: Int) { bodyOctets = octets * 2 + 1_048_576 }
    }

    enum State: Hashable, Sendable {
        case idle
        case negotiating
        case connect, helo, mail
        case recipient(Int)
        case data
        case field(Int)
        case endOfHeader
        case body
        case endOfMessage
        case ended
    }

    private let transaction: MilterTransaction
    private let limits: Limits
    private(set) var state = State.idle
    private var actions = MilterActions()
    private var steps = MilterSteps()
    private var changes: [MilterChange] = []
    private var changeOctets = 0
    private var idleReplies = 0
    private var quarantine: String?
    /// Octets of the body that replaces the message's own; nil while there is none.
    private var bodyOctets: Int?

    /// A dialogue about `transaction`.
    public init(_ transaction: MilterTransaction, limits: Limits) {
        self.transaction = transaction
        self.limits = limits
    }

    /// What is to be sent before the connection is closed.
    public var farewell: ByteBuffer {
        var octets = state == .ended ? ByteBuffer() : MilterCommand.abort
        octets.writeImmutableBuffer(MilterCommand.quit)
        return octets
    }

    /// Goes on.
    ///
    /// - Throws: when the milter says what has no place here; there is no verdict then, and nothing is changed.
    public mutating func handle(_ event: Event) throws(MilterError) -> [Action] {
        switch (state, event) {
        case (.idle, .connected):
            state = .negotiating
            return [.send(MilterCommand.negotiate(.offered, .offered)), .awaitReply]
        case (.negotiating, .reply(.negotiated(let version, let actions, let steps))):
            try negotiate(version, actions, steps)
            return begin(.connect)
        case (.negotiating, .reply): throw MilterError("an answer to the negotiation that is none")
        case (.body, .piece(let piece)):
            return [.send(MilterCommand.body(piece)), steps.contains(.silentOnBody) ? .nextPiece : .awaitReply]
        case (.body, .bodyEnded): return begin(.endOfMessage)
        case (.endOfMessage, .reply(let reply)): return try end(reply)
        case (.connect, .reply(let reply)), (.helo, .reply(let reply)), (.mail, .reply(let reply)),
            (.recipient, .reply(let reply)), (.data, .reply(let reply)), (.field, .reply(let reply)),
            (.endOfHeader, .reply(let reply)), (.body, .reply(let reply)):
            return try answer(reply)
        case (.ended, .reply): throw MilterError("a reply behind the verdict")
        case (.idle, _), (_, .connected), (_, .piece), (_, .bodyEnded):
            preconditionFailure("driver reported an event that has no place in \(state)")
        }
    }

    // MARK: Negotiation

    private mutating func negotiate(
        _ version: UInt32,
        _ actions: MilterActions,
        _ steps: MilterSteps
    ) throws(MilterError) {
        guard (2...6).contains(version) else { throw MilterError("milter protocol \(version): 2 to 6 are spoken") }
        guard actions.isSubset(of: .offered) else { throw MilterError("it wants to change what was not offered") }
        guard steps.isSubset(of: .offered) else { throw MilterError("it wants a dialogue that was not offered") }
        self.actions = actions
        self.steps = steps
    }

    // MARK: Stages

    /// Enters the first stage from `stage` on that the milter takes part in.
    private mutating func begin(_ stage: State) -> [Action] {
        var actions: [Action] = []
        var next = stage
        while true {
            state = next
            guard let (command, isSilent) = command(next) else {
                next = behind(next)
                continue
            }
            if next == .body { return actions + [.nextPiece] }
            actions += command.readableBytes > 0 ? [.send(command)] : []
            guard isSilent else { return actions + [.awaitReply] }
            next = behind(next)
        }
    }

    private func behind(_ stage: State) -> State {
        switch stage {
        case .idle, .negotiating: .connect
        case .connect: .helo
        case .helo: .mail
        case .mail: .recipient(0)
        case .recipient(let index): index + 1 < transaction.recipients.count ? .recipient(index + 1) : .data
        case .data: .field(0)
        case .field(let index): index + 1 < transaction.fields.count ? .field(index + 1) : .endOfHeader
        case .endOfHeader: .body
        case .body, .endOfMessage, .ended: .endOfMessage
        }
    }

    /// What is said in a stage, and whether the milter does not answer; nil when the stage is left out.
    private func command(_ stage: State) -> (ByteBuffer, isSilent: Bool)? {
        switch stage {
        case .idle, .negotiating, .ended: return nil
        case .connect:
            if steps.contains(.noConnect) { return nil }
            let command = told("C", transaction.connectMacros, MilterCommand.connect(transaction.client))
            return (command, steps.contains(.silentOnConnect))
        case .helo:
            if steps.contains(.noHelo) { return nil }
            let command = MilterCommand.helo(transaction.client?.helo ?? "localhost")
            return (told("H", transaction.heloMacros, command), steps.contains(.silentOnHelo))
        case .mail:
            if steps.contains(.noMail) { return nil }
            let command = MilterCommand.mail(transaction.reversePath)
            return (told("M", transaction.mailMacros, command), steps.contains(.silentOnMail))
        case .recipient(let index):
            guard !steps.contains(.noRecipients), index < transaction.recipients.count else { return nil }
            let recipient = transaction.recipients[index]
            let command = told("R", [("{rcpt_addr}", recipient)], MilterCommand.recipient(recipient))
            return (command, steps.contains(.silentOnRecipients))
        case .data:
            return steps.contains(.noData) ? nil : (MilterCommand.data, steps.contains(.silentOnData))
        case .field(let index):
            guard !steps.contains(.noFields), index < transaction.fields.count else { return nil }
            let field = MilterCommand.field(transaction.fields[index], keepsSpace: steps.contains(.leadingSpace))
            return (field, steps.contains(.silentOnFields))
        case .endOfHeader:
            if steps.contains(.noEndOfHeader) { return nil }
            return (MilterCommand.endOfHeader, steps.contains(.silentOnEndOfHeader))
        case .body: return steps.contains(.noBody) ? nil : (ByteBuffer(), false)
        case .endOfMessage: return (told("E", transaction.endMacros, MilterCommand.endOfMessage), false)
        }
    }

    private func told(_ letter: Character, _ macros: [MilterTransaction.Macro], _ command: ByteBuffer) -> ByteBuffer {
        var octets = MilterCommand.macros(letter, macros)
        octets.writeImmutableBuffer(command)
        return octets
    }

    // MARK: Replies

    private mutating func answer(_ reply: MilterReply) throws(MilterError) -> [Action] {
        switch reply {
        case .continue: return state == .body ? [.nextPiece] : begin(behind(state))
        case .progress: return [.awaitReply]
        case .skip:
            guard steps.contains(.skip) else { throw MilterError("a skip that was not negotiated") }
            switch state {
            case .recipient: return begin(.data)
            case .field: return begin(.endOfHeader)
            case .body: return begin(.endOfMessage)
            default: throw MilterError("a skip where nothing can be skipped")
            }
        case .accept, .reject, .postpone, .reply, .discard: return try verdict(reply)
        case .negotiated, .quarantine, .change, .body: throw MilterError("a reply out of step, in \(state)")
        }
    }

    private mutating func end(_ reply: MilterReply) throws(MilterError) -> [Action] {
        switch reply {
        case .progress: return [.awaitReply]
        case .change(let change):
            guard !actions.isDisjoint(with: change.action) else {
                throw MilterError("a change that was not negotiated")
            }
            changeOctets += change.octets
            guard changes.count < limits.changes, changeOctets <= limits.changeOctets else {
                throw MilterError("too many changes")
            }
            changes.append(change)
            return [.awaitReply]
        case .quarantine(let why):
            guard actions.contains(.quarantine) else { throw MilterError("a quarantine that was not negotiated") }
            try countIdle()
            quarantine = why
            return [.awaitReply]
        case .body(let piece):
            guard actions.contains(.replaceBody) else { throw MilterError("a body that was not negotiated") }
            let octets = (bodyOctets ?? 0) + piece.readableBytes
            guard octets <= limits.bodyOctets else {
                throw MilterError("a body of more than \(limits.bodyOctets) octets")
            }
            if piece.readableBytes == 0 { try countIdle() }
            bodyOctets = octets
            return [.keep(piece), .awaitReply]
        case .continue, .accept, .reject, .postpone, .reply, .discard: return try verdict(reply)
        case .negotiated, .skip: throw MilterError("a reply out of step, in \(state)")
        }
    }

    /// Counts a reply that brings nothing new; there are no more of them than changes.
    private mutating func countIdle() throws(MilterError) {
        idleReplies += 1
        guard idleReplies <= limits.changes else { throw MilterError("too many replies without an end") }
    }

    private mutating func verdict(_ reply: MilterReply) throws(MilterError) -> [Action] {
        let decision: MilterVerdict.Decision =
            switch reply {
            case .continue, .accept: .pass
            case .reject: .reject(SMTPReply(550, EnhancedStatus(5, 7, 1), "the message was refused"))
            case .postpone: .postpone(SMTPReply(451, EnhancedStatus(4, 7, 1), "please try again later"))
            case .reply(let reply): reply.isTransient ? .postpone(reply) : .reject(reply)
            case .discard: .discard
            case .negotiated, .skip, .progress, .quarantine, .change, .body: throw MilterError("no verdict")
            }
        // Accepted before its end, a message passes as it is; refused, nothing of it matters.
        let isWhole = state == .endOfMessage && decision == .pass
        state = .ended
        return [
            .finished(
                MilterVerdict(
                    decision: decision,
                    quarantine: isWhole ? quarantine : nil,
                    changes: isWhole ? changes : [],
                    replacesBody: isWhole && bodyOctets != nil
                )
            )
        ]
    }
}
