// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a message is to certified mail, and what it says: the facts behind `inspect` and tracking.
///
/// The values come from the certification data or the evidence where there are any, else from the top-level header; never from the text for
/// people (RFC 6109 §2.1: software reads the XML alone). Nothing here says that the signature holds: see `structure`.
public struct CertifiedMessage: Equatable, Sendable {
    /// What the message is.
    public internal(set) var kind = MessageKind.ordinary
    /// What went wrong, in the words of PEC; nil where nothing says so.
    public internal(set) var failure: CertificationFailure?
    /// Who sent the message that this is about.
    public internal(set) var sender: String?
    /// Its recipients.
    public internal(set) var recipients: [CertifiedRecipient] = []
    /// Its own subject, without what providers put in front, encoded words decoded.
    public internal(set) var subject: String?
    /// The provider that issued this.
    public internal(set) var provider: String?
    /// The provider's identifier of the message that this is about, without angle brackets.
    public internal(set) var identifier: String?
    /// The identifier that the sender's client gave to that message, without angle brackets.
    public internal(set) var messageID: String?
    /// When it happened.
    public internal(set) var time: CertifiedTime?
    /// How much of the original the receipt returns, or the envelope asks for.
    public internal(set) var receiptType: ReceiptType?
    /// The one address that was delivered to, or not.
    public internal(set) var deliveredTo: String?
    /// The addresses that a receipt is about: `deliveredTo`, those taken in charge, or those of a REM evidence; empty for the message as a whole.
    public internal(set) var concerned: [String] = []
    /// Why it was not taken or not delivered.
    public internal(set) var failureDetail: FailureDetail?
    /// Of a `preavviso-errore-consegna`, which of the two it is; nil for other kinds.
    public internal(set) var timeoutStage: TimeoutStage?
    /// The identifier of this message itself: of the receipt, the envelope. Receipts are told apart by it.
    public internal(set) var ownMessageID: String?
    /// The address of the From field: what the signer's certificate must name.
    public internal(set) var from: String?
    /// True when the header marks a security problem (`X-VerificaSicurezza: errore`) or the data name a virus.
    public internal(set) var isVirusNotice = false
    /// The certification data as they were read; nil without.
    public internal(set) var certification: CertificationData?
    /// The REM evidence as it was read; nil without.
    public internal(set) var evidence: REMEvidence?
    /// The event of a REM message: `ContentConsignment`; nil for others.
    public internal(set) var remEvent: String?
    /// Where the signed entity and the signature lie; nil when the message is not multipart/signed.
    public internal(set) var structure: SignedStructure?
    /// Octets of the whole message.
    public internal(set) var octets = 0
    /// What is not as the standard has it.
    public internal(set) var warnings: [Warning] = []

    /// True when the parts of the message contradict each other, or when what it certifies is missing: tracking must not believe it. It counts
    /// though its warning is not among those that are kept.
    public internal(set) var isSuspect = false

    /// `error_detail` of `inspect`: the words as they were written; of REM the code, the name and the words.
    public var failureText: String? {
        if let failureDetail { return failureDetail.raw }
        guard let evidence, failure != CertificationFailure.none else { return nil }
        let lines = evidence.reasons.map { reason in
            [reason.code, reason.name, reason.text].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " - ")
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}
