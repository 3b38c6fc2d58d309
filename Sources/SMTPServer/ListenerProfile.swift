// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import NIOCore
import NIOSSL
import SMTPProtocol

/// The settings of a listener in the form its sessions use: made once for each change, shared by all sessions that
/// began under it.
final class ListenerProfile: Sendable {
    let settings: ListenerSettings
    let policy: SMTPServerPolicy
    private let clearCapabilities: ByteBuffer
    private let secureCapabilities: ByteBuffer
    /// For those who may say XCLIENT.
    let xclientPolicy: SMTPServerPolicy

    init(_ settings: ListenerSettings) {
        self.settings = settings
        var limits = SMTPServerLimits()
        limits.messageOctets = settings.limits.messageOctets
        limits.commandOctets = settings.limits.commandOctets
        limits.recipients = settings.limits.recipients
        limits.errors = settings.limits.errors
        limits.refusedRecipients = settings.limits.refusedRecipients
        limits.transactions = settings.limits.transactions
        var policy = SMTPServerPolicy(hostname: settings.hostname)
        policy.offersStartTLS = settings.tls != nil && !settings.hasImplicitTLS
        policy.requiresTLS = settings.requiresTLS
        policy.requiresClientCertificate = settings.requiresClientCertificate
        policy.offersAuthentication = settings.passwords != nil
        policy.offersDeliveryReports = settings.offersDeliveryReports
        policy.requiresAuthentication = settings.requiresAuthentication
        policy.limits = limits
        self.policy = policy
        var xclientPolicy = policy
        xclientPolicy.offersXCLIENT = true
        self.xclientPolicy = xclientPolicy
        var buffer = ByteBuffer()
        policy.capabilities(isSecure: false).encode(into: &buffer)
        clearCapabilities = buffer
        buffer = ByteBuffer()
        policy.capabilities(isSecure: true).encode(into: &buffer)
        secureCapabilities = buffer
    }

    /// The reply to EHLO as it goes over the wire.
    func capabilities(isSecure: Bool) -> ByteBuffer { isSecure ? secureCapabilities : clearCapabilities }

    /// What a client at `peer` is offered and asked.
    func policy(for peer: PeerAddress) -> SMTPServerPolicy { maySayXCLIENT(peer) ? xclientPolicy : policy }

    /// How a session of the client at `peer` is screened; nil when it is not, which those are sure of whom `allow` names.
    func screen(_ peer: PeerAddress) -> SessionScreen? {
        guard let screen = settings.screen else { return nil }
        if settings.screening == .logins, settings.allowed.contains(where: { $0.contains(peer.octets) }) { return nil }
        return screen.session(of: peer, settings.screening)
    }

    /// What puts TLS on one connection, and who judges the client's certificate there; nil where the TLS library does.
    func secure(_ context: NIOSSLContext) -> (handler: NIOSSLServerHandler, judge: CertificateJudge?) {
        guard let judgeClient = settings.judgeClient else { return (NIOSSLServerHandler(context: context), nil) }
        let judge = CertificateJudge(judgeClient)
        let handler = NIOSSLServerHandler(context: context, customVerificationCallback: { judge.decide($0, $1) })
        return (handler, judge)
    }

    /// True for proxies that put a header before each connection.
    func isProxy(_ peer: PeerAddress) -> Bool { settings.proxies.contains { $0.contains(peer.octets) } }

    /// True for filters that may say for whom they speak.
    func maySayXCLIENT(_ peer: PeerAddress) -> Bool { settings.xclients.contains { $0.contains(peer.octets) } }

    /// Why a connection from `peer` is not served; nil when it is.
    func refusal(of peer: PeerAddress) -> SMTPReply? {
        guard !settings.allowed.isEmpty, !settings.allowed.contains(where: { $0.contains(peer.octets) }) else {
            return nil
        }
        return SMTPReply(
            554,
            EnhancedStatus(5, 7, 1),
            "\(settings.hostname) does not serve \(peer): if it should, add the address to allow of this listener"
        )
    }
}
