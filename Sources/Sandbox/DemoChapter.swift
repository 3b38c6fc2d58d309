// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// A part of the demo's story: one PEC, and what becomes of it.
enum DemoChapter: CaseIterable {
    /// It is delivered.
    case success
    /// The provider does not accept it.
    case refusal
    /// It is accepted, and does not get into the mailbox.
    case failure

    /// What the chapter shows.
    var title: String {
        switch self {
        case .success: "A PEC that is delivered"
        case .refusal: "A PEC that the provider refuses: it has taken the message, and says no by mail"
        case .failure: "A PEC that is accepted and does not arrive: the recipient's mailbox is full"
        }
    }

    /// Who the PEC is for.
    var recipient: AddrSpec {
        switch self {
        case .success: DemoWorld.supplier
        case .refusal: DemoWorld.closedBox
        case .failure: DemoWorld.fullBox
        }
    }

    /// Its subject.
    var subject: String {
        switch self {
        case .success: "Ordine n. 42: perché la ceralacca è rossa"
        case .refusal: "Richiesta di offerta n. 43"
        case .failure: "Sollecito n. 44"
        }
    }

    /// Its text.
    var text: String {
        switch self {
        case .success: "Spett.le Fornitore,\n\nconfermiamo l'ordine n. 42.\n\nMario Rossi\nAzienda S.r.l."
        case .refusal: "Spett.le Ufficio,\n\nchiediamo un'offerta.\n\nMario Rossi\nAzienda S.r.l."
        case .failure: "Spett.le Cliente,\n\nsollecitiamo il pagamento.\n\nMario Rossi\nAzienda S.r.l."
        }
    }

    /// What must have happened before the next chapter.
    var steps: [DemoStep] {
        switch self {
        case .success: [.handedOver, .submitted, .acceptance, .transportEnvelope, .delivery]
        case .refusal: [.refusal]
        case .failure: [.failureAcceptance, .failure]
        }
    }

    /// The state that the gateway's tracking has for it in the end, and the step that this is.
    var end: (state: String, step: DemoStep) {
        switch self {
        case .success: ("delivered", .knownDelivered)
        case .refusal: ("refused", .knownRefused)
        case .failure: ("failed", .knownFailed)
        }
    }

    /// The step that the arrival of a message in one of these mailboxes is; nil for one that the story does not wait for.
    static func step(_ message: ExchangeMessage) -> DemoStep? {
        let addresses = Set(message.envelope.recipients.map(\.forwardPath))
        let chapter = allCases.first { message.subject.hasSuffix($0.subject) }
        let isSenders = addresses.contains(DemoWorld.buyerMailbox)
        switch (chapter, message.kind) {
        case (.success, .acceptance) where isSenders: return .acceptance
        case (.success, .delivery) where isSenders: return .delivery
        case (.success, .transportEnvelope) where addresses.contains(DemoWorld.supplierMailbox):
            return .transportEnvelope
        case (.refusal, .nonAcceptance) where isSenders: return .refusal
        case (.failure, .acceptance) where isSenders: return .failureAcceptance
        case (.failure, .nonDelivery) where isSenders: return .failure
        case (.success, _), (.refusal, _), (.failure, _), (nil, _): return nil
        }
    }
}
