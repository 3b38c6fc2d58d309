// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
import NIOCore

/// A message that a provider's access point took, with what all notices about it say.
public struct OriginalMessage: Sendable {
    /// A recipient of the envelope.
    public struct Recipient: Hashable, Sendable {
        /// The address as the envelope has it.
        public let address: AddrSpec
        /// Whether it belongs to a certified domain (`certificato`), or not (`esterno`).
        public let isCertified: Bool
        /// Whether To names it; Cc otherwise.
        public let isPrimary: Bool
    }

    /// The reverse-path: who sent it, and who gets its receipts.
    public let sender: AddrSpec
    /// The recipients of the envelope.
    public let recipients: [Recipient]
    /// The message as it was submitted.
    public let octets: [UInt8]
    /// Its header section.
    public let header: HeaderSection
    /// The provider's own identifier without angle brackets (identificativo).
    public let identifier: String
    /// When the access point took it.
    public let moment: Timestamp

    /// A message; `isCertified` says whether a domain, in lower case, belongs to a certified provider.
    public init(
        envelope: Envelope,
        sender: AddrSpec,
        octets: [UInt8],
        identifier: String,
        moment: Timestamp,
        isCertified: (String) -> Bool
    ) {
        // Sent by BDAT, the last line may lack its line end; the parts of a notice cannot.
        let octets = octets.suffix(2) == [0x0D, 0x0A] ? octets : octets + [0x0D, 0x0A]
        let header = HeaderSection(ByteBuffer(bytes: octets))
        let primary = FormalCheck.addresses(of: header.all("To"))
        self.sender = sender
        self.octets = octets
        self.header = header
        self.identifier = identifier
        self.moment = moment
        recipients = envelope.recipients.map { recipient in
            let address = recipient.forwardPath
            return Recipient(
                address: address,
                isCertified: isCertified(address.domain.lowercased()),
                isPrimary: primary.contains(address.comparisonKey)
            )
        }
    }

    /// The identifier that the sender's program gave, with its angle brackets as written; nil without one.
    public var clientMessageID: String? { header.first("Message-ID") }
    /// The subject as it is shown.
    public var subject: String { EncodedWord.decode(header.first("Subject") ?? "") }
    /// Where replies go: Reply-To, or the sender.
    public var replyTo: String { header.first("Reply-To") ?? sender.description }
    /// The receipt type that the sender asked for.
    public var receiptType: ReceiptType { ReceiptType(fieldBody: header.first("X-TipoRicevuta")) }

    /// `postacert.eml`: the original with the provider's Message-ID in place of the sender's, which stays in
    /// X-Riferimento-Message-ID (RFC 6109 §3.1.4; FORMATS §1.2).
    public var certified: [UInt8] { rewritten(reference: "X-Riferimento-Message-ID") }

    /// The original with the provider's Message-ID, and the client's in the field `reference`.
    func rewritten(reference: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + 200)
        for field in header.fields where !field.isNamed("Message-ID") && !field.isNamed(reference) {
            result += octets[field.range]
        }
        result += FieldWriter.field("Message-ID", "<\(identifier)>").utf8
        if let clientMessageID { result += FieldWriter.field(reference, clientMessageID).utf8 }
        let body = octets[header.octets...]
        return result + [0x0D, 0x0A] + body
    }
}
