// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// What a certified provider does with a message: access point, incoming point and delivery point in one (RFC 6109 §3).
struct ProviderCore: Sendable {
    let profile: ProviderProfile
    let accounts: ProviderAccounts
    let composer: NoticeComposer
    let maildrops: Maildrops
    let events: Arrivals<ProviderEvent>
    let clock: any WallClock
    let identifiers: ProviderIdentifiers
    /// The domains of other certified providers, in lower case.
    let certifiedDomains: Set<String>
    /// What size × recipients may not exceed.
    let maximumTotal: ByteCount

    /// The access point: takes a submitted message, issues the notices about it, and says what the client hears.
    func submit(_ octets: [UInt8], envelope: Envelope, account: ProviderAccount) async -> SMTPReply {
        let moment = clock.now()
        let own = profile.domain.lowercased()
        let original = OriginalMessage(
            envelope: envelope,
            sender: account.address,
            octets: octets,
            identifier: identifiers.next(),
            moment: moment,
            isCertified: { $0 == own || certifiedDomains.contains($0) }
        )
        let check = FormalCheck(
            envelope: envelope,
            sender: account.address,
            header: original.header,
            size: ByteCount(octets: octets.count),
            maximumTotal: maximumTotal
        )
        do {
            if check.faults.isEmpty {
                try await accept(original)
            } else {
                try await refuse(original, faults: check.faults)
            }
        } catch {
            events.add(.failed(error.description))
            return SMTPReply(451, EnhancedStatus(4, 3, 0), "Cannot certify the message now, try again later")
        }
        return SMTPReply(250, EnhancedStatus(2, 0, 0), "Ok: queued as \(original.identifier)")
    }

    private func accept(_ original: OriginalMessage) async throws(SandboxError) {
        // All is composed before anything is put anywhere: a failure leaves nothing behind, and the client tries again.
        let acceptance = try composer.compose(notice(.acceptance, about: original))
        let envelope = try composer.compose(notice(.transportEnvelope, about: original))
        var results: [(CertifiedNotice, [UInt8])] = []
        for recipient in original.recipients where isLocal(recipient) {
            let notice = deliveryNotice(for: recipient, about: original)
            results.append((notice, try composer.compose(notice)))
        }
        events.add(.accepted(original))
        await deposit(acceptance, .acceptance, for: original.sender, from: profile.serviceAddress)
        for (notice, octets) in results {
            if notice.kind == .delivery, let recipient = notice.concerned {
                await deposit(envelope, .transportEnvelope, for: recipient, from: original.sender)
            }
            await deposit(octets, notice.kind, for: original.sender, from: profile.serviceAddress)
        }
        let elsewhere = original.recipients.filter { !isLocal($0) }
        guard !elsewhere.isEmpty else { return }
        events.add(.sentAway(OutgoingEnvelope(recipients: elsewhere, original: original, octets: envelope)))
    }

    private func refuse(_ original: OriginalMessage, faults: [String]) async throws(SandboxError) {
        var notice = notice(.nonAcceptance, about: original)
        notice.failure = .other
        notice.detail =
            "5.6.0 - \(profile.name) - Sono state riscontrate le seguenti anomalie:\n"
            + faults.map { " - \($0)" }.joined(separator: "\n")
        let octets = try composer.compose(notice)
        events.add(.notAccepted(original, faults: faults))
        await deposit(octets, .nonAcceptance, for: original.sender, from: profile.serviceAddress)
    }

    /// The delivery point: a receipt where the mailbox exists, a non-delivery notice where it does not.
    private func deliveryNotice(
        for recipient: OriginalMessage.Recipient,
        about original: OriginalMessage
    ) -> CertifiedNotice {
        let isKnown = accounts.account(address: recipient.address) != nil
        var notice = notice(isKnown ? .delivery : .nonDelivery, about: original)
        notice.concerned = recipient.address
        if !isKnown {
            notice.failure = .unknownRecipient
            notice.detail = "5.1.1 - \(profile.name) - indirizzo non valido"
        }
        return notice
    }

    private func notice(_ kind: NoticeKind, about original: OriginalMessage) -> CertifiedNotice {
        CertifiedNotice(kind, about: original, identifier: identifiers.next(), moment: clock.now())
    }

    private func isLocal(_ recipient: OriginalMessage.Recipient) -> Bool {
        recipient.address.domain.lowercased() == profile.domain.lowercased()
    }

    /// Puts a notice into a maildrop, with the trace fields of the delivery point on top (RFC 5321 §4.4).
    func deposit(_ octets: [UInt8], _ kind: NoticeKind, for address: AddrSpec, from reversePath: AddrSpec) async {
        let moment = clock.now()
        let identifier = identifiers.next()
        let trace =
            FieldWriter.field("Return-Path", "<\(reversePath)>")
            + FieldWriter.field("Delivered-To", address.description)
            + "Received: from delivery.\(profile.domain) (localhost [127.0.0.1])\r\n"
            + "\tby \(profile.domain) with LMTP id \(identifier)\r\n"
            + "\tfor <\(address)>; \(LegalTime(moment).dateField)\r\n"
        await maildrops.deposit(Array(trace.utf8) + octets, for: address)
        events.add(.deposited(kind, for: address, identifier: identifier))
    }
}
