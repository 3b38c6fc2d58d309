// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What happened to a message of registered electronic mail (REM; ETSI EN 319 522-1 §6, the events that FORMATS §2.7 lists).
public enum RegisteredEvent: String, CaseIterable, Sendable {
    /// The sender's provider took it: accettazione.
    case submissionAcceptance = "SubmissionAcceptance"
    /// The sender's provider did not take it: non accettazione.
    case submissionRejection = "SubmissionRejection"
    /// The recipient's provider took it: presa in carico, between providers.
    case relayAcceptance = "RelayAcceptance"
    /// The recipient's provider did not take it, between providers.
    case relayRejection = "RelayRejection"
    /// It did not get to the recipient's provider: mancata consegna.
    case relayFailure = "RelayFailure"
    /// It is in the recipient's mailbox: avvenuta consegna.
    case contentConsignment = "ContentConsignment"
    /// It is not in the recipient's mailbox: mancata consegna.
    case contentConsignmentFailure = "ContentConsignmentFailure"
    /// It went to an ordinary mailbox.
    case relayToNonERDS = "RelayToNonERDS"
    /// It did not get to an ordinary mailbox.
    case relayToNonERDSFailure = "RelayToNonERDSFailure"
    /// It came from an ordinary mailbox: anomalia.
    case receivedFromNonERDS = "ReceivedFromNonERDS"

    /// Whether an evidence of it names its recipients by `RelayEvidenceRefersTo`.
    var isAboutRelay: Bool {
        switch self {
        case .relayAcceptance, .relayRejection, .relayFailure, .relayToNonERDS, .relayToNonERDSFailure: true
        case .submissionAcceptance, .submissionRejection, .contentConsignment, .contentConsignmentFailure,
            .receivedFromNonERDS:
            false
        }
    }
}

extension NoticeKind {
    /// The event that a provider names beside a receipt of certified mail; nil where it names none.
    var registeredEvent: RegisteredEvent? {
        switch self {
        case .acceptance: .submissionAcceptance
        case .delivery: .contentConsignment
        case .nonAcceptance, .transportEnvelope, .takeCharge, .nonDelivery, .nonDeliveryWarning, .virusDetection,
            .anomaly:
            nil
        }
    }
}
