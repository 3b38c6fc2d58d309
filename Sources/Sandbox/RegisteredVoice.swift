// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Speaks registered electronic mail (REM) for all who take part: one provider has both ends of every message.
struct RegisteredVoice: ProviderVoice {
    let composer: RegisteredComposer
    let identifiers: ProviderIdentifiers

    func envelope(_ original: OriginalMessage) throws(SandboxError) -> [UInt8] {
        try composer.compose(RegisteredNotice(dispatching: original))
    }

    func handOver(_ envelope: [UInt8], _ original: OriginalMessage, to address: AddrSpec) -> Deposit {
        Deposit(
            label: .registered(.dispatch, .submissionAcceptance),
            octets: envelope,
            address: address,
            reversePath: original.sender
        )
    }

    func accepted(_ original: OriginalMessage) throws(SandboxError) -> Deposit {
        try receipt(.submissionAcceptance, .messageAccepted, original)
    }

    func refused(_ original: OriginalMessage, faults: [String]) throws(SandboxError) -> Deposit {
        try receipt(.submissionRejection, .invalidMessageFormat, original, words: faults.joined(separator: "; "))
    }

    func infected(_ original: OriginalMessage, virus: String) throws(SandboxError) -> Deposit {
        try receipt(.submissionRejection, .malwareFound, original, words: virus)
    }

    func taken(
        _ recipient: AddrSpec,
        _ original: OriginalMessage,
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit] { [] }

    func delivered(
        _ recipient: AddrSpec,
        _ original: OriginalMessage,
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit] {
        [try receipt(.contentConsignment, .consigned, original, recipient, at: moment)]
    }

    func undelivered(
        _ fault: DeliveryFault,
        _ recipient: AddrSpec,
        _ original: OriginalMessage,
        at moment: Timestamp
    ) throws(SandboxError) -> [Deposit] {
        guard let (event, reason) = fault.registered else { return [] }
        return [try receipt(event, reason, original, recipient, at: moment)]
    }

    func sentOut(_ recipient: AddrSpec, _ original: OriginalMessage) throws(SandboxError) -> [Deposit] {
        [try receipt(.relayToNonERDS, .relayedToNonERDS, original, recipient)]
    }

    func received(_ original: OriginalMessage, for address: AddrSpec, anomaly: String) throws(SandboxError) -> Deposit {
        Deposit(
            label: .registered(.dispatch, .receivedFromNonERDS),
            octets: try composer.compose(RegisteredNotice(dispatching: original, isExternal: true)),
            address: address,
            reversePath: original.sender
        )
    }

    private func receipt(
        _ event: RegisteredEvent,
        _ reason: RegisteredReason,
        _ original: OriginalMessage,
        _ recipient: AddrSpec? = nil,
        at moment: Timestamp? = nil,
        words: String? = nil
    ) throws(SandboxError) -> Deposit {
        var notice = RegisteredNotice(
            event,
            reason,
            about: original,
            concerning: recipient.map { [$0] } ?? [],
            identifier: identifiers.next(),
            moment: moment ?? original.moment
        )
        notice.words = words
        return Deposit(
            label: .registered(.receipt, event),
            octets: try composer.compose(notice),
            address: original.sender,
            reversePath: composer.provider.registeredServiceAddress
        )
    }
}
