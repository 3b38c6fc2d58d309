// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import ContentScanning
import Crypto
import DomainKeys
import Logging
import MailModel
import MailQueue
import Routing

import struct NIOCore.ByteBuffer

/// Takes the content of one transaction into the queue: in memory up to the store's `inlineLimit`, into a body writer beyond it.
///
/// The route is decided as soon as the header section is whole, which is before anything is written: what is refused takes no room, and a
/// certified submission loses the internal fields of its header (`SubmissionHeader`).
/// ```text
/// header ──section whole──→ content ──end──→ stored
///    └─────refused───────→ refused ←──pre-flight, store──┘
/// ```
actor QueueIntake: MessageIntake {
    enum Stage {
        case header
        case content(Routed)
        case refused(SMTPReply)
        case failed(QueueError)
    }

    /// A message whose way is decided.
    struct Routed {
        var route: Route
        var reversePath: ReversePath
        var recipients: [EnvelopeRecipient]
        var reason: String
        var header: HeaderSection
        var trace: String
        var messageID: String?
        /// Why it is kept for a person instead of being refused; nil for what goes its way.
        var held: String?
        /// Octets of fields that were taken off the header.
        var removedOctets = 0
        /// The certified account that it leaves through; nil for other mail.
        var certifiedAccount: RoutedAccount?
    }

    let envelope: Envelope
    let session: SessionFacts
    let policy: ReceptionPolicy
    /// False for a copy that was sent to a recipient with a secret suffix: what would be refused for good is kept in the quarantine.
    let mayRefuse: Bool
    let arrival: Timestamp
    let store: any QueueStore
    let examiner: CertifiedExaminer?
    let filter: ContentFilter?
    let signing: SigningKeyRing?
    /// What Exchange takes, for mail from the Internet; nil while it is not known.
    let offer: ServerOffer?
    let loops: LoopWatch?
    let wake: @Sendable (Route) -> Void
    let logger: Logger
    let id: QueueID

    var stage = Stage.header
    var header = HeaderCollector()
    var preflight: ContentPreflight?
    /// Of a copy that the provider of a certified account forwards.
    var examination: Examination?
    /// Of ordinary mail for the Internet whose domain has keys.
    var signer: DKIMSigner?
    var signingKeys: [DomainKey] = []
    /// Over the content of certified mail, as it is stored: by it the same submission is known when it is offered again (P5).
    var digest = SHA256()
    /// Of a forwarded copy for an account whose maildrop is fetched as well: both ways bring the same message.
    var identity: ContentIdentity?
    var octets = ByteBuffer()
    var writer: (any BodyWriter)?

    init(
        envelope: Envelope,
        session: SessionFacts,
        policy: ReceptionPolicy,
        mayRefuse: Bool,
        arrival: Timestamp,
        store: any QueueStore,
        examiner: CertifiedExaminer?,
        filter: ContentFilter?,
        signing: SigningKeyRing?,
        offer: ServerOffer?,
        loops: LoopWatch?,
        wake: @escaping @Sendable (Route) -> Void,
        logger: Logger
    ) {
        self.envelope = envelope
        self.session = session
        self.policy = policy
        self.mayRefuse = mayRefuse
        self.arrival = arrival
        self.store = store
        self.examiner = examiner
        self.filter = filter
        self.signing = signing
        self.offer = offer
        self.loops = loops
        self.wake = wake
        id = QueueID(arrival: arrival)
        var logger = logger
        logger[metadataKey: "queueID"] = "\(id)"
        logger[metadataKey: "session"] = "\(session.id)"
        logger[metadataKey: "peer"] = "\(session.peer)"
        self.logger = logger
    }

    func append(_ piece: ByteBuffer) async {
        var piece = piece
        switch stage {
        case .refused, .failed: return
        case .header:
            header.append(piece)
            octets.writeBuffer(&piece)
            guard header.isComplete else { return }
            await decide()
        case .content:
            examine(piece)
            signer?.append(piece)
            identity?.append(piece)
            do throws(QueueError) {
                if let writer { return try await writer.write(piece) }
            } catch {
                return await fail(error)
            }
            octets.writeBuffer(&piece)
        }
        if let refusal = preflight?.refusal { return await refuse(early: refusal) }
        guard case .content = stage, writer == nil, octets.readableBytes > store.inlineLimit else { return }
        do throws(QueueError) {
            try await spill()
        } catch {
            await fail(error)
        }
    }

    func finish(_ facts: ContentFacts) async -> SMTPReply {
        if case .header = stage { await decide() }
        switch stage {
        case .refused(let reply): return await refuse(reply)
        case .failed(let error): return await refuse(error)
        case .header: preconditionFailure("a whole message has a decision")
        case .content(let routed):
            let size = routed.trace.utf8.count + facts.octets - routed.removedOctets
            if let refusal = preflight?.finish(size: size) ?? offer?.refusal(ofOctets: size) {
                return await refuse(refusal)
            }
            do throws(QueueError) {
                return try await store(message(routed, facts, size: size), routed)
            } catch {
                return await refuse(error)
            }
        }
    }

    func abandon() async {
        await writer?.abandon()
        writer = nil
        octets = ByteBuffer()
    }

    /// Moves what has come so far into a writer, which takes all that follows.
    func spill() async throws(QueueError) {
        let writer = try await store.makeBodyWriter()
        self.writer = writer
        try await writer.write(octets)
        octets = ByteBuffer()
    }

    /// What still comes of a message that is refused already is not kept.
    func refuse(early reply: SMTPReply) async {
        stage = .refused(reply)
        await abandon()
    }

    func fail(_ error: QueueError) async {
        stage = .failed(error)
        await abandon()
    }

    func refuse(_ error: QueueError) async -> SMTPReply {
        logger.error("message not stored", metadata: ["error": "\(error)"])
        await abandon()
        return SMTPReply(queueError: error, session: session.id)
    }

    func refuse(_ reply: SMTPReply) async -> SMTPReply {
        // A suffix that is not known any more may stand in it.
        let sender =
            policy.forwarding == nil
            ? "\(envelope.reversePath)" : RecipientSuffix.concealed(envelope.reversePath)
        logger.notice("message refused", metadata: ["from": "\(sender)", "reply": "\(reply)"])
        await abandon()
        return reply
    }
}
