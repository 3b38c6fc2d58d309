// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Logging
import MailModel
import MailTransport
import NIOSSL
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
            guard configuration.recipientSuffix != nil else { break }
            // Everybody is served; who may leave the suffix out is judged with the recipient.
            allowed = []
            concealsSuffixes = true
            self.screen = screen
            screening = .forwarders
        }
        if let tls = configuration.tls {
            self.tls = try tls.makeContext()
            hasImplicitTLS = tls.isImplicit
            requiresTLS = tls.isRequired
            requiresClientCertificate = tls.client == .required
        }
        if !configuration.logins.isEmpty {
            passwords = ListenerPasswords(configuration.logins, vault: vault, logger: logger)
            requiresAuthentication = true
        }
    }
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
    /// The TLS context of the listener: its certificate with the chain, and the roots of client certificates when they are asked for.
    fileprivate func makeContext() throws(GatewayError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
            var configured = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain,
                privateKey: .privateKey(privateKey)
            )
            configured.minimumTLSVersion = .tlsv12
            if client != .none, let clientCA {
                configured.trustRoots = .file(clientCA)
                configured.certificateVerification = .optionalVerification
                configured.sendCANameList = true
            }
            return try NIOSSLContext(configuration: configured)
        } catch {
            throw GatewayError(
                "the listener's certificate \(certificate) with key \(key) cannot be used: \(TLSWords.text(error))"
            )
        }
    }
}
