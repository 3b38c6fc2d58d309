// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel
internal import Yams

/// Reads the tree of one file into a `Configuration`.
///
/// It never stops at a mistake: each part is read as far as it goes.
struct ConfigurationReader {
    let findings: Findings
    /// Opens the vault of a configuration; without it the vault is not looked into.
    var openVault: VaultOpener?

    static let noListeners = "found none: the gateway will receive no mail by SMTP"

    /// The configuration; nil when a part is missing, with the reasons among the findings.
    func read(_ root: Node?) -> Configuration? {
        guard let root else { return nil }
        guard findings.conceal(in: root) else {
            findings.mistake(
                .start,
                "",
                "found more than \(Findings.maximumNodes) values, expected fewer (aliases that grow?)"
            )
            return nil
        }
        let field = Field(path: "", node: root, keyPosition: Position(root.mark), findings: findings)
        guard var top = field.section("a mapping with the keys hostname, postmaster, exchange, listeners, accounts, …")
        else {
            return nil
        }
        let hostnameField = top.required("hostname", "the gateway's host name")
        let hostname = hostnameField?.gatewayName()
        let postmasterField = top.required("postmaster", "the address for notices")
        let postmaster = postmasterField?.address()
        let stateField = top.field("state")
        let state = readState(stateField)
        findings.hostQuestions.append((stateField?.position ?? top.position, "state", .state(state)))
        let exchange = top.required("exchange", "servers and domains")?.section("a mapping with servers and domains")
            .flatMap(readExchange)
        let domains = exchange?.domains
        let listeners = top.field("listeners").map {
            readListeners($0, domains: domains)
        }
        let providers = readProviders(top.field("providers"))
        let accounts = top.field("accounts").map { readAccounts($0, providers: providers, domains: domains) }
        let internet =
            top.field("internet").map { readInternet($0, providers, accounts ?? []) } ?? InternetConfiguration()
        let queue = top.field("queue").map(readQueue) ?? QueueConfiguration()
        let tracking = top.field("tracking").map(readTracking) ?? TrackingConfiguration()
        let archive = top.field("archive").map(readArchive) ?? ArchiveConfiguration()
        let certified = top.field("certified").map(readCertified) ?? CertifiedConfiguration()
        let vaultField = top.field("vault")
        let vault = vaultField.map(readVault) ?? VaultConfiguration()
        let scanners = top.field("scanners").map(readScanners) ?? ScannersConfiguration()
        let screening = top.field("screening").map(readScreening) ?? ScreeningConfiguration()
        let quarantine = top.field("quarantine").map(readQuarantine) ?? QuarantineConfiguration()
        let dns = top.field("dns").map(readDNS) ?? DNSConfiguration()
        let domainKeys = top.field("dkim").map { readDomainKeys($0, domains: domains) } ?? []
        readLater(&top)
        top.finish()
        if top.field("listeners") == nil { findings.warning(top.position, "listeners", Self.noListeners) }
        checkVault(vaultField, state: state, vault)
        checkSuffixes(state: state, vault)
        if let hostname, let hostnameField, let exchange { checkName(hostnameField, hostname, exchange) }
        if let postmaster, let postmasterField, let exchange { checkPostmaster(postmasterField, postmaster, exchange) }
        guard let hostname, let postmaster, let exchange else { return nil }
        return Configuration(
            hostname: hostname,
            postmaster: postmaster,
            state: state,
            exchange: exchange,
            listeners: listeners ?? [],
            internet: internet,
            providers: providers.compactMapValues(\.configuration),
            accounts: accounts ?? [],
            queue: queue,
            tracking: tracking,
            archive: archive,
            certified: certified,
            vault: vault,
            scanners: scanners,
            screening: screening,
            quarantine: quarantine,
            dns: dns,
            domainKeys: domainKeys
        )
    }

    /// Exchange takes a server with its own name for itself, and its mail for a loop.
    private func checkName(_ field: Field, _ hostname: String, _ exchange: ExchangeConfiguration) {
        guard exchange.servers.contains(where: { $0.host.lowercased() == hostname.lowercased() }) else { return }
        field.warning(
            "found the name of an Exchange server, which takes mail from its own name for a loop: give the gateway a name of its own, "
                + "such as relay.azienda.it"
        )
    }

    private func checkPostmaster(_ field: Field, _ postmaster: AddrSpec, _ exchange: ExchangeConfiguration) {
        let key = postmaster.comparisonKey
        guard !exchange.domains.isEmpty, !exchange.domains.contains(where: { key.hasSuffix("@\($0)") }) else { return }
        field.warning(
            "\(postmaster) is in none of exchange.domains: alerts go to it through Exchange, which may refuse to relay them; expected an "
                + "address of the company's"
        )
    }

    private func readState(_ field: Field?) -> String {
        guard let field else { return "/var/lib/ceralacca" }
        guard let text = field.text("the path of a directory") else { return "" }
        let path = findings.absolute(text)
        if findings.checksFiles, let facts = SystemFile.facts(path), !facts.isDirectory {
            field.mistake("\(path) is a file, expected a directory")
        }
        return path
    }

    private func readExchange(_ given: Section) -> ExchangeConfiguration? {
        var section = given
        let servers = section.required("servers", "a list of smtp:// endpoints").flatMap(readServers)
        let domains = section.field("domains")?.list("a list of domains such as [azienda.it]")?.compactMap {
            $0.domain()
        }
        let tls = TLSKeys(&section, ordinary: .opportunistic)
        let login = Login(&section)
        let identity = readIdentity(&section)
        let connections = section.field("connections")?.integer(1...100) ?? ExchangeConfiguration.defaultConnections
        let mergeWindow = section.field("merge_window")?.duration(.zero...(.seconds(3600))) ?? .zero
        let recipients = section.field("recipients").flatMap { $0.recipients() } ?? .none
        section.finish()
        guard let servers else { return nil }
        return ExchangeConfiguration(
            servers: tls.applied(to: servers, hasLogin: login.isGiven),
            domains: domains ?? [],
            login: login.name,
            password: login.password,
            identity: identity,
            connections: connections,
            mergeWindow: mergeWindow,
            recipients: recipients
        )
    }

    private func readIdentity(_ section: inout Section) -> ExchangeConfiguration.Identity? {
        let certificateField = section.field("certificate")
        let keyField = section.field("key")
        let certificate = certificateField?.file(.certificate)
        let key = keyField?.file(.privateKey)
        if let certificateField, keyField == nil {
            certificateField.mistake("found a certificate without a key, expected both")
        }
        if let keyField, certificateField == nil {
            keyField.mistake("found a key without a certificate, expected both")
        }
        guard let certificate, let key else { return nil }
        return ExchangeConfiguration.Identity(certificate: certificate, key: key)
    }

    private func readServers(_ field: Field) -> [GivenEndpoint]? {
        guard let fields = field.list("a list of endpoints such as [smtp://exch1.azienda.lan:25]") else { return nil }
        guard !fields.isEmpty else { return field.wrong("one server or more") }
        var servers: [GivenEndpoint] = []
        for field in fields {
            guard let endpoint = field.endpoint([.smtp, .smtps]) else { continue }
            if servers.contains(where: { $0.endpoint == endpoint }) {
                field.mistake("found \(endpoint) twice, expected each server once")
            }
            servers.append(GivenEndpoint(endpoint: endpoint, field: field))
        }
        return servers.count == fields.count ? servers : nil
    }

    private func readQueue(_ field: Field) -> QueueConfiguration {
        var queue = QueueConfiguration()
        guard var section = field.section("a mapping with lifetime, delay_notice, history, minimum_free") else {
            return queue
        }
        let days = 86_400
        if let value = section.field("lifetime")?.duration(.seconds(60)...(.seconds(30 * days))) {
            queue.lifetime = value
        }
        let notice = section.field("delay_notice")
        if let value = notice?.duration(.seconds(60)...(.seconds(30 * days))) { queue.delayNotice = value }
        if let value = section.field("history")?.duration(.zero...(.seconds(3650 * days))) { queue.history = value }
        if let value = section.field("minimum_free")?.size(atLeast: 1_000_000) { queue.minimumFree = value }
        section.finish()
        if queue.delayNotice >= queue.lifetime {
            let text = "the notice (\(Quantity.describe(queue.delayNotice))) must come before the end of the lifetime"
            (notice ?? field).mistake("\(text) (\(Quantity.describe(queue.lifetime)))")
        }
        return queue
    }
}

extension Field {
    /// The gateway's own host name; one without a dot is worth a warning.
    fileprivate func gatewayName() -> String? {
        guard let name = hostname() else { return nil }
        if !name.contains(".") {
            warning("found '\(name)' without a domain: many servers refuse such a name in EHLO (relay.azienda.it)")
        }
        return name
    }
}

/// An endpoint with the place where it was given.
struct GivenEndpoint {
    var endpoint: Endpoint
    var field: Field
}

/// The keys `login` and `password` of an endpoint.
struct Login {
    let name: String?
    let password: SecretReference?
    let field: Field?

    var isGiven: Bool { field != nil }

    init(_ section: inout Section) {
        let login = section.field("login")
        let secret = section.field("password")
        name = login?.text("a login")
        password = secret?.secret()
        field = login ?? secret
        if let login, secret == nil { login.mistake("found a login without a password, expected both") }
        if let secret, login == nil { secret.mistake("found a password without a login, expected both") }
    }
}
