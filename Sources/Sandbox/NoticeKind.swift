// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a certified provider says in one notice, in the words of `X-Ricevuta` and `X-Trasporto` (RFC 6109 §3, FORMATS §1.4).
public enum NoticeKind: String, CaseIterable, Sendable {
    /// Ricevuta di accettazione (RFC 6109 §3.1.2).
    case acceptance = "accettazione"
    /// Avviso di non accettazione, for formal errors or a virus (RFC 6109 §3.1.3).
    case nonAcceptance = "non-accettazione"
    /// Busta di trasporto (RFC 6109 §3.1.4).
    case transportEnvelope = "posta-certificata"
    /// Ricevuta di presa in carico, between providers (RFC 6109 §3.2.1).
    case takeCharge = "presa-in-carico"
    /// Ricevuta di avvenuta consegna (RFC 6109 §3.3.2).
    case delivery = "avvenuta-consegna"
    /// Avviso di mancata consegna (RFC 6109 §3.3.3).
    case nonDelivery = "errore-consegna"
    /// Avviso di mancata consegna per superamento dei tempi massimi, after 12 and after 24 hours (RFC 6109 §3.1.6).
    case nonDeliveryWarning = "preavviso-errore-consegna"
    /// Avviso di rilevazione virus, between providers (RFC 6109 §3.2.3).
    case virusDetection = "rilevazione-virus"
    /// Busta di anomalia: ordinary mail or a broken envelope, wrapped by the incoming point; it has no certification data
    /// (RFC 6109 §3.2.2).
    case anomaly = "errore"

    /// The kinds that have certification data.
    public static let certified = allCases.filter { $0 != .anomaly }

    /// What stands before the subject of the original.
    func subjectPrefix(_ failure: NoticeFailure) -> String {
        switch (self, failure) {
        case (.acceptance, _): "ACCETTAZIONE"
        case (.nonAcceptance, .virus): "AVVISO DI NON ACCETTAZIONE PER VIRUS"
        case (.nonAcceptance, _): "AVVISO DI NON ACCETTAZIONE"
        case (.transportEnvelope, _): "POSTA CERTIFICATA"
        case (.takeCharge, _): "PRESA IN CARICO"
        case (.delivery, _): "CONSEGNA"
        case (.nonDelivery, .virus): "AVVISO DI MANCATA CONSEGNA PER VIRUS"
        case (.nonDelivery, _): "AVVISO DI MANCATA CONSEGNA"
        case (.nonDeliveryWarning, _): "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO"
        case (.virusDetection, _): "PROBLEMA DI SICUREZZA"
        case (.anomaly, _): "ANOMALIA MESSAGGIO"
        }
    }
}
