// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Everything that the configuration file says, with every default filled in and every file path absolute.
public struct Configuration: Hashable, Sendable {
    /// The name in EHLO, Received and generated Message-IDs: a host name.
    public var hostname: String
    /// Where notices and alerts go, and the envelope sender of our own.
    public var postmaster: AddrSpec
    /// The directory of queue, ledgers and alerts.
    public var state: String
    /// The company's mail system.
    public var exchange: ExchangeConfiguration
    /// The SMTP ports that are opened, in the order of the file.
    public var listeners: [ListenerConfiguration]
    /// Where mail goes that is from no account.
    public var internet: InternetConfiguration
    /// Every provider that an account may name: the built-in ones and those of the file, by name.
    public var providers: [String: ProviderConfiguration]
    /// The external mailboxes, in the order of the file.
    public var accounts: [AccountConfiguration]
    /// The queue's times and reserves.
    public var queue: QueueConfiguration
    /// When what is known of certified messages is late.
    public var tracking: TrackingConfiguration
    /// The archive of certified mail.
    public var archive: ArchiveConfiguration
    /// Whose signatures on certified mail are believed.
    public var certified: CertifiedConfiguration
    /// Where the key of the vault is.
    public var vault: VaultConfiguration
    /// What looks at messages before they are accepted.
    public var scanners: ScannersConfiguration
    /// How clients from the Internet are screened.
    public var screening: ScreeningConfiguration
    /// How long the quarantine keeps.
    public var quarantine: QuarantineConfiguration
    /// How the DNS is asked.
    public var dns: DNSConfiguration
    /// The keys that outgoing ordinary mail is signed with.
    public var domainKeys: [DomainKeyConfiguration]

    /// A configuration of parts that are already known to be right; nothing is checked.
    public init(
        hostname: String,
        postmaster: AddrSpec,
        state: String,
        exchange: ExchangeConfiguration,
        listeners: [ListenerConfiguration] = [],
        internet: InternetConfiguration = .init(),
        providers: [String: ProviderConfiguration] = ProviderConfiguration.builtIn,
        accounts: [AccountConfiguration] = [],
        queue: QueueConfiguration = .init(),
        tracking: TrackingConfiguration = .init(),
        archive: ArchiveConfiguration = .init(),
        certified: CertifiedConfiguration = .init(),
        vault: VaultConfiguration = .init(),
        scanners: ScannersConfiguration = .init(),
        screening: ScreeningConfiguration = .init(),
        quarantine: QuarantineConfiguration = .init(),
        dns: DNSConfiguration = .init(),
        domainKeys: [DomainKeyConfiguration] = []
    ) {
        self.hostname = hostname
        self.postmaster = postmaster
        self.state = state
        self.exchange = exchange
        self.listeners = listeners
        self.internet = internet
        self.providers = providers
        self.accounts = accounts
        self.queue = queue
        self.tracking = tracking
        self.archive = archive
        self.certified = certified
        self.vault = vault
        self.scanners = scanners
        self.screening = screening
        self.quarantine = quarantine
        self.dns = dns
        self.domainKeys = domainKeys
    }
}
