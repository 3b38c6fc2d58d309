// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A reason of REM (ETSI EN 319 522-2, table of event reasons): `RB22`, its name, and words.
public struct REMReason: Equatable, Sendable {
    /// `RA01` and the like; nil when only the name is given and it is not known.
    public let code: String?
    /// The last part of the URI: `MessageAccepted`.
    public let name: String
    /// The words of the provider; nil without any.
    public let text: String?

    init(code: String?, name: String, text: String?) {
        self.code = code ?? Self.codes[name]
        self.name = name
        self.text = text
    }

    /// What the reason comes to in the words of PEC.
    public var failure: CertificationFailure {
        switch code {
        case "RA01", "RB01", "RD01", "RF01", "RF04": .none
        case "RA03", "RB03": .virus
        case "RB10", "RB21", "RD21": .unknownRecipient
        case "RB08": .unknownDomain
        default: .other
        }
    }

    /// The codes of the names that the Italian examples use.
    private static let codes: [String: String] = [
        "MessageAccepted": "RA01", "InvalidMessageFormat": "RA02", "MalwareFound": "RA03",
        "S_ERDS_PolicyViolation": "RA05", "S_ERDS_Malfunction": "RA51", "S_ERDS_MessageSuccessfullyRelayed": "RB01",
        "R_ERDS_MessageRejected": "RB02", "R_ERDS_MessageRejectedForMalware": "RB03",
        "R_ERDS_MessageRejectedForInvalidSignature": "RB04", "R_ERDS_MessageRejectedForInvalidCertificate": "RB05",
        "R_ERDS_PolicyViolation": "RB06", "R_ERDS_Malfunction": "RB07", "R_ERDS_NotIdentified": "RB08",
        "R_ERDS_Unreachable": "RB09", "UnknownRecipient": "RB10", "MessageNotAcceptedForUnregisteredRecipient": "RB21",
        "S_ERDSP_ReceivedNoRelayAcceptanceInfoFromR_ERDSP": "RB22", "MessageConsignedToRecipient": "RD01",
        "S_ERDSP_ReceivedNoDeliveryInfoFromR_ERDSP": "RD03", "MessageNotConsignedForQuota": "RD04",
        "MessageNotConsignedForMalfunction": "RD05", "MessageNotConsignedForUnallowedType": "RD06",
        "MessageNotConsignedForUnregisteredRecipient": "RD21", "MessageRelayedToNonERDS": "RF01",
        "ExternalSystemUnreachable": "RF02", "MessageRejectedByExternalSystem": "RF03",
        "MessageReceivedFromNonERDS": "RF04", "RelayToNonERDSNotAllowed": "RF51",
    ]
}
