// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import ContentScanning
import Crypto
import Logging
import MailModel
import MailQueue
import Routing

/// The last stage: the whole message is scanned, signed and stored.
extension QueueIntake {
    func message(_ routed: Routed, _ facts: ContentFacts, size: Int) -> QueuedMessage {
        QueuedMessage(
            id: id,
            origin: policy.role.origin,
            arrival: arrival,
            reversePath: routed.reversePath,
            reportTo: policy.table.reportRecipients(envelope.reversePath),
            returnContent: envelope.returnContent,
            envelopeID: envelope.envelopeID,
            requiresSMTPUTF8: envelope.requiresSMTPUTF8,
            isEightBit: facts.isEightBit,
            hasBareLineEnds: facts.hasBareLineEnds,
            size: size,
            trace: routed.trace,
            headerFrom: routed.header.listing("From"),
            subject: routed.header.listing("Subject"),
            messageID: routed.messageID,
            routeReason: routed.reason
        )
    }

    func store(_ message: QueuedMessage, _ routed: Routed) async throws(QueueError) -> SMTPReply {
        let body: MessageBody = if let writer { .stored(try await writer.finish()) } else { .octets(octets) }
        let queued = routed.recipients.enumerated().map { number, recipient in
            QueuedRecipient(number: number, recipient: recipient, route: routed.route, nextAttempt: arrival)
        }
        var offer = Arrival(
            message: message,
            recipients: queued,
            body: body,
            certified: certified(message, routed),
            copyKey: copyKey
        )
        if let examination, let examiner {
            let sum = Hexadecimal.lowerCase(digest.finalize())
            await examiner.complete(&offer, examination, header: routed.header, digest: sum)
        }
        if let reply = await scan(&offer, routed) { return reply }
        // For other readers it is not what the maildrop brings.
        if offer.recipients.map(\.recipient.forwardPath) != queued.map(\.recipient.forwardPath) { offer.copyKey = nil }
        if let words = routed.held { quarantine(&offer, words) }
        await sign(&offer, routed.header, isEdited: !offer.body.isSame(as: body))
        let outcome = try await store.insert(offer)
        var metadata: Logger.Metadata = [
            "from": "\(message.reversePath)", "recipients": "\(queued.count)", "size": "\(message.size)",
            "route": "\(routed.route)", "reason": "\(message.routeReason)",
            "messageID": "\(message.messageID ?? "")",
        ]
        switch outcome {
        case .stored, .known, .receipt:
            logger.info("message accepted", metadata: metadata)
            for route in Set(offer.recipients.map(\.route)) { wake(route) }
            return SMTPReply(250, EnhancedStatus(2, 0, 0), "message \(id) accepted")
        case .merged(let first):
            metadata["first"] = "\(first)"
            logger.info(
                "message accepted: its recipients were added to the same message, which waits",
                metadata: metadata
            )
            return SMTPReply(
                250,
                EnhancedStatus(2, 0, 0),
                "message \(first) accepted, these recipients were added to it"
            )
        case .duplicate(let first):
            metadata["first"] = "\(first)"
            logger.notice("message offered again: it is here already, and is not submitted twice", metadata: metadata)
            return SMTPReply(250, EnhancedStatus(2, 0, 0), "message \(first) accepted already, not taken twice")
        case .copy(let first):
            metadata["first"] = "\(first)"
            logger.notice(
                "forwarded copy not taken: the same message was retrieved from the maildrop already",
                metadata: metadata
            )
            return SMTPReply(250, EnhancedStatus(2, 0, 0), "message \(first) accepted already, not taken twice")
        }
    }

    /// Has the message scanned.
    /// - Returns: the reply to a message that is not stored; nil for one that is.
    func scan(_ offer: inout Arrival, _ routed: Routed) async -> SMTPReply? {
        guard let filter else { return nil }
        let decision = await filter.judge(&offer, subject(offer, routed))
        if decision.isStored { return nil }
        if case .stored(let body) = offer.body { await store.discardStored(body) }
        writer = nil
        switch decision {
        case .refuse(let reply): return await refuse(reply)
        case .discard(let words):
            logger.warning("message discarded, as a scanner asked for", metadata: ["reason": "\(words)"])
            return SMTPReply(250, EnhancedStatus(2, 0, 0), "message \(id) accepted")
        case .hold, .deliver, .quarantine:
            return await refuse(
                SMTPReply(
                    451,
                    EnhancedStatus(4, 7, 1),
                    "the message could not be scanned, please try again later (\(session.id))"
                )
            )
        }
    }

    /// Keeps the message for a person.
    func quarantine(_ offer: inout Arrival, _ words: String) {
        for index in offer.recipients.indices where !offer.recipients[index].state.isFinal {
            offer.recipients[index].state = .quarantined
            offer.recipients[index].lastReply = String(words.prefix(500))
        }
        logger.notice(
            "message kept in the quarantine instead of refused",
            metadata: ["from": "\(offer.message.reversePath)", "reason": "\(words)"]
        )
    }

    /// What scanners are told of the message.
    func subject(_ offer: Arrival, _ routed: Routed) -> ScanSubject {
        let mail: ScanSubject.Mail =
            if routed.certifiedAccount != nil { .certifiedSubmission } else if examination != nil { .certified } else {
                mayRefuse ? .ordinary : .retrieved
            }
        return ScanSubject(
            id: id,
            mail: mail,
            client: ScanSubject.Client(
                address: session.peer,
                name: session.clientName,
                reverseName: session.reverseName,
                isExtended: session.isExtended,
                tlsVersion: session.tlsVersion,
                authenticated: session.authenticated
            ),
            hostname: policy.hostname,
            entrance: "\(policy.role.origin)",
            reversePath: offer.message.reversePath,
            recipients: offer.recipients.map(\.recipient),
            header: routed.header,
            way: { [policy] recipient in
                // A copy for the company goes to Exchange, whichever way the message takes.
                if policy.table.acceptsRecipient(recipient, listener: .internet) == nil { return .exchange }
                return policy.role == .exchange ? routed.route : nil
            }
        )
    }

    /// What a certified submission brings into tracking and archive.
    func certified(_ message: QueuedMessage, _ routed: Routed) -> CertifiedFacts? {
        guard let account = routed.certifiedAccount, let messageID = routed.messageID else { return nil }
        return CertifiedFacts(
            digest: Hexadecimal.lowerCase(digest.finalize()),
            kind: "submission",
            account: account.address.comparisonKey,
            submission: CertifiedFacts.Submission(
                messageID: messageID,
                senders: message.reportTo,
                mergeWindow: policy.mergeWindow,
                maximumRecipients: account.limits.maximumRecipients(ofSize: message.size)
            )
        )
    }
}

extension ListenerRole {
    /// The origin of the messages that come by a listener of this role.
    var origin: MessageOrigin {
        switch self {
        case .exchange: .exchange
        case .internet: .internet
        case .provider: .provider
        }
    }
}

extension MessageBody {
    /// True when nobody wrote it anew.
    fileprivate func isSame(as other: MessageBody) -> Bool {
        switch (self, other) {
        case (.octets(let mine), .octets(let theirs)): mine == theirs
        case (.stored(let mine), .stored(let theirs)): mine == theirs
        case (.octets, .stored), (.stored, .octets): false
        }
    }
}
