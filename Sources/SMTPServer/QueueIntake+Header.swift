// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import Crypto
import Logging
import MailModel
import MailQueue
import Routing

import struct NIOCore.ByteBuffer

/// The first stage: the header section is whole, and the way of the message is decided.
extension QueueIntake {
    /// The header section is as whole as it will be: what becomes of the message?
    func decide() async {
        let section = header.section
        header = HeaderCollector(limit: 0)
        if let refusal = offer?.refusal(of: envelope) {
            stage = .refused(refusal)
            octets = ByteBuffer()
            return
        }
        var question = RoutingQuestion(
            listener: policy.role,
            envelope: envelope,
            header: section,
            tenants: session.tenants
        )
        do throws(QueueError) {
            if policy.role == .provider {
                question.passages = try await Passages.of(section, hostname: policy.hostname, store)
            }
        } catch { return await fail(error) }
        switch policy.table.decide(question) {
        case .refuse(let reply):
            await noteLoop(reply)
            refuseOrKeep(reply, section)
        case .route(let route, let reversePath, let recipients, let reason):
            var routed = Routed(
                route: route,
                reversePath: reversePath,
                recipients: recipients,
                reason: reason,
                header: section,
                trace: "",
                messageID: section.messageID.map(HeaderSection.cut)
            )
            if let account = policy.table.certifiedAccount(of: route) {
                prepareSubmission(&routed, account)
            } else {
                prepare(&routed)
            }
            stage = .content(routed)
        }
    }

    /// What a refusal would cost is kept: a report of the client's about it has the suffix in it, and whom that reaches nobody knows.
    func refuseOrKeep(_ reply: SMTPReply, _ section: HeaderSection) {
        guard !policy.isOutdated(envelope.recipients) else {
            octets = ByteBuffer()
            let words = "the configuration was changed meanwhile, please try again later (\(session.id))"
            stage = .refused(SMTPReply(451, EnhancedStatus(4, 3, 0), words))
            return
        }
        guard !mayRefuse, reply.isPermanent else {
            octets = ByteBuffer()
            stage = .refused(reply)
            return
        }
        var routed = Routed(
            route: .exchange,
            reversePath: envelope.reversePath,
            recipients: policy.table.readers(of: envelope.recipients),
            reason: "a provider forwarded it for an account: kept in the quarantine instead of refused",
            header: section,
            trace: "",
            messageID: section.messageID.map(HeaderSection.cut),
            held: "\(reply)"
        )
        prepare(&routed)
        stage = .content(routed)
    }

    /// Puts the trace fields of what is no certified submission on top, and begins to look at its content.
    func prepare(_ routed: inout Routed) {
        takeOffForeignResults(&routed)
        routed.trace = trace
        beginExamination()
        beginIdentity()
        beginSigning(routed)
        if policy.role != .exchange, examination == nil, CertifiedField.mayBeForged(in: routed.header) {
            routed.trace += CertifiedField.foreign
        }
        // What is all body stays body, and continues no field of ours.
        if routed.header.isMissing { routed.trace += "\r\n" }
    }

    /// Takes the internal fields off a certified submission, puts ours in their place, and begins to look at its parts.
    func prepareSubmission(_ routed: inout Routed, _ account: RoutedAccount) {
        var generator = SystemRandomNumberGenerator()
        let addition = SubmissionHeader.addition(
            to: routed.header,
            id: id,
            hostname: policy.hostname,
            moment: arrival,
            receiptType: account.receiptType,
            using: &generator
        )
        routed.trace = addition.fields
        routed.messageID = HeaderSection.cut(addition.messageID)
        let submitted = SubmissionHeader.withoutInternalFields(octets, routed.header)
        routed.removedOctets = octets.readableBytes - submitted.readableBytes
        octets = submitted
        routed.certifiedAccount = account
        preflight = policy.table.contentPreflight(for: routed.route, recipients: routed.recipients.count)
        examine(submitted)
    }

    /// Takes off what mail from the Internet says in this gateway's name (RFC 8601 §5).
    func takeOffForeignResults(_ routed: inout Routed) {
        guard policy.role == .internet,
            let kept = ForeignResults.takenOff(octets, routed.header, hostname: policy.hostname)
        else { return }
        routed.removedOctets = octets.readableBytes - kept.readableBytes
        octets = kept
        routed.header = HeaderSection(kept)
        logger.notice(
            "fields that speak in the gateway's name taken off",
            metadata: ["from": "\(routed.reversePath)", "octets": "\(routed.removedOctets)"]
        )
    }

    /// Begins to look at a copy that the provider of a certified account forwards.
    func beginExamination() {
        guard policy.role == .provider, let examiner else { return }
        let accounts = policy.table.accountAddresses(of: envelope.recipients)
        examination = accounts.lazy.compactMap { examiner.begin($0.comparisonKey) }.first
        examine(octets)
    }

    /// Begins to tell by what a forwarded copy would be known if the maildrop brings it as well.
    func beginIdentity() {
        guard policy.role == .provider, policy.table.retrievedAccount(of: envelope.recipients) != nil else { return }
        identity = ContentIdentity()
        identity?.append(octets)
    }

    var copyKey: CopyKey? {
        guard var identity, let account = policy.table.retrievedAccount(of: envelope.recipients) else { return nil }
        return identity.finish().map { CopyKey(account: account, identity: $0) }
    }

    /// Counts a copy that goes in circles.
    func noteLoop(_ reply: SMTPReply) async {
        guard policy.role == .provider, reply.status == EnhancedStatus(5, 4, 6), let loops else { return }
        for account in policy.table.accountAddresses(of: envelope.recipients) { await loops.note(account, reply) }
    }

    /// Looks at the next octets of certified mail as they will be stored.
    func examine(_ piece: ByteBuffer) {
        guard preflight != nil || examination != nil else { return }
        preflight?.examine(piece)
        examination?.append(piece)
        piece.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
    }

    /// The trace fields of mail that is no certified submission.
    var trace: String {
        let received =
            ReceivedField.compose(
                envelope: envelope,
                session: session,
                hostname: policy.hostname,
                id: id,
                moment: arrival
            ) + session.listings
        guard policy.role == .provider else { return received }
        return policy.table.accountAddresses(of: envelope.recipients).reduce(received) { $0 + AccountField.compose($1) }
    }
}

extension HeaderSection {
    /// A field body shortened for listings; nil when the field is missing.
    func listing(_ name: String) -> String? {
        first(name).map { String($0.prefix(200)) }
    }

    /// An identifier as it is kept: one that is longer than a line may be is cut (RFC 5322 §2.1.1).
    static func cut(_ identifier: String) -> String {
        identifier.utf8.count <= 1000 ? identifier : String(identifier.unicodeScalars.prefix(250).map(Character.init))
    }
}
