// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why a message does not reach a mailbox, or not in time; what `errore-esteso` says of it.
public enum DeliveryFault: String, CaseIterable, Sendable {
    /// There is no such mailbox.
    case unknownBox
    /// The mailbox is full.
    case fullBox
    /// The mailbox is not in use.
    case disabledBox
    /// There is no such domain.
    case unknownDomain
    /// The recipient's provider found a virus.
    case virus
    /// Neither taken in charge nor delivered in twelve hours.
    case twelveHours
    /// Not delivered in twenty-four hours.
    case twentyFourHours

    /// The code in front (RFC 3463), for providers that write one.
    var code: String {
        switch self {
        case .unknownBox: "5.1.1"
        case .fullBox: "5.2.2"
        case .disabledBox: "5.2.1"
        case .unknownDomain: "5.1.2"
        case .virus: "5.5.1"
        case .twelveHours: "4.4.1"
        case .twentyFourHours: "5.4.1"
        }
    }

    /// The words, as providers have them.
    var words: String {
        switch self {
        case .unknownBox: "indirizzo non valido"
        case .fullBox: "ecceduta la quota per la casella del destinatario"
        case .disabledBox: "casella disattivata"
        case .unknownDomain: "dominio inesistente"
        case .virus: "presenza di un virus nel messaggio"
        case .twelveHours: "il messaggio non è stato consegnato nelle prime dodici ore dal suo invio"
        case .twentyFourHours: "il messaggio non è stato consegnato nelle prime ventiquattro ore dal suo invio"
        }
    }

    /// What `errore` says, in the dialect of a provider.
    func failure(in dialect: ProviderDialect) -> NoticeFailure {
        switch self {
        case .unknownBox: dialect.unknownBox
        case .fullBox, .disabledBox, .twelveHours, .twentyFourHours: .other
        case .unknownDomain: .unknownDomain
        case .virus: .virus
        }
    }

    /// The kind of notice that tells the sender.
    var kind: NoticeKind {
        switch self {
        case .unknownBox, .fullBox, .disabledBox, .unknownDomain, .virus: .nonDelivery
        case .twelveHours, .twentyFourHours: .nonDeliveryWarning
        }
    }
}

extension ProviderDialect {
    /// `errore-esteso`: a code, the provider's name and words, as this dialect joins them.
    func detail(_ code: String, _ provider: String, _ words: String) -> String {
        switch detail {
        case .dashes: "\(code) - \(provider) - \(words)"
        case .commas: "\(code), \(provider), \(words)"
        case .words: words
        }
    }
}
