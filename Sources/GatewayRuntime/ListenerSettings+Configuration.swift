// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertificateChains
import CertifiedMailSignatures
import Foundation
import GatewayConfiguration
import Logging
import MailModel
import MailTransport
import NIOSSL
import Routing
import SMTPServer

extension ListenerSettings {
    /// The settings of the listener that `configuration` describes.
    ///
    /// - Throws: `GatewayError` when its certificate or key cannot be used.
    init(
        _ configuration: ListenerConfiguration,
        hostname: String,
        screen: SenderScreen?,
        vault: any VaultReading,
        logger: Logger
    ) throws(GatewayError) {
        self.init(
            hostname: hostname,
            address: configuration.address,
            port: configuration.port,
            allowed: configuration.allowed,
            limits: ListenerLimits(configuration.limits)
        )
        offersDeliveryReports = configuration.role != .internet
        proxies = configuration.proxies
        xclients = configuration.xclients
        switch configuration.role {
        case .internet: self.screen = screen
        case .exchange:
            self.screen = screen
            screening = .logins
        case .provider:
            guard !configuration.recipientSuffixes.isEmpty else { break }
            // Everybody is served; who may leave the suffix out is judged with the recipient.
            allowed = []
            concealsSuffixes = true
            // A report about a copy would carry the suffix to whoever sent the message.
            offersDeliveryReports = false
            self.screen = screen
            screening = .forwarders
        }
        tenants = configuration.tenants.map {
            TenantRule(ids: $0.ids, domains: $0.domains, requiresOrigin: $0.origin == .require)
        }
        if let tls = configuration.tls {
            self.tls = try tls.makeContext(sendsAuthorities: tenants == nil)
            judgeClient = try tls.makeJudge(name: tenants == nil ? nil : Self.exchangeOnlineName)
            hasImplicitTLS = tls.isImplicit
            requiresTLS = tls.isRequired
            requiresClientCertificate = tls.client == .required
        }
        if tenants != nil { requiresClientCertificate = true }
        if !configuration.logins.isEmpty {
            passwords = ListenerPasswords(configuration.logins, vault: vault, logger: logger)
            requiresAuthentication = true
        }
    }
}

extension ListenerSettings {
    /// What the certificate of Exchange Online's servers names, among patterns that begin with an asterisk.
    static let exchangeOnlineName = "mail.protection.outlook.com"
}

extension ListenerLimits {
    fileprivate init(_ configured: ListenerConfiguration.Limits) {
        self.init()
        messageOctets = configured.message.octets
        recipients = configured.recipients
        connections = configured.connections
        connectionsPerAddress = configured.connectionsPerAddress
        errors = configured.errors
        idle = configured.idle
    }
}

extension ListenerTLS {
    /// Judges the certificates of clients, which must name `name`, where one is given; nil where no certificate is asked for.
    fileprivate func makeJudge(name: String?) throws(GatewayError) -> (@Sendable ([[UInt8]]) -> String?)? {
        guard client != .none else { return nil }
        let path = clientCA ?? TrustAnchors.systemBundle
        let pem: [UInt8]
        do { pem = Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
            throw GatewayError(
                "the authorities of client certificates in \(path) cannot be read: \(error.localizedDescription)"
            )
        }
        guard let authorities = ClientAuthorities(pem: pem) else {
            throw GatewayError("there is no certificate in \(path), the authorities of client certificates")
        }
        return { authorities.failure(of: $0, name: name) }
    }

    /// The TLS context of the listener: its certificate with the chain, and whether client certificates are asked for.
    ///
    /// The authorities of `client_ca` are named to the client where `sendsAuthorities`; not to Exchange Online, which has one certificate that it
    /// should show whatever the list says.
    fileprivate func makeContext(sendsAuthorities: Bool) throws(GatewayError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
            var configured = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain,
                privateKey: .privateKey(privateKey)
            )
            configured.minimumTLSVersion = .tlsv12
            if client != .none {
                if let clientCA { configured.trustRoots = .file(clientCA) }
                configured.certificateVerification = .optionalVerification
                configured.sendCANameList = sendsAuthorities && clientCA != nil
            }
            return try NIOSSLContext(configuration: configured)
        } catch {
            throw GatewayError(
                "the listener's certificate \(certificate) with key \(key) cannot be used: \(TLSWords.text(error))"
            )
        }
    }
}
