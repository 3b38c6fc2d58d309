// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Something in a message that is not as the standard has it, which was tolerated.
public struct Warning: Hashable, Sendable, CustomStringConvertible {
    /// What was found.
    public enum Code: String, CaseIterable, Sendable {
        /// The fields of the header and the certification data name different kinds: the message is suspect.
        case kindDisagrees = "kind-disagrees"
        /// `X-Ricevuta`, `X-Trasporto` or `REM-MessageType` has a value of no standard.
        case unknownKind = "unknown-kind"
        /// A field that decides the kind stands more than once, or beside another one that excludes it.
        case contradictoryFields = "contradictory-fields"
        /// Certification data in a message whose header says nothing of certified mail.
        case unannouncedData = "unannounced-data"
        /// The header and the certification data name different client identifiers.
        case messageIDDisagrees = "message-id-disagrees"
        /// The header section is longer than is read.
        case headerTruncated = "header-truncated"
        /// A certified kind without multipart/signed around it.
        case notSigned = "not-signed"
        /// The signed message is the first part of another multipart: what stands beside it, and the fields above, are by somebody else.
        case wrapped = "wrapped"
        /// The signed message ends before its signature.
        case signatureMissing = "signature-missing"
        /// The signature is longer than is read, or not base 64.
        case signatureDamaged = "signature-damaged"
        /// multipart/signed has more than two parts; what follows the signature is not signed.
        case partsAfterSignature = "parts-after-signature"
        /// A multipart has no boundary, or never ends.
        case structureDamaged = "structure-damaged"
        /// The signed entity is not multipart/mixed.
        case entityNotMixed = "entity-not-mixed"
        /// No certification data among the direct children of the signed entity, where the kind calls for it.
        case dataMissing = "data-missing"
        /// More than one part holds certification data; the first one is shown, and the message is suspect.
        case dataRepeated = "data-repeated"
        /// The part with the certification data has another name, or none.
        case dataUnnamed = "data-unnamed"
        /// The certification data are longer than is read: the rest is cut off.
        case dataTooLong = "data-too-long"
        /// The certification data end early, or reading them stopped at a limit.
        case dataIncomplete = "data-incomplete"
        /// The transfer encoding of the certification data has octets that do not belong to it.
        case transferEncodingDamaged = "transfer-encoding-damaged"
        /// The certification data are not in the character set that they declare.
        case charsetWrong = "charset-wrong"
        /// Characters stand before the XML declaration.
        case leadingText = "leading-text"
        /// A document type declaration, which is never followed.
        case documentType = "document-type"
        /// A processing instruction, which is never followed.
        case processingInstruction = "processing-instruction"
        /// An entity that XML does not predefine, kept as it is written.
        case unknownEntity = "unknown-entity"
        /// Markup that is not well formed.
        case malformedMarkup = "malformed-markup"
        /// Text between elements.
        case strayText = "stray-text"
        /// An element or attribute value that the standard does not have.
        case unknownVocabulary = "unknown-vocabulary"
        /// An element that stands once stands again; the first one counts.
        case elementRepeated = "element-repeated"
        /// An element that the standard demands is missing or empty.
        case elementMissing = "element-missing"
        /// The time is missing or cannot be read.
        case timeUnreadable = "time-unreadable"
        /// An address field of the header cannot be read by the grammar of RFC 5322.
        case addressSyntax = "address-syntax"
        /// A receipt type that the standard does not have.
        case unknownReceiptType = "unknown-receipt-type"
        /// The signer's certificate does not name the address of From.
        case signerNotFrom = "signer-not-from"
        /// The chain ends in a root of the public, and the signer's domain is no provider's.
        case signerNotProvider = "signer-not-provider"
        /// More warnings than are kept.
        case more = "more"
    }

    /// What was found.
    public let code: Code
    /// Where, or what exactly; may hold words of the message, without control characters, at most 200 characters.
    public let detail: String

    /// Codes of a message whose parts contradict each other, or that lacks what it certifies. The header of a message is not signed: without
    /// certification data below the signature it alone would speak.
    static let suspect: Set<Code> = [
        .kindDisagrees, .contradictoryFields, .notSigned, .signatureMissing, .dataMissing, .dataRepeated, .wrapped,
    ]

    init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = String(detail.printable.prefix(200))
    }

    /// `code: detail`.
    public var description: String { "\(code.rawValue): \(detail)" }
}
