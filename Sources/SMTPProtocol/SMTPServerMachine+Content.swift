// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

import struct NIOCore.ByteBuffer

/// DATA, BDAT and the end of the content.
extension SMTPServerMachine {
    mutating func data() throws(SMTPRefusal) -> [Action] {
        guard let envelope else { throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "MAIL and RCPT first") }
        guard chunkOctets == nil else {
            throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "the message has begun with BDAT and must go on with it")
        }
        guard !envelope.recipients.isEmpty else { throw noRecipients }
        stage = .data
        return [.reply(SMTPReply(354, nil, "end the message with <CR><LF>.<CR><LF>"))]
    }

    private var noRecipients: SMTPRefusal {
        recipientCommands == 0
            ? SMTPRefusal(503, EnhancedStatus(5, 5, 1), "RCPT first")
            : SMTPRefusal(554, EnhancedStatus(5, 5, 1), "no recipient was accepted")
    }

    /// The octets of a chunk follow its command in any case (RFC 3030 §2): a refusal comes after they were read over.
    mutating func bdat(_ octets: Int, isLast: Bool) -> [Action] {
        guard let envelope else {
            let words = hasRefusedChunk ? "an earlier chunk of this message was refused" : "MAIL and RCPT first"
            return swallow(octets, SMTPReply(503, EnhancedStatus(5, 5, 1), words))
        }
        guard !envelope.recipients.isEmpty else { return failChunk(octets, noRecipients.reply) }
        let (sum, overflow) = (chunkOctets ?? 0).addingReportingOverflow(octets)
        guard !overflow, !isTooLarge(sum) else { return failChunk(octets, tooLarge(overflow ? .max : sum).reply) }
        stage = .chunk(octets: octets, isFirst: chunkOctets == nil, isLast: isLast)
        chunkOctets = sum
        return []
    }

    private mutating func swallow(_ octets: Int, _ reply: SMTPReply) -> [Action] {
        stage = .swallowing(octets: octets, reply)
        return []
    }

    /// After a chunk that failed MAIL and RCPT are forgotten too; chunks already under way are answered 503.
    private mutating func failChunk(_ octets: Int, _ reply: SMTPReply) -> [Action] {
        let actions = resetTransaction()
        hasRefusedChunk = true
        return actions + swallow(octets, reply)
    }

    /// Hands a piece to the receiver and reads on when it was taken.
    mutating func take(_ piece: ByteBuffer) -> [Action] {
        stage = .taking(then: stage)
        return [hand(piece, end: nil)]
    }

    private mutating func hand(_ piece: ByteBuffer, end: SMTPContentSummary?) -> Action {
        let begin = hasIntake ? nil : envelope
        hasIntake = true
        return .take(begin: begin, piece, end: end)
    }

    mutating func dataEnded(_ piece: ByteBuffer, _ summary: SMTPContentSummary) -> [Action] {
        let refusal: SMTPReply
        switch (summary.hasBareLineEnds, summary.isTooLarge) {
        case (false, false):
            stage = .finishing
            return [hand(piece, end: summary)]
        case (true, _):
            refusal = SMTPReply(
                550,
                EnhancedStatus(5, 5, 2),
                "the message holds a CR or LF that stands alone; every line must end with CRLF. It was not accepted"
            )
        case (false, true):
            refusal = SMTPReply(
                552,
                EnhancedStatus(5, 3, 4),
                "the message is larger than the \(policy.limits.messageOctets) octets allowed here"
            )
        }
        let actions = resetTransaction()
        stage = .commands
        return actions + refuse(refusal, isCounted: false)
    }

    mutating func chunkEnded(
        _ octets: Int,
        _ isLast: Bool,
        _ piece: ByteBuffer,
        _ summary: SMTPContentSummary
    ) -> [Action] {
        guard isLast else {
            stage = .commands
            return [.reply(SMTPReply(250, EnhancedStatus(2, 0, 0), "\(octets) octets received"))]
        }
        stage = .finishing
        return [hand(piece, end: summary)]
    }

    mutating func messageFinished(_ reply: SMTPReply) -> [Action] {
        hasIntake = false
        let actions = resetTransaction()
        stage = .commands
        return actions + (reply.isPositive ? [.reply(reply)] : refuse(reply, isCounted: false))
    }
}
