// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import Routing

import struct NIOCore.ByteBuffer

/// Takes the content of one transaction into the queue: in memory up to the store's `inlineLimit`, into a body writer beyond it.
actor QueueIntake: MessageIntake {
    private let envelope: Envelope
    private let session: SessionFacts
    private let policy: ReceptionPolicy
    private let arrival: Timestamp
    private let store: any QueueStore
    private let wake: @Sendable (Route) -> Void
    private let logger: Logger
    private let id: QueueID

    private let trace: String
    private var header = HeaderCollector()
    private var octets = ByteBuffer()
    private var writer: (any BodyWriter)?
    private var failure: QueueError?

    init(
        envelope: Envelope,
        session: SessionFacts,
        policy: ReceptionPolicy,
        arrival: Timestamp,
        store: any QueueStore,
        wake: @escaping @Sendable (Route) -> Void,
        logger: Logger
    ) {
        self.envelope = envelope
        self.session = session
        self.policy = policy
        self.arrival = arrival
        self.store = store
        self.wake = wake
        id = QueueID(arrival: arrival)
        var logger = logger
        logger[metadataKey: "queueID"] = "\(id)"
        logger[metadataKey: "session"] = "\(session.id)"
        logger[metadataKey: "peer"] = "\(session.peer)"
        self.logger = logger
        var trace = ReceivedField.compose(
            envelope: envelope,
            session: session,
            hostname: policy.hostname,
            id: id,
            moment: arrival
        )
        if policy.role == .provider {
            for account in policy.table.accountAddresses(of: envelope.recipients) {
                trace += AccountField.compose(account)
            }
        }
        self.trace = trace
    }

    func append(_ piece: ByteBuffer) async {
        guard failure == nil else { return }
        if !header.isComplete { header.append(piece) }
        var piece = piece
        do throws(QueueError) {
            if let writer {
                try await writer.write(piece)
            } else {
                octets.writeBuffer(&piece)
                if octets.readableBytes > store.inlineLimit { try await spill() }
            }
        } catch {
            failure = error
        }
    }

    func finish(_ facts: ContentFacts) async -> SMTPReply {
        if let failure { return await refuse(failure) }
        let section = header.section
        switch policy.table.decide(RoutingQuestion(listener: policy.role, envelope: envelope, header: section)) {
        case .refuse(let reply):
            return await refuse(reply)
        case .route(.internet, _, _, _) where !policy.reachesInternet:
            return await refuse(
                SMTPReply(
                    550,
                    EnhancedStatus(5, 4, 4),
                    "this gateway has no way to the Internet: set internet.relay in its configuration"
                )
            )
        case .route(let route, let reversePath, let recipients, let reason):
            do throws(QueueError) {
                try await store(
                    QueuedMessage(
                        id: id,
                        origin: policy.role.origin,
                        arrival: arrival,
                        reversePath: reversePath,
                        reportTo: policy.table.reportRecipients(envelope.reversePath),
                        returnContent: envelope.returnContent,
                        envelopeID: envelope.envelopeID,
                        requiresSMTPUTF8: envelope.requiresSMTPUTF8,
                        isEightBit: facts.isEightBit,
                        hasBareLineEnds: facts.hasBareLineEnds,
                        size: trace.utf8.count + facts.octets,
                        trace: trace,
                        headerFrom: section.listing("From"),
                        subject: section.listing("Subject"),
                        messageID: section.messageID,
                        routeReason: reason
                    ),
                    recipients: recipients,
                    route: route
                )
            } catch {
                return await refuse(error)
            }
            return SMTPReply(250, EnhancedStatus(2, 0, 0), "message \(id) accepted")
        }
    }

    func abandon() async {
        await writer?.abandon()
        writer = nil
        octets = ByteBuffer()
    }

    /// Moves what has come so far into a writer, which takes all that follows.
    private func spill() async throws(QueueError) {
        let writer = try await store.makeBodyWriter()
        self.writer = writer
        try await writer.write(octets)
        octets = ByteBuffer()
    }

    private func store(
        _ message: QueuedMessage,
        recipients: [EnvelopeRecipient],
        route: Route
    ) async throws(QueueError) {
        let body: MessageBody = if let writer { .stored(try await writer.finish()) } else { .octets(octets) }
        let queued = recipients.enumerated().map { number, recipient in
            QueuedRecipient(number: number, recipient: recipient, route: route, nextAttempt: arrival)
        }
        try await store.insert(Arrival(message: message, recipients: queued, body: body))
        logger.info(
            "message accepted",
            metadata: [
                "from": "\(message.reversePath)", "recipients": "\(queued.count)", "size": "\(message.size)",
                "route": "\(route)", "reason": "\(message.routeReason)",
                "messageID": "\(message.messageID ?? "")",
            ]
        )
        wake(route)
    }

    private func refuse(_ error: QueueError) async -> SMTPReply {
        logger.error("message not stored", metadata: ["error": "\(error)"])
        await abandon()
        return SMTPReply(queueError: error, session: session.id)
    }

    private func refuse(_ reply: SMTPReply) async -> SMTPReply {
        logger.notice("message refused", metadata: ["from": "\(envelope.reversePath)", "reply": "\(reply)"])
        await abandon()
        return reply
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

extension HeaderSection {
    /// A field body shortened for listings; nil when the field is missing.
    func listing(_ name: String) -> String? {
        first(name).map { String($0.prefix(200)) }
    }
}
