// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Speaks certified mail: own notices in the own name, those of other providers in theirs (RFC 6109 §3).
struct CertifiedVoice: ProviderVoice {
    let own: NoticeComposer
    /// Other providers, by the domain in lower case.
    let peers: [String: NoticeComposer]
    let identifiers: ProviderIdentifiers

    func envelope(_ original: OriginalMessage) throws(SandboxError) -> [UInt8] {
        let notice = CertifiedNotice(
            .transportEnvelope,
            about: original,
            identifier: original.identifier,
            moment: original.moment
        )
        return try own.compose(notice)
    }

    func handOver(_ envelope: [UInt8], _ original: OriginalMessage, to address: AddrSpec) -> Deposit {
        Deposit(
            label: .certified(.transportEnvelope),
            octets: envelope,
            address: address,
            reversePath: original.sender
        )
    }

    func accepted(_ original: OriginalMessage) throws(SandboxError) -> Deposit {
        let notice = CertifiedNotice(
            .acceptance,
            about: original,
            identifier: identifiers.next(),
            moment: original.moment
        )
        return try deposit(notice, by: own)
    }

    func refused(_ original: OriginalMessage, faults: [String]) throws(SandboxError) -> Deposit {
        let notice = CertifiedNotice.refused(
            faults,
            about: original,
            by: own,
            identifier: identifiers.next(),
            moment: original.moment
        )
        return try deposit(notice, by: own)
    }

    func infected(_ original: OriginalMessage, virus: String) throws(SandboxError) -> Deposit {
        let notice = CertifiedNotice.infected(
            virus,
            about: original,
            by: own,
            identifier: identifiers.next(),
            moment: original.moment
        )
        return try deposit(notice, by: own)
    }

    /// Within one provider nobody takes a message in charge.
    func taken(
        _ recipient: AddrSpec,
        _ original: OriginalMessage,
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit] {
        guard let peer = peers[recipient.domain.lowercased()] else { return [] }
        let notice = CertifiedNotice.taken(
            [recipient],
            about: original,
            to: own.provider.serviceAddress,
            identifier: identifiers.next(),
            moment: moment
        )
        return [try deposit(notice, by: peer)]
    }

    func delivered(
        _ recipient: AddrSpec,
        _ original: OriginalMessage,
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit] {
        let notice = CertifiedNotice.delivered(
            recipient,
            about: original,
            identifier: identifiers.next(),
            moment: moment
        )
        return try taken(recipient, original, at: moment) + [try deposit(notice, by: composer(for: recipient))]
    }

    /// The recipient's provider tells of its mailboxes and of viruses, the sender's of domains, time and, again, viruses.
    func undelivered(
        _ fault: DeliveryFault,
        _ recipient: AddrSpec,
        _ original: OriginalMessage,
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit] {
        let isTheirs = fault == .unknownBox || fault == .fullBox || fault == .disabledBox
        let teller = isTheirs ? composer(for: recipient) : own
        let notice = CertifiedNotice.undelivered(
            fault,
            recipient,
            about: original,
            by: teller,
            identifier: identifiers.next(),
            moment: moment
        )
        guard fault == .virus else { return [try deposit(notice, by: teller)] }
        let finder = composer(for: recipient)
        let detection = CertifiedNotice.detected(
            recipient,
            about: original,
            by: finder,
            to: own.provider.serviceAddress,
            identifier: identifiers.next(),
            moment: moment
        )
        return [try deposit(detection, by: finder), try deposit(notice, by: teller)]
    }

    /// Certified mail says nothing of ordinary mailboxes.
    func sentOut(_ recipient: AddrSpec, _ original: OriginalMessage) throws(SandboxError) -> [Deposit] { [] }

    func received(_ original: OriginalMessage, for address: AddrSpec, anomaly: String) throws(SandboxError) -> Deposit {
        var notice = CertifiedNotice(
            .anomaly,
            about: original,
            identifier: original.identifier,
            moment: original.moment
        )
        notice.anomaly = anomaly
        return Deposit(
            label: .certified(.anomaly),
            octets: try own.compose(notice),
            address: address,
            reversePath: original.sender
        )
    }

    private func composer(for recipient: AddrSpec) -> NoticeComposer { peers[recipient.domain.lowercased()] ?? own }

    private func deposit(_ notice: CertifiedNotice, by composer: NoticeComposer) throws(SandboxError) -> Deposit {
        Deposit(
            label: .certified(notice.kind),
            octets: try composer.compose(notice),
            address: notice.addressee ?? notice.original.sender,
            reversePath: composer.provider.serviceAddress
        )
    }
}
