// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// One notice about one message: a receipt, a refusal or a transport envelope (RFC 6109 §3; FORMATS §1.4).
public struct CertifiedNotice: Sendable {
    /// What it says.
    public let kind: NoticeKind
    /// The message it is about.
    public let original: OriginalMessage
    /// Its own Message-ID without angle brackets; a transport envelope has the provider's for its original, an anomaly envelope the
    /// original's own or none.
    public let identifier: String
    /// When it is issued.
    public let moment: Timestamp
    /// What went wrong.
    public var failure = NoticeFailure.nothing
    /// The words for it (errore-esteso).
    public var detail: String?
    /// The recipient that a delivery or non-delivery is about (consegna).
    public var concerned: AddrSpec?
    /// The recipients that a taking in charge is about (ricezione).
    public var takenInCharge: [AddrSpec] = []
    /// The address that the notice goes to, where it is not the sender of the original: a provider's service address.
    public var addressee: AddrSpec?
    /// What the incoming point found wrong with the message that an anomaly envelope wraps.
    public var anomaly = "il messaggio non è di posta certificata"

    /// A notice.
    public init(_ kind: NoticeKind, about original: OriginalMessage, identifier: String, moment: Timestamp) {
        self.kind = kind
        self.original = original
        self.identifier = kind == .transportEnvelope ? original.identifier : identifier
        self.moment = moment
    }

    /// The receipt type that the certification data states: for a recipient in Cc always `sintetica` (FORMATS §1.8).
    var receiptType: ReceiptType? {
        switch kind {
        case .transportEnvelope: original.receiptType
        case .delivery:
            original.recipients.contains { $0.address == concerned && $0.isPrimary } ? original.receiptType : .concise
        case .acceptance, .nonAcceptance, .takeCharge, .nonDelivery, .nonDeliveryWarning, .virusDetection,
            .anomaly:
            nil
        }
    }

    /// True when the original is attached.
    var returnsOriginal: Bool {
        if kind == .anomaly { return true }
        return switch receiptType {
        case .complete, .brief: true
        case .concise: kind == .transportEnvelope
        case nil: false
        }
    }
}
