// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why it happened, by the names and codes of REM (FORMATS §2.7).
public enum RegisteredReason: String, CaseIterable, Sendable {
    /// Taken.
    case messageAccepted = "MessageAccepted"
    /// Its format is not in order.
    case invalidMessageFormat = "InvalidMessageFormat"
    /// The sender's provider found a virus.
    case malwareFound = "MalwareFound"
    /// Against the policy of the sender's provider.
    case senderPolicy = "S_ERDS_PolicyViolation"
    /// Relayed.
    case relayed = "S_ERDS_MessageSuccessfullyRelayed"
    /// The recipient's provider found a virus.
    case rejectedForMalware = "R_ERDS_MessageRejectedForMalware"
    /// The recipient's provider is not one.
    case notIdentified = "R_ERDS_NotIdentified"
    /// Nothing was heard of the relay in time.
    case noRelayInformation = "S_ERDSP_ReceivedNoRelayAcceptanceInfoFromR_ERDSP"
    /// In the mailbox.
    case consigned = "MessageConsignedToRecipient"
    /// Nothing was heard of the delivery in time.
    case noDeliveryInformation = "S_ERDSP_ReceivedNoDeliveryInfoFromR_ERDSP"
    /// The mailbox is full.
    case quota = "MessageNotConsignedForQuota"
    /// The mailbox is not in use.
    case malfunction = "MessageNotConsignedForMalfunction"
    /// There is no such mailbox.
    case unregisteredRecipient = "MessageNotConsignedForUnregisteredRecipient"
    /// Sent on to an ordinary mailbox.
    case relayedToNonERDS = "MessageRelayedToNonERDS"
    /// The ordinary mailbox cannot be reached.
    case externalUnreachable = "ExternalSystemUnreachable"
    /// Came from an ordinary mailbox.
    case receivedFromNonERDS = "MessageReceivedFromNonERDS"

    /// The code that Italian providers put into the details.
    public var code: String {
        switch self {
        case .messageAccepted: "RA01"
        case .invalidMessageFormat: "RA02"
        case .malwareFound: "RA03"
        case .senderPolicy: "RA05"
        case .relayed: "RB01"
        case .rejectedForMalware: "RB03"
        case .notIdentified: "RB08"
        case .noRelayInformation: "RB22"
        case .consigned: "RD01"
        case .noDeliveryInformation: "RD03"
        case .quota: "RD04"
        case .malfunction: "RD05"
        case .unregisteredRecipient: "RD21"
        case .relayedToNonERDS: "RF01"
        case .externalUnreachable: "RF02"
        case .receivedFromNonERDS: "RF04"
        }
    }

    /// The words.
    var words: String {
        switch self {
        case .messageAccepted: "Message accepted"
        case .invalidMessageFormat: "The format of the message is not valid"
        case .malwareFound: "Malware found in the message"
        case .senderPolicy: "The message violates the policy of the sender's provider"
        case .relayed: "Message successfully relayed"
        case .rejectedForMalware: "The recipient's provider found malware in the message"
        case .notIdentified: "The recipient's provider could not be identified"
        case .noRelayInformation: "No information on the relay was received in time"
        case .consigned: "Message successfully consigned to the recipient"
        case .noDeliveryInformation: "No information on the delivery was received in time"
        case .quota: "The quota of the recipient's mailbox is exceeded"
        case .malfunction: "The recipient's mailbox is not in use"
        case .unregisteredRecipient: "The recipient is not registered"
        case .relayedToNonERDS: "Message relayed to an ordinary mailbox"
        case .externalUnreachable: "The ordinary mail server cannot be reached"
        case .receivedFromNonERDS: "Message received from an ordinary mailbox"
        }
    }
}

extension DeliveryFault {
    /// What REM says of it: the event and the reason; nil for the notice of twelve hours, which REM does not have.
    var registered: (event: RegisteredEvent, reason: RegisteredReason)? {
        switch self {
        case .unknownBox: (.contentConsignmentFailure, .unregisteredRecipient)
        case .fullBox: (.contentConsignmentFailure, .quota)
        case .disabledBox: (.contentConsignmentFailure, .malfunction)
        case .unknownDomain: (.relayFailure, .notIdentified)
        case .virus: (.relayFailure, .rejectedForMalware)
        case .twelveHours: nil
        case .twentyFourHours: (.relayFailure, .noRelayInformation)
        }
    }
}
