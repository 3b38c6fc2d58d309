// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import MailModel
public import NIOCore
import NIOSSL
import SMTPServer

/// A certified provider on loopback: submission by SMTP and maildrops by POP3, both with TLS from the first byte; it issues
/// receipts and transport envelopes as RFC 6109 §3 says. All in memory.
public final class SimulatedProvider: Sendable {
    /// How it behaves.
    public struct Behaviour: Sendable {
        /// The largest message that SMTP takes.
        public var maximumOctets = 157_286_400
        /// What size × recipients may not exceed (FORMATS §2.2); beyond it stands a non-acceptance.
        public var maximumTotal = ByteCount.megabytes(100)
        /// The most recipients of a message.
        public var maximumRecipients = 500
        /// Domains of other certified providers; recipients elsewhere are `esterno`.
        public var certifiedDomains: [String] = []
        /// Called before a message is taken: a reply refuses it in its place. For throttling and faults.
        public var objection: @Sendable (Envelope) -> SMTPReply? = { _ in nil }
        /// What recipients do, where it is not what their mailboxes make them do.
        public var script = RecipientScript()
        /// How it writes.
        public var dialect = ProviderDialect.standard
        /// The system that it speaks.
        public var system = System.certified
        /// Other certified providers whose part it plays: they take in charge, deliver, and tell in their own names.
        public var peers: [Peer] = []

        /// What a provider can speak.
        public enum System: Sendable {
            /// Posta elettronica certificata (RFC 6109).
            case certified
            /// Registered electronic mail (REM, ETSI EN 319 532).
            case registered
        }

        /// Another provider, whose part is played.
        public struct Peer: Sendable {
            /// Who it is.
            public var profile: ProviderProfile
            /// How it writes.
            public var dialect: ProviderDialect

            /// A peer.
            public init(_ profile: ProviderProfile, dialect: ProviderDialect = .standard) {
                self.profile = profile
                self.dialect = dialect
            }
        }

        /// An obliging one.
        public init() {}
    }

    /// Who it is.
    public let profile: ProviderProfile
    /// What happens at it, in order.
    public let events: Arrivals<ProviderEvent>
    /// The port of submission (SMTP with TLS from the first byte).
    public let submissionPort: Int
    /// The port of POP3 with TLS from the first byte.
    public let pop3Port: Int

    /// Writes its notices: for tests that need one of a kind.
    public let composer: NoticeComposer
    /// Writes notices with a flaw in its name.
    public let forger: NoticeForger

    private let core: ProviderCore
    private let submission: SMTPListener
    private let pop3: POP3Listener

    private init(
        core: ProviderCore,
        forger: NoticeForger,
        submission: SMTPListener,
        submissionPort: Int,
        pop3: POP3Listener
    ) {
        self.forger = forger
        composer = forger.composer
        profile = core.profile
        events = core.events
        self.core = core
        self.submission = submission
        self.submissionPort = submissionPort
        self.pop3 = pop3
        pop3Port = pop3.port
    }

    /// Opens a provider on two free ports of 127.0.0.1; it serves once `run` is called.
    ///
    /// `authority` certifies its signature and its TLS servers; notices state the time of `clock`; `identifiers` are by default
    /// unlike those of any other run.
    public static func open(
        _ profile: ProviderProfile,
        accounts: [ProviderAccount],
        authority: CertificateAuthority,
        behaviour: Behaviour = Behaviour(),
        clock: any WallClock = SandboxClock(),
        identifiers: ProviderIdentifiers? = nil,
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> SimulatedProvider {
        let composer = try NoticeComposer(provider: profile, authority: authority, dialect: behaviour.dialect)
        let core = try core(profile, accounts, behaviour, composer, authority, clock, identifiers)
        let tls = try ServerTLS.context(try authority.serverIdentity())
        var settings = ListenerSettings(hostname: "smtps.\(profile.domain)", address: "127.0.0.1", port: 0)
        settings.tls = tls
        settings.hasImplicitTLS = true
        settings.passwords = core.accounts
        settings.requiresAuthentication = true
        settings.limits.messageOctets = behaviour.maximumOctets
        settings.limits.recipients = behaviour.maximumRecipients
        let accessPoint = AccessPoint(
            core: core,
            maximumOctets: behaviour.maximumOctets,
            objection: behaviour.objection
        )
        let submission = SMTPListener(settings: settings, receiver: accessPoint, group: group, logger: logger)
        let port = try await submission.start()
        let pop3 = try await POP3Listener.open(core: core, tls: tls, group: group, logger: logger)
        return SimulatedProvider(
            core: core,
            forger: NoticeForger(imitating: composer, authority: authority),
            submission: submission,
            submissionPort: port,
            pop3: pop3
        )
    }

    private static func core(
        _ profile: ProviderProfile,
        _ accounts: [ProviderAccount],
        _ behaviour: Behaviour,
        _ composer: NoticeComposer,
        _ authority: CertificateAuthority,
        _ clock: any WallClock,
        _ identifiers: ProviderIdentifiers?
    ) throws(SandboxError) -> ProviderCore {
        let identifiers = identifiers ?? ProviderIdentifiers(domain: profile.domain, clock: clock)
        var peers: [String: NoticeComposer] = [:]
        for peer in behaviour.peers {
            let composer = try NoticeComposer(provider: peer.profile, authority: authority, dialect: peer.dialect)
            peers[peer.profile.domain.lowercased()] = composer
        }
        let voice: any ProviderVoice =
            switch behaviour.system {
            case .certified: CertifiedVoice(own: composer, peers: peers, identifiers: identifiers)
            case .registered:
                RegisteredVoice(
                    composer: try RegisteredComposer(provider: profile, authority: authority),
                    identifiers: identifiers
                )
            }
        return ProviderCore(
            profile: profile,
            accounts: ProviderAccounts(accounts),
            voice: voice,
            maildrops: Maildrops(),
            events: Arrivals(),
            clock: clock,
            identifiers: identifiers,
            certifiedDomains: Set(behaviour.certifiedDomains.map { $0.lowercased() }),
            maximumTotal: behaviour.maximumTotal,
            script: behaviour.script,
            peers: Set(peers.keys),
            root: authority.root
        )
    }

    /// Serves until the task is cancelled.
    public func run() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await self.submission.run() }
            group.addTask { try await self.pop3.run() }
            try await group.waitForAll()
        }
    }

    /// What lies in the maildrop of `address`, oldest first.
    public func messages(for address: AddrSpec) async -> [[UInt8]] {
        await core.maildrops.messages(for: address).map(\.octets)
    }

    /// Puts a message into the maildrop of `address` as it stands: ordinary mail, or what a test needs there.
    public func deposit(_ octets: [UInt8], for address: AddrSpec) async {
        await core.maildrops.deposit(octets, for: address)
    }

    /// Issues the notices that have fallen due by the provider's clock. POP3 and submission do so too, before anything else.
    public func issueDue() async { await core.issueDue() }

    /// How many notices and deliveries are still to come.
    public var pendingCount: Int { get async { await core.pending.count } }

    /// Brings a message in from outside for accounts of this provider: ordinary mail and broken envelopes are wrapped as
    /// anomalies, certified messages of the same authority are delivered as they are.
    public func receive(_ octets: [UInt8], envelope: Envelope) async throws(SandboxError) {
        try await core.receive(octets, envelope)
    }

    /// The envelopes that left for recipients who have no account here.
    public var outgoing: [OutgoingEnvelope] {
        events.all.compactMap { event in
            switch event {
            case .sentAway(let envelope): envelope
            case .accepted, .notAccepted, .deposited, .depositedRegistered, .retrieved, .failed: nil
            }
        }
    }
}
