// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// What a certified provider does with a message: access point, incoming point and delivery point in one (RFC 6109 §3).
struct ProviderCore: Sendable {
    let profile: ProviderProfile
    let accounts: ProviderAccounts
    let voice: any ProviderVoice
    let maildrops: Maildrops
    let events: Arrivals<ProviderEvent>
    let clock: any WallClock
    let identifiers: ProviderIdentifiers
    /// The domains of other certified providers, in lower case.
    let certifiedDomains: Set<String>
    /// What size × recipients may not exceed.
    let maximumTotal: ByteCount
    /// What recipients do, where it is not what their mailboxes make them do.
    var script = RecipientScript()
    /// The domains of the providers whose part this one plays too, in lower case.
    var peers: Set<String> = []
    /// The root of those who certify messages.
    var root: Certificate?
    /// What falls due later.
    let pending = PendingDeliveries()

    /// The access point: takes a submitted message, issues the notices about it, and says what the client hears.
    func submit(_ octets: [UInt8], envelope: Envelope, account: ProviderAccount) async -> SMTPReply {
        await issueDue()
        let original = original(octets, envelope, from: account.address)
        var faults = FormalCheck(
            envelope: envelope,
            sender: account.address,
            header: original.header,
            size: ByteCount(octets: octets.count),
            maximumTotal: maximumTotal
        ).faults
        faults += original.recipients.filter { script[$0.address] == .closed }.map { recipient in
            "la casella \(recipient.address) appartiene ad un dominio non ammesso dalla policy di servizio"
        }
        do {
            if !faults.isEmpty {
                try await refuse(original, faults, try voice.refused(original, faults: faults))
            } else if let virus = VirusSearch.find(in: octets) {
                try await refuse(original, [virus], try voice.infected(original, virus: virus))
            } else {
                try await accept(original)
            }
        } catch {
            events.add(.failed(error.description))
            return SMTPReply(451, EnhancedStatus(4, 3, 0), "Cannot certify the message now, try again later")
        }
        return SMTPReply(250, EnhancedStatus(2, 0, 0), "Ok: queued as \(original.identifier)")
    }

    private func accept(_ original: OriginalMessage) async throws(SandboxError) {
        // All is composed before anything is put anywhere: a failure leaves nothing behind, and the client tries again.
        let envelope = try voice.envelope(original)
        var deposits = [try voice.accepted(original)]
        var plans: [PendingDelivery] = []
        for recipient in original.recipients {
            guard let behaviour = behaviour(of: recipient) else {
                if !recipient.isCertified { deposits += try voice.sentOut(recipient.address, original) }
                continue
            }
            deposits += try outcome(behaviour, recipient, original, envelope)
            plans += PendingDelivery.plan(behaviour, recipient, original)
        }
        await pending.add(plans)
        events.add(.accepted(original))
        for item in deposits { await deposit(item) }
        let elsewhere = original.recipients.filter { !isLocal($0.address) }
        guard !elsewhere.isEmpty else { return }
        events.add(.sentAway(OutgoingEnvelope(recipients: elsewhere, original: original, octets: envelope)))
    }

    private func refuse(_ original: OriginalMessage, _ faults: [String], _ notice: Deposit) async throws(SandboxError) {
        events.add(.notAccepted(original, faults: faults))
        await deposit(notice)
    }

    /// What a recipient does: by the script, else by whether the mailbox exists; nil for those of whom nothing is heard.
    private func behaviour(of recipient: OriginalMessage.Recipient) -> RecipientBehaviour? {
        if let scripted = script[recipient.address] {
            guard !recipient.isCertified else { return scripted }
            if case .fails = scripted { return scripted }
            return nil
        }
        guard isLocal(recipient.address) else {
            return peers.contains(recipient.address.domain.lowercased()) ? .delivers : nil
        }
        return accounts.account(address: recipient.address) != nil ? .delivers : .fails(.unknownBox)
    }

    /// What a behaviour brings about at once.
    private func outcome(
        _ behaviour: RecipientBehaviour,
        _ recipient: OriginalMessage.Recipient,
        _ original: OriginalMessage,
        _ envelope: [UInt8]
    ) throws(SandboxError) -> [Deposit] {
        switch behaviour {
        case .delivers: try consign(recipient, original, envelope, at: original.moment)
        case .fails(let fault): try voice.undelivered(fault, recipient.address, original, at: original.moment)
        case .stuck: try voice.taken(recipient.address, original, at: original.moment)
        case .silent, .late, .closed: []
        }
    }

    /// The delivery point: the envelope into the mailbox, and the receipt.
    private func consign(
        _ recipient: OriginalMessage.Recipient,
        _ original: OriginalMessage,
        _ envelope: [UInt8],
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit] {
        let handed = isLocal(recipient.address) ? [voice.handOver(envelope, original, to: recipient.address)] : []
        return handed + (try voice.delivered(recipient.address, original, at: moment))
    }

    private func isLocal(_ address: AddrSpec) -> Bool { address.domain.lowercased() == profile.domain.lowercased() }

    func original(_ octets: [UInt8], _ envelope: Envelope, from sender: AddrSpec) -> OriginalMessage {
        let own = profile.domain.lowercased()
        return OriginalMessage(
            envelope: envelope,
            sender: sender,
            octets: octets,
            identifier: identifiers.next(),
            moment: clock.now(),
            isCertified: { $0 == own || certifiedDomains.contains($0) || peers.contains($0) }
        )
    }
}

// MARK: What comes later, and from outside

extension ProviderCore {
    /// Issues what has fallen due by the clock, each notice with the moment at which it did.
    func issueDue() async {
        for item in await pending.take(at: clock.now()) {
            do {
                let deposits =
                    switch item.work {
                    case .notice(let fault):
                        try voice.undelivered(fault, item.recipient.address, item.original, at: item.due)
                    case .delivery:
                        try consign(item.recipient, item.original, voice.envelope(item.original), at: item.due)
                    }
                for item in deposits { await deposit(item) }
            } catch {
                events.add(.failed("\(error)"))
            }
        }
    }

    /// The incoming point: a certified message goes into the mailboxes as it came, all else in an anomaly envelope.
    func receive(_ octets: [UInt8], _ envelope: Envelope) async throws(SandboxError) {
        let header = MIMEEntity(octets[...]).header
        let sender =
            envelope.reversePath.mailbox ?? FormalCheck.mailboxes(in: header.first("From") ?? "").first
            ?? AddrSpec(localPart: "mailer-daemon", domain: profile.domain)
        let anomaly = anomaly(of: octets)
        for recipient in envelope.recipients.map(\.forwardPath) where accounts.account(address: recipient) != nil {
            guard let anomaly else {
                await maildrops.deposit(trace(for: recipient, from: sender) + octets, for: recipient)
                continue
            }
            let original = original(
                octets,
                Envelope(reversePath: envelope.reversePath, recipients: [EnvelopeRecipient(recipient)]),
                from: sender
            )
            await deposit(try voice.received(original, for: recipient, anomaly: anomaly))
        }
    }

    /// Why a message is none of certified mail; nil when it is.
    private func anomaly(of octets: [UInt8]) -> String? {
        let header = MIMEEntity(octets[...]).header
        let isAnnounced = ["X-Trasporto", "X-Ricevuta", "REM-MessageType"].contains { header.first($0) != nil }
        guard isAnnounced else { return "il messaggio non è di posta certificata" }
        guard let signed = SignedMessage(octets), let root else { return "la busta non è firmata" }
        do {
            _ = try signed.verify(trusting: root, at: clock.now())
            return nil
        } catch {
            return "la firma della busta non è valida"
        }
    }

    /// Puts a message into its maildrop, with the trace fields of the delivery point on top.
    private func deposit(_ item: Deposit) async {
        await maildrops.deposit(trace(for: item.address, from: item.reversePath) + item.octets, for: item.address)
        switch item.label {
        case .certified(let kind): events.add(.deposited(kind, for: item.address))
        case .registered(let form, let event): events.add(.depositedRegistered(form, event, for: item.address))
        }
    }

    /// Return-Path, Delivered-To and Received (RFC 5321 §4.4).
    private func trace(for address: AddrSpec, from reversePath: AddrSpec) -> [UInt8] {
        Array(
            (FieldWriter.field("Return-Path", "<\(reversePath)>")
                + FieldWriter.field("Delivered-To", address.description)
                + "Received: from delivery.\(profile.domain) (localhost [127.0.0.1])\r\n"
                + "\tby \(profile.domain) with LMTP id \(identifiers.next())\r\n"
                + "\tfor <\(address)>; \(LegalTime(clock.now()).dateField)\r\n").utf8
        )
    }
}
