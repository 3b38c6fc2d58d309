// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// MAIL and RCPT.
extension SMTPServerMachine {
    mutating func mail(
        _ reversePath: ReversePath,
        _ parameters: SMTPMailParameters
    ) throws(SMTPRefusal) -> [Action] {
        guard clientName != nil else { throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "EHLO or HELO first") }
        guard envelope == nil else {
            throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "a mail transaction is open already: RSET first")
        }
        try checkRights()
        guard parameters.requiresSMTPUTF8 || reversePath.mailbox?.isASCII ?? true else {
            throw SMTPRefusal(553, EnhancedStatus(5, 6, 7), "an address beyond ASCII needs the parameter SMTPUTF8")
        }
        if let size = parameters.size, isTooLarge(size) { throw tooLarge(size) }
        guard transactions < policy.limits.transactions else {
            throw SMTPRefusal(421, EnhancedStatus(4, 7, 0), "\(transactions) transactions are enough for one session")
        }
        transactions += 1
        idleCommands = 0
        hasRefusedChunk = false
        stage = .judgingSender(reversePath, parameters)
        return [.judgeSender(reversePath, declaredSize: parameters.size)]
    }

    private func checkRights() throws(SMTPRefusal) {
        let status = EnhancedStatus(5, 7, 0)
        guard !policy.requiresTLS || security != nil else { throw SMTPRefusal(530, status, "STARTTLS first") }
        guard !policy.requiresClientCertificate || security?.clientCertificate != nil else {
            throw SMTPRefusal(530, status, "a client certificate that this server trusts is asked for")
        }
        guard !policy.requiresAuthentication || authenticated != nil else {
            throw SMTPRefusal(530, status, security == nil ? "STARTTLS, then AUTH first" : "AUTH first")
        }
    }

    mutating func senderJudged(
        _ reversePath: ReversePath,
        _ parameters: SMTPMailParameters,
        _ reply: SMTPReply?
    ) -> [Action] {
        stage = .commands
        if let reply, !reply.isPositive { return refuse(reply, isCounted: false) }
        envelope = Envelope(
            reversePath: reversePath,
            recipients: [],
            returnContent: parameters.returnContent,
            envelopeID: parameters.envelopeID,
            requiresSMTPUTF8: parameters.requiresSMTPUTF8,
            isEightBit: parameters.isEightBit
        )
        recipientCommands = 0
        chunkOctets = nil
        return [.reply(reply ?? SMTPReply(250, EnhancedStatus(2, 1, 0), "sender accepted"))]
    }

    mutating func rcpt(_ recipient: EnvelopeRecipient) throws(SMTPRefusal) -> [Action] {
        guard let envelope else { throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "MAIL first") }
        guard chunkOctets == nil else {
            throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "no recipients after the first BDAT")
        }
        guard envelope.requiresSMTPUTF8 || recipient.forwardPath.isASCII else {
            throw SMTPRefusal(553, EnhancedStatus(5, 6, 7), "an address beyond ASCII needs SMTPUTF8 with MAIL")
        }
        guard recipientCommands < policy.limits.recipients else {
            // Not a mistake: the client sends the rest in another transaction (RFC 5321 §4.5.3.1.10).
            let words = "no more than \(policy.limits.recipients) recipients a transaction; send the rest in another"
            return [.reply(SMTPReply(452, EnhancedStatus(4, 5, 3), words))]
        }
        recipientCommands += 1
        stage = .judgingRecipient(recipient)
        return [.judgeRecipient(recipient)]
    }

    mutating func recipientJudged(_ recipient: EnvelopeRecipient, _ reply: SMTPReply?) -> [Action] {
        stage = .commands
        if let reply, !reply.isPositive {
            if reply.isPermanent { refusedRecipients += 1 }
            guard refusedRecipients < policy.limits.refusedRecipients else {
                let words = "closing after \(refusedRecipients) refused recipients, the last one: \(reply)"
                return close(SMTPReply(421, EnhancedStatus(4, 7, 0), words))
            }
            return refuse(reply, isCounted: false)
        }
        envelope?.recipients.append(recipient)
        return [.reply(reply ?? SMTPReply(250, EnhancedStatus(2, 1, 5), "recipient accepted"))]
    }

    func isTooLarge(_ octets: Int) -> Bool {
        policy.limits.messageOctets > 0 && octets > policy.limits.messageOctets
    }

    func tooLarge(_ octets: Int) -> SMTPRefusal {
        SMTPRefusal(
            552,
            EnhancedStatus(5, 3, 4),
            "a message of \(octets) octets is too large; \(policy.limits.messageOctets) are allowed here"
        )
    }

    /// Forgets the transaction; an intake that holds part of its content is abandoned.
    mutating func resetTransaction() -> [Action] {
        envelope = nil
        recipientCommands = 0
        chunkOctets = nil
        hasRefusedChunk = false
        return abandonIntake()
    }

    mutating func abandonIntake() -> [Action] {
        guard hasIntake else { return [] }
        hasIntake = false
        return [.abandon]
    }
}
