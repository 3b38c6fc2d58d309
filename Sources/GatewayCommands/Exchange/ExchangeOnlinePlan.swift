// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import CertificateChains
internal import Foundation
internal import GatewayConfiguration
internal import MailModel

/// What Exchange Online is to look like, taken from the configuration, the certificates that it names, and the command's options.
struct ExchangeOnlinePlan: Equatable {
    /// The largest message that a mailbox of Exchange Online may send or receive, in MB.
    static let largestMegabytes = 150

    /// What the options say.
    struct Options: Equatable {
        /// The gateway's name in the public DNS; nil: `hostname`.
        var smartHost: String?
        /// The name of the certificate that the gateway shows; nil: the one that names it.
        var certificateName: String?
        /// `ADDRESS=USER`.
        var sendAs: [String] = []
    }

    var hostname: String
    /// Where the Outbound connector sends to, port 25.
    var smartHost: String
    /// What the listener's certificate names for it: the same, or a pattern.
    var tlsDomain: String
    /// What the certificate that the gateway shows names; the Inbound connector knows the gateway by it.
    var certificateName: String
    /// The listener's port.
    var port: Int
    /// The size that the mailboxes' limits are raised to, in MB; nil when no provider's limit is known.
    var mailboxMegabytes: Int?
    /// The mailboxes that send or receive certified mail, each once.
    var mailboxes: [String]
    var contacts: [ExchangePlan.Contact]

    /// Takes the plan from the first `exchange` listener with `tenants`; `names` reads the DNS names of the certificate in a file.
    init(
        _ configuration: Configuration,
        _ options: Options,
        names: (_ path: String) throws(CommandFailure) -> [String] = Self.names
    ) throws(CommandFailure) {
        let listener = configuration.listeners.first { $0.role == .exchange && $0.tenants != nil }
        guard let listener, let tls = listener.tls else {
            throw CommandFailure(
                "no listener takes mail from Exchange Online",
                remedy: "Add one with `role: exchange`, `tenants` and `tls`: docs/exchange.md, Exchange Online."
            )
        }
        hostname = configuration.hostname
        port = listener.port
        smartHost = try Self.smartHost(options.smartHost ?? configuration.hostname)
        tlsDomain = try Self.tlsDomain(smartHost, tls.certificate, try names(tls.certificate))
        certificateName = try Self.certificateName(configuration, options, names)
        let known = configuration.accounts.compactMap(\.provider.limits.totalBytes).max()
        mailboxMegabytes = known.map { min(Self.largestMegabytes, ExchangePlan.megabytes($0)) }
        contacts = try ExchangePlan.contacts(configuration, sendAs: options.sendAs)
        var seen: Set<String> = []
        let readers = configuration.accounts.flatMap { $0.deliverTo.map(\.description) }
        mailboxes = (readers + contacts.flatMap(\.sendAs)).filter { seen.insert($0.lowercased()).inserted }
    }

    /// The DNS names of the first certificate of a file in PEM.
    static func names(_ path: String) throws(CommandFailure) -> [String] {
        do {
            return CertificateChains.Certificate.dnsNames(pem: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        } catch {
            throw CommandFailure(
                "cannot read the certificate \(path): \(error.localizedDescription)",
                remedy: "Run the command as a user who may read it."
            )
        }
    }

    private static func smartHost(_ name: String) throws(CommandFailure) -> String {
        guard name.contains("."), IPAddress.parse(name) == nil else {
            throw CommandFailure(
                "'\(name)' is no name by which Exchange Online could find the gateway",
                remedy:
                    "Name it as the public DNS and the listener's certificate have it: --smart-host relay.azienda.it"
            )
        }
        return name.lowercased()
    }

    private static func tlsDomain(_ host: String, _ path: String, _ names: [String]) throws(CommandFailure) -> String {
        if let name = names.first(where: { $0 == host }) ?? names.first(where: { covers($0, host) }) { return name }
        throw CommandFailure(
            "the listener's certificate \(path) does not name \(host), but \(list(names)): Exchange Online would not send",
            remedy: "Give the public name that it has: --smart-host NAME, or the listener a certificate with this name."
        )
    }

    private static func certificateName(
        _ configuration: Configuration,
        _ options: Options,
        _ names: (_ path: String) throws(CommandFailure) -> [String]
    ) throws(CommandFailure) -> String {
        guard let identity = configuration.exchange.identity else {
            throw CommandFailure(
                "the gateway shows Exchange Online no certificate, by which alone it is known there",
                remedy: "Add exchange.certificate and exchange.key; the listener's own may serve."
            )
        }
        guard configuration.exchange.servers.allSatisfy({ $0.tls != .none }) else {
            throw CommandFailure(
                "exchange.tls is none, so that the gateway shows Exchange Online no certificate",
                remedy: "Write exchange.tls: verify."
            )
        }
        let names = try names(identity.certificate)
        if let wanted = options.certificateName?.lowercased() {
            if names.contains(wanted) { return wanted }
        } else if let name = names.first(where: { $0 == configuration.hostname.lowercased() })
            ?? names.first(where: { covers($0, configuration.hostname.lowercased()) }) ?? names.first
        {
            return name
        }
        throw CommandFailure(
            "the certificate \(identity.certificate) of exchange.certificate names \(list(names))"
                + (options.certificateName.map { " and not \($0)" } ?? ""),
            remedy: "Give one of its DNS names, in a domain of the organisation: --certificate-name NAME"
        )
    }

    /// True when the pattern `*.azienda.it` stands for `host`.
    private static func covers(_ pattern: String, _ host: String) -> Bool {
        guard pattern.hasPrefix("*."), let dot = host.firstIndex(of: ".") else { return false }
        return host[dot...] == pattern.dropFirst()
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ", ") }
}
