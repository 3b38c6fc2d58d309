// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import NIOCore
import NIOSSL
import SMTPProtocol

/// What the machine wants done.
extension SMTPSessionHandler {
    func perform(_ action: SMTPServerMachine.Action) {
        switch action {
        case .reply(let reply): send(reply)
        case .announce(let isSecure):
            var capabilities = profile.capabilities(isSecure: isSecure)
            outbound.writeBuffer(&capabilities)
        case .judgeSender(let reversePath, let size): judgeSender(reversePath, size)
        case .judgeRecipient(let recipient):
            judge(recipient)
        case .checkPassword(let login, let password): check(login, password)
        case .startTLS(let reply): startTLS(reply)
        case .take(let envelope, let piece, let end): take(envelope, piece, end)
        case .abandon: abandon()
        case .close: isClosing = true
        }
    }

    private func send(_ reply: SMTPReply) {
        reply.encode(into: &outbound)
        guard reply.code >= 400 else { return }
        var metadata = subject
        metadata["reply"] = "\(reply)"
        if let envelope = machine.envelope { metadata["sender"] = "<\(envelope.reversePath)>" }
        if let clientName = machine.clientName { metadata["client"] = "\(clientName)" }
        log(.notice, "refused", metadata)
    }

    private func judge(_ recipient: EnvelopeRecipient) {
        subject = ["recipient": "\(recipient.forwardPath)"]
        defer { subject = [:] }
        if let refusal = receiver.judgeRecipient(recipient, session: facts) { return handle(.recipientJudged(refusal)) }
        guard let verification = receiver.verification(of: recipient) else { return handle(.recipientJudged(nil)) }
        launch(on: executor, verification) { handler, reply in
            handler.subject = ["recipient": "\(recipient.forwardPath)"]
            handler.report(.recipientJudged(reply))
            handler.subject = [:]
        }
    }

    private func judgeSender(_ reversePath: ReversePath, _ size: Int?) {
        let (receiver, facts) = (receiver, facts)
        launch(on: executor) {
            await receiver.judgeSender(reversePath, declaredSize: size, session: facts)
        } then: { handler, reply in
            handler.subject = ["sender": "<\(reversePath)>"]
            handler.report(.senderJudged(reply))
            handler.subject = [:]
        }
    }

    /// Off the event loop: what makes a password hard to guess makes it slow to check.
    private func check(_ login: String, _ password: Secret) {
        guard let passwords = profile.settings.passwords else { return report(.passwordChecked(false)) }
        let hostname = profile.settings.hostname
        if let reply = logins.refusal(of: peer, hostname: hostname, now: .now()) { return refuseLogin(login, reply) }
        launch(on: nil) {
            await passwords.isRight(login: login, password: password)
        } then: { handler, isRight in
            if !isRight { handler.logins.noteFailure(of: handler.peer, now: .now()) }
            handler.subject = ["login": "\(login)"]
            handler.report(.passwordChecked(isRight))
            handler.subject = [:]
        }
    }

    private func refuseLogin(_ login: String, _ reply: SMTPReply) {
        subject = ["login": "\(login)"]
        handle(.loginRefused(reply))
        subject = [:]
    }

    /// Puts TLS before this handler in the tick that sends the go-ahead. Octets behind STARTTLS were sent in clear,
    /// whoever sent them: the session ends (RFC 3207 §4.2).
    private func startTLS(_ reply: SMTPReply) {
        guard let context, let tls = profile.settings.tls else { return handle(.plaintextBehindStartTLS) }
        guard reader.bufferedOctets == 0 else {
            log(.notice, "plaintext behind STARTTLS; connection closed", ["octets": "\(reader.bufferedOctets)"])
            reader.forget()
            return handle(.plaintextBehindStartTLS)
        }
        reader.forget()
        send(reply)
        flush()
        do {
            try context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .before(self))
        } catch {
            log(.error, "TLS could not begin", ["error": "\(error)"])
            context.close(promise: nil)
        }
    }

    func security(_ context: ChannelHandlerContext) -> SMTPServerMachine.Security {
        let operations = context.pipeline.syncOperations
        do {
            let version = try operations.nioSSL_tlsVersion().map(Self.name) ?? "TLS"
            let certificate = try operations.nioSSL_peerCertificate().map { try Self.subject($0) }
            return SMTPServerMachine.Security(version: version, clientCertificate: certificate)
        } catch {
            // Without a certificate the session has fewer rights, never more.
            log(.error, "the TLS session cannot be read", ["error": "\(error)"])
            return SMTPServerMachine.Security(version: "TLS")
        }
    }

    private static func subject(_ certificate: NIOSSLCertificate) throws -> String {
        let subject = CertificateSubject.read(try certificate.toDERBytes())
        return subject.isEmpty ? "\(certificate)" : subject
    }

    private static func name(_ version: NIOSSL.TLSVersion) -> String {
        switch version {
        case .tlsv1: "TLSv1"
        case .tlsv11: "TLSv1.1"
        case .tlsv12: "TLSv1.2"
        case .tlsv13: "TLSv1.3"
        }
    }

    /// What the receiver is told of the session.
    var facts: SessionFacts {
        SessionFacts(
            id: id,
            peer: peer.description,
            clientName: machine.clientName ?? "",
            isExtended: machine.isExtended,
            tlsVersion: machine.security?.version,
            clientCertificate: machine.security?.clientCertificate,
            authenticated: machine.authenticated
        )
    }

    func log(_ level: Logger.Level, _ message: Logger.Message, _ metadata: @autoclosure () -> Logger.Metadata) {
        guard level >= logger.logLevel else { return }
        var metadata = metadata()
        metadata["session"] = "\(id)"
        metadata["peer"] = "\(peer)"
        logger.log(level: level, message, metadata: metadata)
    }
}
