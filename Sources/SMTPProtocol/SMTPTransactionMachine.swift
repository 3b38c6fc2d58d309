// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Carries out one mail transaction (RFC 5321 §3.3) in as few flights as the server allows.
///
/// ```text
/// start ─▶ envelope ─(accepted)─▶ data ─354─▶ content ─reply─▶ ended
///   │         │  └─(CHUNKING)──────────────▶ content     (BDAT refused: reset)
///   │         └─(nobody accepted, or held)─▶ reset ─reply─▶ ended
///   │ the server cannot take it            354 with nobody accepted: emptyData ─reply─▶ ended
///   └────────────────────────────────────────────────────────────────────────────────▶ ended
/// ```
/// With PIPELINING (RFC 2920) MAIL, every RCPT and DATA are one flight, or MAIL, RCPT and BDAT with a small content; the content
/// of DATA never goes before its 354. Without it each command waits for the reply to the one before.
public struct SMTPTransactionMachine: Sendable {
    /// RCPT commands of one flight, so that neither side's replies fill the other's socket while it writes.
    public static let recipientsPerFlight = 100

    /// What the driver reports.
    public enum Event: Hashable, Sendable {
        /// The transaction begins.
        case start
        /// The server sent a reply.
        case reply(SMTPReply)
    }

    /// What the driver does, in order; then it reads the next reply unless the transaction has ended.
    public enum Action: Hashable, Sendable {
        /// Sends command lines, CRLF included.
        case send(String)
        /// Sends the content with its dots stuffed and the end of data behind it.
        case sendDotStuffed
        /// Sends the content as it is: it was announced by BDAT.
        case sendChunk
        /// The transaction has ended.
        case finish(SMTPTransactionResult)
        /// The server broke the protocol; the connection is to be closed.
        case fail(SMTPClientError)
    }

    /// What the next reply answers, by which the driver chooses its patience (RFC 5321 §4.5.3.2).
    public enum Stage: Hashable, Sendable {
        /// MAIL, of a flight or alone.
        case mail
        /// RCPT of the recipient with this number.
        case recipient(Int)
        /// DATA.
        case data
        /// The content.
        case content
        /// The lone dot that ends an unwanted 354.
        case emptyData
        /// RSET.
        case reset
    }

    let transaction: SMTPTransaction
    let capabilities: SMTPCapabilities
    let peer: String
    private var awaited: [Stage] = []
    private var next = 0
    private var isMailSent = false
    private var mailRefusal: SMTPReply?
    private var isContentAnnounced = false
    private var recipientReplies: [SMTPReply?]
    private var finalAnswer: SMTPTransactionResult.Answer?
    private var isEnded = false

    /// A transaction that has not begun.
    public init(_ transaction: SMTPTransaction, capabilities: SMTPCapabilities, peer: String) {
        self.transaction = transaction
        self.capabilities = capabilities
        self.peer = peer
        recipientReplies = Array(repeating: nil, count: transaction.envelope.recipients.count)
    }

    /// What the next reply answers; nil before the start and after the end.
    public var stage: Stage? { awaited.first }

    /// Takes one event.
    public mutating func handle(_ event: Event) -> [Action] {
        precondition(!isEnded, "driver reported \(event) after the end")
        switch event {
        case .start:
            precondition(!isMailSent, "a transaction starts once")
            if let refusal = judge() { return finish(all: refusal, stage: .local) }
            return sendFlight()
        case .reply(let reply):
            guard let stage = awaited.first else { preconditionFailure("driver read a reply that nothing awaits") }
            awaited.removeFirst()
            if reply.code == 421 { return serverLeaves(reply, at: stage) }
            return take(reply, for: stage)
        }
    }

    /// The connection has ended: the result where the replies so far decide it, or nil.
    public func resultAtLoss() -> SMTPTransactionResult? {
        guard finalAnswer != nil || isRefusedByAll else { return nil }
        return result(isSessionUsable: false)
    }

    /// The recipients that the server has accepted, by their places in the envelope.
    public var acceptedRecipients: [Int] {
        guard mailRefusal == nil else { return [] }
        return recipientReplies.indices.filter { recipientReplies[$0]?.isPositive ?? false }
    }

    /// The recipients that the server has refused, by their places in the envelope.
    public var refusals: [Int: SMTPReply] {
        var refusals: [Int: SMTPReply] = [:]
        for (place, reply) in recipientReplies.enumerated() {
            if let reply = mailRefusal ?? reply, !reply.isPositive { refusals[place] = reply }
        }
        return refusals
    }

    /// Ends the transaction by our own decision while the content is on its way; the connection is to be closed.
    public mutating func abandon(_ reply: SMTPReply) -> SMTPTransactionResult {
        isEnded = true
        awaited = []
        finalAnswer = .init(reply: reply, stage: .local)
        return result(isSessionUsable: false)
    }

    private var isRefusedByAll: Bool {
        mailRefusal != nil || recipientReplies.allSatisfy { $0.map { !$0.isPositive } ?? false }
    }

    // MARK: Flights

    private mutating func sendFlight() -> [Action] {
        let count = transaction.envelope.recipients.count
        var text = ""
        if !isMailSent {
            isMailSent = true
            text += SMTPClientCommand.mail(transaction, capabilities)
            awaited.append(.mail)
            guard capabilities.pipelining else { return [.send(text)] }
        }
        let end = capabilities.pipelining ? min(count, next + Self.recipientsPerFlight) : next + 1
        for number in next..<end {
            text += SMTPClientCommand.recipient(transaction.envelope.recipients[number], capabilities)
            awaited.append(.recipient(number))
        }
        next = end
        guard capabilities.pipelining, end == count, mayJoinContent else { return [.send(text)] }
        return announceContent(after: text)
    }

    /// True when DATA, or BDAT with its content, may go before the replies to the recipients are known.
    private var mayJoinContent: Bool {
        guard !transaction.holdsOnTransientRecipient || transaction.envelope.recipients.count == 1 else { return false }
        return !capabilities.chunking || transaction.joinsContent
    }

    private mutating func announceContent(after text: String = "") -> [Action] {
        isContentAnnounced = true
        if capabilities.chunking {
            awaited.append(.content)
            return [.send("\(text)BDAT \(transaction.size) LAST\r\n"), .sendChunk]
        }
        awaited.append(.data)
        return [.send("\(text)DATA\r\n")]
    }

    // MARK: Replies

    private mutating func take(_ reply: SMTPReply, for stage: Stage) -> [Action] {
        switch stage {
        case .mail:
            guard isAnswer(reply) else { return violation(reply, "MAIL") }
            if !reply.isPositive { mailRefusal = reply }
        case .recipient(let number):
            guard isAnswer(reply) else { return violation(reply, "RCPT") }
            recipientReplies[number] = mailRefusal ?? reply
        case .data: return takeData(reply)
        case .content: return takeContent(reply)
        case .emptyData: return finish(isSessionUsable: true)
        case .reset: return finish(isSessionUsable: reply.isPositive)
        }
        return awaited.isEmpty ? proceed() : []
    }

    /// The replies to a flight are in.
    private mutating func proceed() -> [Action] {
        guard mailRefusal == nil else { return finish(isSessionUsable: true) }
        if next < transaction.envelope.recipients.count { return sendFlight() }
        guard !isRefusedByAll else { return reset() }
        let isHeld = recipientReplies.contains { $0?.isTransient ?? false }
        if transaction.holdsOnTransientRecipient, isHeld {
            finalAnswer = SMTPTransactionResult.Answer(
                reply: SMTPReply(
                    451,
                    EnhancedStatus(4, 4, 5),
                    "not sent yet: another recipient of the message was refused for now"
                ),
                stage: .held
            )
            return reset()
        }
        return announceContent()
    }

    private mutating func takeData(_ reply: SMTPReply) -> [Action] {
        if reply.isIntermediate {
            guard !isRefusedByAll else {
                awaited.append(.emptyData)
                return [.send(".\r\n")]
            }
            awaited.append(.content)
            return [.sendDotStuffed]
        }
        guard reply.isTransient || reply.isPermanent else { return violation(reply, "DATA") }
        if !isRefusedByAll { finalAnswer = .init(reply: reply, stage: .data) }
        return mailRefusal == nil ? reset() : finish(isSessionUsable: true)
    }

    private mutating func takeContent(_ reply: SMTPReply) -> [Action] {
        guard isAnswer(reply) else { return violation(reply, "the end of data") }
        if !isRefusedByAll { finalAnswer = .init(reply: reply, stage: .endOfData) }
        // RFC 3030 §2: a refused BDAT leaves a transaction that RSET has to end.
        return capabilities.chunking && !reply.isPositive ? reset() : finish(isSessionUsable: true)
    }

    private mutating func reset() -> [Action] {
        awaited.append(.reset)
        return [.send("RSET\r\n")]
    }

    /// 421: the server closes the connection, whatever was asked (RFC 5321 §3.8).
    private mutating func serverLeaves(_ reply: SMTPReply, at stage: Stage) -> [Action] {
        let answered: SMTPTransactionResult.Stage
        switch stage {
        case .mail: answered = .mail
        case .recipient: answered = .recipient
        case .data: answered = .data
        case .content: answered = .endOfData
        case .emptyData, .reset: return finish(isSessionUsable: false)
        }
        if finalAnswer == nil { finalAnswer = .init(reply: reply, stage: answered) }
        return finish(isSessionUsable: false)
    }

    private func isAnswer(_ reply: SMTPReply) -> Bool { reply.isPositive || reply.isTransient || reply.isPermanent }

    // MARK: The end

    private mutating func violation(_ reply: SMTPReply, _ command: String) -> [Action] {
        isEnded = true
        awaited = []
        return [
            .fail(SMTPClientError(.protocolViolation, "\(peer) answered \(command) with \"\(reply)\"", reply: reply))
        ]
    }

    private mutating func finish(all reply: SMTPReply, stage: SMTPTransactionResult.Stage) -> [Action] {
        finalAnswer = .init(reply: reply, stage: stage)
        return finish(isSessionUsable: true)
    }

    private mutating func finish(isSessionUsable: Bool) -> [Action] {
        isEnded = true
        awaited = []
        return [.finish(result(isSessionUsable: isSessionUsable))]
    }

    private func result(isSessionUsable: Bool) -> SMTPTransactionResult {
        let answers = recipientReplies.map { reply in
            if let mailRefusal { return SMTPTransactionResult.Answer(reply: mailRefusal, stage: .mail) }
            if let reply, !reply.isPositive { return SMTPTransactionResult.Answer(reply: reply, stage: .recipient) }
            guard let finalAnswer else { preconditionFailure("a transaction ends without an answer to a recipient") }
            return finalAnswer
        }
        return SMTPTransactionResult(answers: answers, isSessionUsable: isSessionUsable)
    }
}
