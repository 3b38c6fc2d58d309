// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import CertifiedIntake
public import ContentScanning
public import DomainKeys
public import Logging
public import MailModel
public import MailQueue
import Routing
import SenderScreening
import Synchronization

/// Takes a listener's messages into the durable queue: judges the recipients, reads the header while the content streams by,
/// decides the route, and answers 250 once the commit is on disk (P1).
public final class QueueReceiver: MessageReceiving {
    private let store: any QueueStore
    private let examiner: CertifiedExaminer?
    private let filter: ContentFilter?
    private let signing: SigningKeyRing?
    private let directory: (any RecipientVerifying)?
    private let exchangeOffer: @Sendable () -> ServerOffer?
    private let loops: LoopWatch?
    private let clock: any WallClock
    private let wake: @Sendable (Route) -> Void
    private let logger: Logger
    private let policy: Mutex<ReceptionPolicy>
    private let quarantine: QuarantineGauge

    /// A receiver; `examiner` looks at copies that providers forward, `filter` has messages scanned, `signing` signs what leaves for the
    /// Internet, `directory` knows the recipients of the company's domains, `exchangeOffer` says what Exchange takes once that is known, `loops`
    /// counts copies that go in circles, `wake` is called with a route after mail for it has been stored.
    public init(
        policy: ReceptionPolicy,
        store: any QueueStore,
        examiner: CertifiedExaminer? = nil,
        filter: ContentFilter? = nil,
        signing: SigningKeyRing? = nil,
        directory: (any RecipientVerifying)? = nil,
        exchangeOffer: @escaping @Sendable () -> ServerOffer? = { nil },
        loops: LoopWatch? = nil,
        clock: any WallClock,
        wake: @escaping @Sendable (Route) -> Void,
        logger: Logger
    ) {
        self.policy = Mutex(policy)
        self.store = store
        self.examiner = examiner
        self.filter = filter
        self.signing = signing
        self.directory = directory
        self.exchangeOffer = exchangeOffer
        self.loops = loops
        quarantine = QuarantineGauge(store: store)
        self.clock = clock
        self.wake = wake
        self.logger = logger
    }

    /// Uses `newPolicy` for the transactions that begin from now on.
    public func update(_ newPolicy: ReceptionPolicy) {
        policy.withLock { $0 = newPolicy }
    }

    /// Refuses with 552 what Exchange would not take for its size, with 452 when there is no room for a message of the declared size, or, for mail from the Internet, when what Exchange
    /// refused of it has filled its room in the quarantine.
    public func judgeSender(
        _ reversePath: ReversePath,
        declaredSize: Int?,
        session: SessionFacts
    ) async -> SMTPReply? {
        if let refusal = offer?.refusal(ofOctets: declaredSize ?? 0) { return refusal }
        do {
            try await store.checkRoom(for: declaredSize ?? 0)
            return try await judgeQuarantine(session)
        } catch {
            logger.error(
                "sender refused",
                metadata: ["session": "\(session.id)", "peer": "\(session.peer)", "error": "\(error)"]
            )
            return SMTPReply(queueError: error, session: session.id)
        }
    }

    /// What Exchange takes, where the sender is on the line and can be told; nil while it is not known. Mail from Exchange and copies from a provider
    /// have other ways.
    private var offer: ServerOffer? { policy.withLock { $0.role == .internet } ? exchangeOffer() : nil }

    private func judgeQuarantine(_ session: SessionFacts) async throws(QueueError) -> SMTPReply? {
        let (role, limit) = policy.withLock { ($0.role, $0.quarantineOctets) }
        guard role == .internet, try await quarantine.octets(now: clock.now()) > limit else { return nil }
        logger.error(
            "sender refused",
            metadata: [
                "session": "\(session.id)", "peer": "\(session.peer)",
                "error": "mail from the Internet in the quarantine has more than \(ByteCount(octets: limit))",
            ]
        )
        return SMTPReply(
            452,
            EnhancedStatus(4, 3, 1),
            "too much mail from the Internet waits here for a person to look at it, please try again later (\(session.id))"
        )
    }

    /// Refuses recipients that the listener's role does not serve.
    public func judgeRecipient(_ recipient: EnvelopeRecipient, session: SessionFacts) -> SMTPReply? {
        policy.withLock { policy in
            isPostmaster(recipient.forwardPath, policy)
                ? nil : policy.refusal(of: recipient.forwardPath, from: session.peer)
        }
    }

    /// A copy for several certified accounts, or retrieved ones, comes once for each: kind, signature and receipt are found for one account, and a
    /// maildrop holds the mail of one. A provider sends what is
    /// put off so in a transaction of its own (RFC 5321 §4.5.3.1.10).
    public func judge(_ recipient: EnvelopeRecipient, beside others: [EnvelopeRecipient]) -> SMTPReply? {
        let parts = policy.withLock { policy in
            policy.role == .provider
                && policy.table.parts(policy.withoutSuffix(recipient), from: others.map(policy.withoutSuffix))
        }
        guard parts else { return nil }
        return SMTPReply(
            452,
            EnhancedStatus(4, 5, 3),
            "one account a transaction: please send this recipient's copy by itself"
        )
    }

    /// On an `internet` listener the recipient must exist, as far as anybody knows (550 5.1.1); while nobody can tell, its mail waits at its sender.
    public func verification(
        of recipient: EnvelopeRecipient,
        session: SessionFacts
    ) -> (@Sendable () async -> SMTPReply?)? {
        let address = recipient.forwardPath
        // Every domain that is served has a postmaster (RFC 5321 §4.5.1).
        guard policy.withLock({ $0.role == .internet }), address.localPart.lowercased() != "postmaster", let directory
        else { return nil }
        if let standing = directory.remembered(address) {
            guard let refusal = SMTPReply(standing) else { return nil }
            return { refusal }
        }
        let network = IPAddress.parse(session.peer).flatMap { ClientKey($0)?.site.asNetwork }
        return { SMTPReply(await directory.verify(address, for: network)) }
    }

    /// An intake that stores the content under a new identifier.
    public func begin(_ envelope: Envelope, session: SessionFacts) async -> any MessageIntake {
        let policy = policy.withLock { $0 }
        var envelope = envelope
        for index in envelope.recipients.indices where isPostmaster(envelope.recipients[index].forwardPath, policy) {
            envelope.recipients[index].forwardPath = policy.postmaster
        }
        // A refusal makes the client write a report to whoever it likes, with the suffix in it.
        let mayRefuse = !envelope.recipients.contains { policy.suffixed($0.forwardPath) != nil }
        if policy.role == .provider {
            envelope.recipients = envelope.recipients.map(policy.withoutSuffix)
            envelope.reversePath = policy.withoutSuffix(envelope.reversePath)
        }
        if policy.role == .internet || policy.forwarding != nil { envelope.dropReportRequests() }
        return QueueIntake(
            envelope: envelope,
            session: session,
            policy: policy,
            mayRefuse: mayRefuse,
            arrival: clock.now(),
            store: store,
            examiner: examiner,
            filter: filter,
            signing: signing,
            offer: policy.role == .internet ? exchangeOffer() : nil,
            loops: loops,
            wake: wake,
            logger: logger
        )
    }

    /// `postmaster` without a domain comes from the listener with the gateway's own name as its domain. Where a suffix is asked for, everybody could
    /// write to it without one.
    private func isPostmaster(_ address: AddrSpec, _ policy: ReceptionPolicy) -> Bool {
        policy.forwarding == nil && address.localPart.lowercased() == "postmaster"
            && address.domain.lowercased() == policy.hostname.lowercased()
    }
}

extension ServerOffer {
    /// The reply to a message that is too large for Exchange; nil for one that is not.
    func refusal(ofOctets octets: Int) -> SMTPReply? {
        guard let limit = maximumOctets, octets > limit else { return nil }
        return SMTPReply(
            552,
            EnhancedStatus(5, 3, 4),
            "the message is larger than \(limit) octets, which is the most taken here"
        )
    }

    /// The reply to a message whose envelope needs SMTPUTF8 (RFC 6531 §3.5) that Exchange does not have; nil for any other.
    func refusal(of envelope: Envelope) -> SMTPReply? {
        guard envelope.requiresSMTPUTF8, !smtpUTF8 else { return nil }
        return SMTPReply(
            550,
            EnhancedStatus(5, 6, 7),
            "addresses and header fields beyond ASCII (SMTPUTF8) are not taken here"
        )
    }
}

extension SMTPReply {
    /// The reply to a recipient; nil accepts.
    init?(_ standing: RecipientStanding) {
        switch standing {
        case .known: return nil
        case .unknown: self.init(550, EnhancedStatus(5, 1, 1), "there is no such mailbox here")
        case .unclear:
            self.init(451, EnhancedStatus(4, 4, 3), "nobody can tell now whether this mailbox exists, try again later")
        }
    }

    /// The reply for an error of the store: always transient, with the session's identifier and no path of ours.
    init(queueError: QueueError, session: String) {
        switch queueError.code {
        case .full:
            self.init(
                452,
                EnhancedStatus(4, 3, 1),
                "no room for more mail at the moment, please try again later (\(session))"
            )
        case .unavailable, .inputOutput, .notFound, .notAllowed:
            self.init(
                451,
                EnhancedStatus(4, 3, 0),
                "the message could not be stored, please try again later (\(session))"
            )
        }
    }
}
