// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What `daticert.xml` certifies (RFC 6109 §4.4), as far as it could be read.
public struct CertificationData: Equatable, Sendable {
    /// Octets that are read; what a provider writes takes a few hundred, and 100 more for each recipient.
    public static let maximumOctets = 1_048_576
    /// Recipients and addresses taken in charge that are kept.
    public static let maximumAddresses = 10_000

    /// `tipo`; nil for a word of no standard.
    public internal(set) var kind: MessageKind?
    /// `errore`; none when the attribute is missing.
    public internal(set) var failure = CertificationFailure.none
    /// `mittente`: who sent the message, by its SMTP envelope.
    public internal(set) var sender: String?
    /// `destinatari`, each with its kind.
    public internal(set) var recipients: [CertifiedRecipient] = []
    /// `risposte`: where replies go.
    public internal(set) var replyTo: String?
    /// `oggetto`, encoded words decoded.
    public internal(set) var subject: String?
    /// `gestore-emittente`: the provider that issues the notice.
    public internal(set) var provider: String?
    /// `data`: when the event took place.
    public internal(set) var time: CertifiedTime?
    /// `identificativo`: the provider's identifier of the message, without angle brackets.
    public internal(set) var identifier: String?
    /// `msgid`: the identifier that the sender's client gave, without angle brackets.
    public internal(set) var messageID: String?
    /// `ricevuta`: in transport envelopes and delivery receipts.
    public internal(set) var receiptType: ReceiptType?
    /// `consegna`: the address delivered to, or not delivered to.
    public internal(set) var deliveredTo: String?
    /// `ricezione`: the addresses taken in charge.
    public internal(set) var takenInCharge: [String] = []
    /// `errore-esteso`: the words.
    public internal(set) var failureDetail: FailureDetail?
    /// True when the document was read to its end.
    public internal(set) var isComplete = false
    /// How the root element writes `tipo`.
    var kindWord: String?
}
