// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a message is to certified mail, in the words of the wire (RFC 6109 §3, ETSI EN 319 522-3).
public enum MessageKind: String, CaseIterable, Sendable {
    /// Ricevuta di accettazione (RFC 6109 §3.1.2).
    case acceptance = "accettazione"
    /// Avviso di non accettazione, for formal errors or a virus (RFC 6109 §3.1.3).
    case nonAcceptance = "non-accettazione"
    /// Ricevuta di presa in carico, between providers (RFC 6109 §3.2.1).
    case takeCharge = "presa-in-carico"
    /// Ricevuta di avvenuta consegna (RFC 6109 §3.3.2).
    case delivery = "avvenuta-consegna"
    /// Busta di trasporto (RFC 6109 §3.1.4).
    case transportEnvelope = "posta-certificata"
    /// Avviso di mancata consegna (RFC 6109 §3.3.3).
    case nonDelivery = "errore-consegna"
    /// Avviso di mancata consegna per superamento dei tempi massimi, after 12 and after 24 hours (RFC 6109 §3.1.6).
    case nonDeliveryWarning = "preavviso-errore-consegna"
    /// Avviso di rilevazione virus, between providers (RFC 6109 §3.2.3).
    case virusDetection = "rilevazione-virus"
    /// Busta di anomalia: ordinary mail, or a broken envelope, wrapped by the incoming point (RFC 6109 §3.2.2).
    case anomaly = "anomalia"
    /// A message that says nothing of certified mail.
    case ordinary = "ordinaria"
    /// A REM dispatch: what a transport envelope is to PEC.
    case remDispatch = "rem-dispatch"
    /// A REM receipt or notification.
    case remReceipt = "rem-receipt"

    /// The kinds that certification data can be of: the values of `tipo`.
    static let certifiable: Set<Self> = [
        .acceptance, .nonAcceptance, .takeCharge, .delivery, .transportEnvelope, .nonDelivery, .nonDeliveryWarning,
        .virusDetection,
    ]

    /// True for what a provider says about a message: the kinds of `X-Ricevuta`, and REM receipts.
    public var isReceipt: Bool {
        switch self {
        case .acceptance, .nonAcceptance, .takeCharge, .delivery, .nonDelivery, .nonDeliveryWarning, .virusDetection,
            .remReceipt:
            true
        case .transportEnvelope, .anomaly, .ordinary, .remDispatch: false
        }
    }

    /// True for the kinds that a provider signs.
    public var isSigned: Bool { self != .anomaly && self != .ordinary }

    /// True for the kinds of ETSI's registered electronic mail.
    public var isREM: Bool { self == .remDispatch || self == .remReceipt }

    /// The kind of a word of the wire, letters without case; nil for another word.
    init?(word: String) {
        guard let kind = Self(rawValue: word.lowercased()), Self.certifiable.contains(kind) else { return nil }
        self = kind
    }
}
