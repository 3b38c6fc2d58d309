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
    private enum Stage {
        case header
        case content(Routed)
        case refused(SMTPReply)
        case failed(QueueError)
    }

    /// A message whose way is decided.
    private struct Routed {
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

    private let envelope: Envelope
    private let session: SessionFacts
    private let policy: ReceptionPolicy
    /// False for a copy that was sent to a recipient with a secret suffix: what would be refused for good is kept in the quarantine.
    private let mayRefuse: Bool
    private let arrival: Timestamp
    private let store: any QueueStore
    private let examiner: CertifiedExaminer?
    private let filter: ContentFilter?
    private let signing: SigningKeyRing?
    /// What Exchange takes, for mail from the Internet; nil while it is not known.
    private let offer: ServerOffer?
    private let loops: LoopWatch?
    private let wake: @Sendable (Route) -> Void
    private let logger: Logger
    private let id: QueueID

    private var stage = Stage.header
    private var header = HeaderCollector()
    private var preflight: ContentPreflight?
    /// Of a copy that the provider of a certified account forwards.
    private var examination: Examination?
    /// Of ordinary mail for the Internet whose domain has keys.
    private var signer: DKIMSigner?
    private var signingKeys: [DomainKey] = []
    /// Over the content of certified mail, as it is stored: by it the same submission is known when it is offered again (P5).
    private var digest = SHA256()
    /// Of a forwarded copy for an account whose maildrop is fetched as well: both ways bring the same message.
    private var identity: ContentIdentity?
    private var octets = ByteBuffer()
    private var writer: (any BodyWriter)?

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

    /// The header section is as whole as it will be: what becomes of the message?
    private func decide() async {
        let section = header.section
        header = HeaderCollector(limit: 0)
        if let refusal = offer?.refusal(of: envelope) {
            stage = .refused(refusal)
            octets = ByteBuffer()
            return
        }
        var question = RoutingQuestion(
            listener: policy.role,
            envelope: envelope,
            header: section,
            tenants: session.tenants
        )
        do throws(QueueError) {
            if policy.role == .provider {
                question.passages = try await Passages.of(section, hostname: policy.hostname, store)
            }
        } catch { return await fail(error) }
        switch policy.table.decide(question) {
        case .refuse(let reply):
            await noteLoop(reply)
            refuseOrKeep(reply, section)
        case .route(let route, let reversePath, let recipients, let reason):
            var routed = Routed(
                route: route,
                reversePath: reversePath,
                recipients: recipients,
                reason: reason,
                header: section,
                trace: "",
                messageID: section.messageID.map(HeaderSection.cut)
            )
            if let account = policy.table.certifiedAccount(of: route) {
                prepareSubmission(&routed, account)
            } else {
                prepare(&routed)
            }
            stage = .content(routed)
        }
    }

    /// What a refusal would cost is kept: a report of the client's about it has the suffix in it, and whom that reaches nobody knows.
    private func refuseOrKeep(_ reply: SMTPReply, _ section: HeaderSection) {
        guard !policy.isOutdated(envelope.recipients) else {
            octets = ByteBuffer()
            let words = "the configuration was changed meanwhile, please try again later (\(session.id))"
            stage = .refused(SMTPReply(451, EnhancedStatus(4, 3, 0), words))
            return
        }
        guard !mayRefuse, reply.isPermanent else {
            octets = ByteBuffer()
            stage = .refused(reply)
            return
        }
        var routed = Routed(
            route: .exchange,
            reversePath: envelope.reversePath,
            recipients: policy.table.readers(of: envelope.recipients),
            reason: "a provider forwarded it for an account: kept in the quarantine instead of refused",
            header: section,
            trace: "",
            messageID: section.messageID.map(HeaderSection.cut),
            held: "\(reply)"
        )
        prepare(&routed)
        stage = .content(routed)
    }

    /// Puts the trace fields of what is no certified submission on top, and begins to look at its content.
    private func prepare(_ routed: inout Routed) {
        takeOffForeignResults(&routed)
        routed.trace = trace
        beginExamination()
        beginIdentity()
        beginSigning(routed)
        if policy.role != .exchange, examination == nil, CertifiedField.mayBeForged(in: routed.header) {
            routed.trace += CertifiedField.foreign
        }
        // What is all body stays body, and continues no field of ours.
        if routed.header.isMissing { routed.trace += "\r\n" }
    }

    /// Takes the internal fields off a certified submission, puts ours in their place, and begins to look at its parts.
    private func prepareSubmission(_ routed: inout Routed, _ account: RoutedAccount) {
        var generator = SystemRandomNumberGenerator()
        let addition = SubmissionHeader.addition(
            to: routed.header,
            id: id,
            hostname: policy.hostname,
            moment: arrival,
            receiptType: account.receiptType,
            using: &generator
        )
        routed.trace = addition.fields
        routed.messageID = HeaderSection.cut(addition.messageID)
        let submitted = SubmissionHeader.withoutInternalFields(octets, routed.header)
        routed.removedOctets = octets.readableBytes - submitted.readableBytes
        octets = submitted
        routed.certifiedAccount = account
        preflight = policy.table.contentPreflight(for: routed.route, recipients: routed.recipients.count)
        examine(submitted)
    }

    /// Takes off what mail from the Internet says in this gateway's name (RFC 8601 §5).
    private func takeOffForeignResults(_ routed: inout Routed) {
        guard policy.role == .internet,
            let kept = ForeignResults.takenOff(octets, routed.header, hostname: policy.hostname)
        else { return }
        routed.removedOctets = octets.readableBytes - kept.readableBytes
        octets = kept
        routed.header = HeaderSection(kept)
        logger.notice(
            "fields that speak in the gateway's name taken off",
            metadata: ["from": "\(routed.reversePath)", "octets": "\(routed.removedOctets)"]
        )
    }

    /// Begins to sign ordinary mail of a domain with keys that leaves for the Internet (RFC 6376 §5.1).
    private func beginSigning(_ routed: Routed) {
        // What came in by this gateway and was sent on by a rule is somebody else's writing.
        guard policy.role == .exchange, routed.route == .internet, let signing,
            !routed.header.all("Received").contains(where: { ReceivedField.isOurs($0, hostname: policy.hostname) }),
            let from = routed.header.first("From"), let domain = Self.domain(ofFrom: from)
        else { return }
        signingKeys = signing.keys(for: domain)
        guard !signingKeys.isEmpty else { return }
        signer = DKIMSigner(signingKeys)
        var body = octets
        body.moveReaderIndex(forwardBy: min(routed.header.octets, body.readableBytes))
        signer?.append(body)
    }

    /// The domain of the first mailbox, in A-labels and lower case.
    private static func domain(ofFrom body: String) -> String? {
        let entries: [AddressEntry]
        do { entries = try AddressList.parse(body) } catch { return nil }
        guard let key = entries.lazy.flatMap(\.addresses).first?.comparisonKey, let at = key.lastIndex(of: "@") else {
            return nil
        }
        return String(key[key.index(after: at)...])
    }

    /// Puts the signatures behind our other fields; what a milter changed is read once more.
    private func sign(_ offer: inout Arrival, _ header: HeaderSection, isEdited: Bool) async {
        guard signer != nil, !offer.message.hasBareLineEnds else { return }
        do {
            let header = isEdited ? try await readAgain(offer) : header
            guard let fields = try signer?.fields(for: header, at: arrival) else { return }
            offer.message.addTrace(fields)
        } catch {
            logger.error("message not signed", metadata: ["error": "\(error)"])
        }
    }

    private func readAgain(_ offer: Arrival) async throws -> HeaderSection {
        var (collector, signer) = (HeaderCollector(), DKIMSigner(signingKeys))
        let content = ScannedContent(trace: "", body: offer.body, store: store)
        try await content.read { piece throws(ScannerError) in
            collector.append(piece)
        }
        let section = collector.section
        var skip = section.octets
        try await content.read { piece throws(ScannerError) in
            var body = piece
            let header = min(skip, body.readableBytes)
            skip -= header
            body.moveReaderIndex(forwardBy: header)
            signer.append(body)
        }
        self.signer = signer
        return section
    }

    /// Begins to look at a copy that the provider of a certified account forwards.
    private func beginExamination() {
        guard policy.role == .provider, let examiner else { return }
        let accounts = policy.table.accountAddresses(of: envelope.recipients)
        examination = accounts.lazy.compactMap { examiner.begin($0.comparisonKey) }.first
        examine(octets)
    }

    /// Begins to tell by what a forwarded copy would be known if the maildrop brings it as well.
    private func beginIdentity() {
        guard policy.role == .provider, policy.table.retrievedAccount(of: envelope.recipients) != nil else { return }
        identity = ContentIdentity()
        identity?.append(octets)
    }

    private var copyKey: CopyKey? {
        guard var identity, let account = policy.table.retrievedAccount(of: envelope.recipients) else { return nil }
        return identity.finish().map { CopyKey(account: account, identity: $0) }
    }

    /// Counts a copy that goes in circles.
    private func noteLoop(_ reply: SMTPReply) async {
        guard policy.role == .provider, reply.status == EnhancedStatus(5, 4, 6), let loops else { return }
        for account in policy.table.accountAddresses(of: envelope.recipients) { await loops.note(account, reply) }
    }

    /// Looks at the next octets of certified mail as they will be stored.
    private func examine(_ piece: ByteBuffer) {
        guard preflight != nil || examination != nil else { return }
        preflight?.examine(piece)
        examination?.append(piece)
        piece.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
    }

    /// The trace fields of mail that is no certified submission.
    private var trace: String {
        let received =
            ReceivedField.compose(
                envelope: envelope,
                session: session,
                hostname: policy.hostname,
                id: id,
                moment: arrival
            ) + session.listings
        guard policy.role == .provider else { return received }
        return policy.table.accountAddresses(of: envelope.recipients).reduce(received) { $0 + AccountField.compose($1) }
    }

    /// Moves what has come so far into a writer, which takes all that follows.
    private func spill() async throws(QueueError) {
        let writer = try await store.makeBodyWriter()
        self.writer = writer
        try await writer.write(octets)
        octets = ByteBuffer()
    }

    private func message(_ routed: Routed, _ facts: ContentFacts, size: Int) -> QueuedMessage {
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

    private func store(_ message: QueuedMessage, _ routed: Routed) async throws(QueueError) -> SMTPReply {
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
    private func scan(_ offer: inout Arrival, _ routed: Routed) async -> SMTPReply? {
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
    private func quarantine(_ offer: inout Arrival, _ words: String) {
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
    private func subject(_ offer: Arrival, _ routed: Routed) -> ScanSubject {
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
    private func certified(_ message: QueuedMessage, _ routed: Routed) -> CertifiedFacts? {
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

    /// What still comes of a message that is refused already is not kept.
    private func refuse(early reply: SMTPReply) async {
        stage = .refused(reply)
        await abandon()
    }

    private func fail(_ error: QueueError) async {
        stage = .failed(error)
        await abandon()
    }

    private func refuse(_ error: QueueError) async -> SMTPReply {
        logger.error("message not stored", metadata: ["error": "\(error)"])
        await abandon()
        return SMTPReply(queueError: error, session: session.id)
    }

    private func refuse(_ reply: SMTPReply) async -> SMTPReply {
        // A suffix that is not known any more may stand in it.
        let sender =
            policy.forwarding == nil
            ? "\(envelope.reversePath)" : RecipientSuffix.concealed(envelope.reversePath)
        logger.notice("message refused", metadata: ["from": "\(sender)", "reply": "\(reply)"])
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

extension HeaderSection {
    /// A field body shortened for listings; nil when the field is missing.
    func listing(_ name: String) -> String? {
        first(name).map { String($0.prefix(200)) }
    }

    /// An identifier as it is kept: one that is longer than a line may be is cut (RFC 5322 §2.1.1).
    static func cut(_ identifier: String) -> String {
        identifier.utf8.count <= 1000 ? identifier : String(identifier.unicodeScalars.prefix(250).map(Character.init))
    }
}
