// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import NIOCore
import NIOSSL
import Routing
import SMTPProtocol
import SenderScreening

/// What the machine wants done.
extension SMTPSessionHandler {
    func perform(_ action: SMTPServerMachine.Action) {
        switch action {
        case .reply(let reply): send(reply)
        case .announce(let isSecure):
            if machine.policy.offersXCLIENT {
                machine.policy.capabilities(isSecure: isSecure).encode(into: &outbound)
            } else {
                var capabilities = profile.capabilities(isSecure: isSecure)
                outbound.writeBuffer(&capabilities)
            }
        case .judgeSender(let reversePath, let size): judgeSender(reversePath, size)
        case .judgeRecipient(let recipient):
            judge(recipient)
        case .checkPassword(let login, let password): check(login, password)
        case .startTLS(let reply): startTLS(reply)
        case .adoptClient(let attributes): adopt(attributes)
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
        if let envelope = machine.envelope { metadata["sender"] = "<\(shown(envelope.reversePath))>" }
        if let clientName = machine.clientName { metadata["client"] = "\(clientName)" }
        log(.notice, "refused", metadata)
    }

    /// From memory as far as possible: who may be written to here, how the client stands, whether the recipient exists, and last whether it is known
    /// to come again.
    private func judge(_ recipient: EnvelopeRecipient) {
        subject = ["recipient": "\(shown(recipient))"]
        defer { subject = [:] }
        let refusal =
            receiver.judgeRecipient(recipient, session: facts)
            ?? receiver.judge(recipient, beside: machine.envelope?.recipients ?? [])
        if let refusal = refusal ?? screen?.judge(recipient.forwardPath, peer) {
            return handle(.recipientJudged(verdict(on: recipient, refusal)))
        }
        guard let verification = receiver.verification(of: recipient, session: facts) else {
            return handle(.recipientJudged(verdict(on: recipient, nil)))
        }
        launch(on: executor, verification) { handler, reply in
            handler.subject = ["recipient": "\(handler.shown(recipient))"]
            handler.report(.recipientJudged(handler.verdict(on: recipient, reply)))
            handler.subject = [:]
        }
    }

    /// A recipient as the log may show it.
    private func shown(_ recipient: EnvelopeRecipient) -> AddrSpec {
        profile.settings.concealsSuffixes ? RecipientSuffix.concealed(recipient.forwardPath) : recipient.forwardPath
    }

    /// A reverse-path as the log may show it: the suffix may stand in it, which the receiver finds out.
    func shown(_ reversePath: ReversePath) -> String {
        profile.settings.concealsSuffixes ? RecipientSuffix.concealed(reversePath) : reversePath.description
    }

    /// Counts a recipient that does not exist, and has one that does come again where that is asked for.
    private func verdict(on recipient: EnvelopeRecipient, _ reply: SMTPReply?) -> SMTPReply? {
        guard let screen else { return reply }
        if let reply, !reply.isPositive {
            if reply.status == EnhancedStatus(5, 1, 1) { count(.unknownRecipient) }
            return reply
        }
        guard let envelope = machine.envelope else { return reply }
        return screen.greylist(envelope.reversePath, recipient.forwardPath) ?? reply
    }

    /// Waits for what the DNS says of the client, which was asked when it connected.
    private func judgeSender(_ reversePath: ReversePath, _ size: Int?) {
        if let refusal = isOutdated() ? outdated : screen?.note(.message) {
            subject = ["sender": "<\(shown(reversePath))>"]
            handle(.senderJudged(refusal))
            subject = [:]
            return
        }
        let (receiver, facts) = (receiver, facts)
        let lookup = screen?.findings == nil ? screen?.lookup : nil
        launch(on: executor) {
            let findings = await lookup?.value
            return (findings, await receiver.judgeSender(reversePath, declaredSize: size, session: facts))
        } then: { handler, answer in
            if let findings = answer.0 { handler.learn(findings) }
            handler.subject = ["sender": "<\(handler.shown(reversePath))>"]
            handler.report(.senderJudged(answer.1))
            handler.subject = [:]
        }
    }

    /// Ends a session whose rule is no longer the listener's; the client comes again under the new one.
    private var outdated: SMTPReply {
        SMTPReply(
            421,
            EnhancedStatus(4, 3, 2),
            "\(profile.settings.hostname) has new settings for this listener (tenants); connect again"
        )
    }

    private func learn(_ findings: ClientFindings) {
        var findings = findings
        // A filter has looked the name up itself.
        if let nameByFilter { findings.reverseName = .confirmed(nameByFilter) }
        screen?.findings = findings
        guard !findings.listings.isEmpty else { return }
        let zones = findings.listings.map { "\($0.zone) \($0.answers.prefix(8).joined(separator: ","))" }
        log(.info, "client listed", ["zones": "\(zones.joined(separator: "; "))", "score": "\(findings.score)"])
    }

    /// The client speaks for another one from now on, which is judged as if it had connected itself.
    private func adopt(_ attributes: SMTPClientAttributes) {
        if case .known(let name) = attributes.name { nameByFilter = name } else { nameByFilter = nil }
        guard let address = attributes.address else { return handle(.clientAdopted(nil)) }
        let client = if case .known(let octets) = address { PeerAddress(octets: octets) } else { PeerAddress.unknown }
        log(.info, "speaks for another client", ["client": "\(client)"])
        let screen = profile.screen(client)
        let refusal = profile.refusal(of: client) ?? screen?.admit(hostname: profile.settings.hostname)
        if let reply = refusal ?? registry.move(from: peer, to: client, profile) {
            return handle(.clientAdopted(reply))
        }
        self.screen?.lookup?.cancel()
        peer = client
        self.screen = screen
        self.screen?.beginLookup()
        handle(.clientAdopted(nil))
    }

    /// Off the event loop: what makes a password hard to guess makes it slow to check.
    private func check(_ login: String, _ password: Secret) {
        guard let passwords = profile.settings.passwords else { return report(.passwordChecked(false)) }
        let hostname = profile.settings.hostname
        if let reply = logins.refusal(of: peer, hostname: hostname, now: .now()) { return refuseLogin(login, reply) }
        launch(on: nil) {
            await passwords.isRight(login: login, password: password)
        } then: { handler, isRight in
            if !isRight {
                handler.logins.noteFailure(of: handler.peer, now: .now())
                handler.count(.failedLogin)
            }
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
            let secured = profile.secure(tls)
            judge = secured.judge
            try context.pipeline.syncOperations.addHandler(secured.handler, position: .before(self))
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
            reverseName: screen?.findings?.reverseName?.name ?? nameByFilter,
            listings: screen?.findings?.field ?? "",
            clientName: machine.clientName ?? "",
            isExtended: machine.isExtended,
            tlsVersion: machine.security?.version,
            clientCertificate: machine.security?.clientCertificate,
            authenticated: machine.authenticated,
            tenants: profile.settings.tenants
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
