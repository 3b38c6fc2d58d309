// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a REM evidence says (ETSI EN 319 522-2), as far as a gateway needs it.
public struct REMEvidence: Equatable, Sendable {
    /// Octets that are read; most of an evidence is its own signature.
    public static let maximumOctets = CertificationData.maximumOctets

    /// The event without its URI: `ContentConsignment`.
    public internal(set) var event: String?
    /// The reasons, in their order.
    public internal(set) var reasons: [REMReason] = []
    /// When it took place, in UTC.
    public internal(set) var time: CertifiedTime?
    /// The provider that issues the evidence.
    public internal(set) var provider: String?
    /// Who sent the message.
    public internal(set) var sender: String?
    /// All recipients of the message, in their order.
    public internal(set) var recipients: [String] = []
    /// The recipients that the evidence is about, as indices into `recipients`; empty when it is about the message as a whole.
    public internal(set) var concerned: [Int] = []
    /// The provider's identifier of the message.
    public internal(set) var identifier: String?
    /// The identifier that the sender's client gave, without angle brackets.
    public internal(set) var messageID: String?
    /// The subject of the message.
    public internal(set) var subject: String?
    /// The identifier of the evidence itself.
    public internal(set) var evidenceIdentifier: String?
    /// The digest of the original in base 64, and the URI of its algorithm.
    public internal(set) var digest: String?
    /// The URI of the algorithm of `digest`.
    public internal(set) var digestAlgorithm: String?
    /// True when the document was read to its end.
    public internal(set) var isComplete = false
}
