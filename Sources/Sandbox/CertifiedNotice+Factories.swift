// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

extension CertifiedNotice {
    /// The notice to the sender that a message did not reach `recipient`, in the words of `composer`'s provider.
    public static func undelivered(
        _ fault: DeliveryFault,
        _ recipient: AddrSpec,
        about original: OriginalMessage,
        by composer: NoticeComposer,
        identifier: String,
        moment: Timestamp
    ) -> CertifiedNotice {
        var notice = CertifiedNotice(fault.kind, about: original, identifier: identifier, moment: moment)
        notice.concerned = recipient
        notice.failure = fault.failure(in: composer.dialect)
        notice.detail = composer.dialect.detail(fault.code, composer.provider.name, fault.words)
        return notice
    }

    /// The notice to the sender that the access point did not take a message, for formal faults: each is named.
    public static func refused(
        _ faults: [String],
        about original: OriginalMessage,
        by composer: NoticeComposer,
        identifier: String,
        moment: Timestamp
    ) -> CertifiedNotice {
        var notice = CertifiedNotice(.nonAcceptance, about: original, identifier: identifier, moment: moment)
        notice.failure = .other
        let words = "Sono state riscontrate le seguenti anomalie:\n" + faults.map { " - \($0)" }.joined(separator: "\n")
        notice.detail = composer.dialect.detail("5.6.0", composer.provider.name, words)
        return notice
    }

    /// The notice to the sender that the access point did not take a message, for the virus `name`.
    public static func infected(
        _ name: String,
        about original: OriginalMessage,
        by composer: NoticeComposer,
        identifier: String,
        moment: Timestamp
    ) -> CertifiedNotice {
        var notice = CertifiedNotice(.nonAcceptance, about: original, identifier: identifier, moment: moment)
        notice.failure = .virus
        let words = "\(DeliveryFault.virus.words): \(name)"
        notice.detail = composer.dialect.detail(DeliveryFault.virus.code, composer.provider.name, words)
        return notice
    }

    /// The notice between providers that a virus was found in a message for `recipient`.
    public static func detected(
        _ recipient: AddrSpec,
        about original: OriginalMessage,
        by composer: NoticeComposer,
        to service: AddrSpec,
        identifier: String,
        moment: Timestamp
    ) -> CertifiedNotice {
        var notice = undelivered(
            .virus,
            recipient,
            about: original,
            by: composer,
            identifier: identifier,
            moment: moment
        )
        .renamed(.virusDetection)
        notice.addressee = service
        return notice
    }

    /// The receipt between providers that the recipient's one has taken a message in charge.
    public static func taken(
        _ recipients: [AddrSpec],
        about original: OriginalMessage,
        to service: AddrSpec,
        identifier: String,
        moment: Timestamp
    ) -> CertifiedNotice {
        var notice = CertifiedNotice(.takeCharge, about: original, identifier: identifier, moment: moment)
        notice.takenInCharge = recipients
        notice.addressee = service
        return notice
    }

    /// The receipt that `recipient` has the message.
    public static func delivered(
        _ recipient: AddrSpec,
        about original: OriginalMessage,
        identifier: String,
        moment: Timestamp
    ) -> CertifiedNotice {
        var notice = CertifiedNotice(.delivery, about: original, identifier: identifier, moment: moment)
        notice.concerned = recipient
        return notice
    }

    /// The same with another kind.
    private func renamed(_ kind: NoticeKind) -> CertifiedNotice {
        var notice = CertifiedNotice(kind, about: original, identifier: identifier, moment: moment)
        notice.failure = failure
        notice.detail = detail
        return notice
    }
}
