// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How one provider writes what RFC 6109 leaves open, and where it departs from it (FORMATS §1.5, §1.6, §2.1).
///
/// A reader that generalises gets the same facts out of every dialect.
public struct ProviderDialect: Hashable, Sendable, CustomStringConvertible {
    /// The words for people.
    public enum TextForm: Sendable {
        /// A bare text/plain.
        case plain
        /// multipart/alternative of text/plain and text/html.
        case alternative
    }

    /// How `daticert.xml` is attached.
    public enum DataForm: Sendable {
        /// Base 64, `inline`, its name in quotes.
        case encodedInline
        /// 7bit, `attachment`, its name without quotes behind a charset parameter.
        case plainAttachment
    }

    /// Where text stands in front of the first boundary.
    public enum Preamble: Sendable {
        /// In every notice.
        case always
        /// In transport envelopes alone.
        case envelopes
        /// Nowhere.
        case never
    }

    /// What boundaries look like.
    public enum BoundaryStyle: Sendable {
        /// Dashes in front, in quotes.
        case dashes
        /// As JavaMail writes them.
        case javaMail
        /// A bare token, without quotes.
        case token
        /// Each outer boundary begins with the inner one: legal, because the inner multipart has ended by then (RFC 2046 §5.1.1).
        case nested
    }

    /// How `micalg` names the digest.
    public enum DigestSpelling: Sendable {
        /// As RFC 8551 §3.5.3.2 registers them: `sha-256`, `sha1`.
        case registered
        /// The registered name in quotes.
        case quoted
        /// `"SHA256"`, `"SHA1"`.
        case upperCase
        /// `sha256`, `sha1`.
        case joined
    }

    /// How `errore-esteso` is put together.
    public enum DetailStyle: Sendable {
        /// `5.1.1 - Provider - words`.
        case dashes
        /// `5.1.1, Provider, words`.
        case commas
        /// Words alone.
        case words
    }

    /// What the dialect is called here.
    public let name: String
    /// The words for people.
    public var text = TextForm.plain
    /// How `daticert.xml` is attached.
    public var data = DataForm.encodedInline
    /// Whether `daticert.xml` stands in front of `postacert.eml`: RFC 6109 leaves the order free.
    public var isDataFirst = true
    /// Whether `postacert.eml` declares its transfer encoding.
    public var declaresOriginalEncoding = true
    /// Whether multipart entities declare `binary`.
    public var declaresBinary = false
    /// The text in front of the first boundary.
    public var preamble = Preamble.always
    /// What boundaries look like.
    public var boundaries = BoundaryStyle.dashes
    /// How `micalg` names the digest.
    public var digestSpelling = DigestSpelling.registered
    /// The digest of its signatures.
    public var digest = NoticeSigner.Digest.sha256
    /// Media type of the signature, and `protocol`.
    public var signatureType = "application/x-pkcs7-signature"
    /// How it writes the XML.
    public var certification = CertificationStyle()
    /// How it writes `errore-esteso`.
    public var detail = DetailStyle.dashes
    /// What `errore` says of a mailbox that does not exist.
    public var unknownBox = NoticeFailure.unknownRecipient
    /// How it spells the field with the receipt type.
    public var receiptTypeField = "X-TipoRicevuta"
    /// Whether receipts carry `X-REM-Subject` too.
    public var repeatsREMSubject = false
    /// Whether anomaly envelopes are signed.
    public var signsAnomalies = true

    /// A dialect; all is as RFC 6109 and most providers have it until it is changed.
    public init(_ name: String) {
        self.name = name
    }

    /// Its name.
    public var description: String { name }

    /// The value of `micalg`.
    func micalg(_ digest: NoticeSigner.Digest) -> String {
        switch digestSpelling {
        case .registered: digest.registeredName
        case .quoted: "\"\(digest.registeredName)\""
        case .upperCase: "\"\(digest.rawValue.uppercased())\""
        case .joined: digest.rawValue
        }
    }

    /// The boundary of the multipart at a depth, 0 for the outermost and 2 for the innermost, from a token that is in no message.
    func boundary(_ depth: Int, _ token: String) -> String {
        switch boundaries {
        case .dashes: depth == 0 ? "----\(token)" : "----------=_\(token)-\(depth)"
        case .javaMail: "----=_Part_\(depth)_\(token).\(depth)"
        case .token: "\(token)\(depth)"
        case .nested: "=_\(token)" + String(repeating: ":out", count: 2 - depth)
        }
    }

    /// `boundary` as a parameter.
    func boundaryParameter(_ depth: Int, _ token: String) -> String {
        let boundary = boundary(depth, token)
        return boundaries == .token ? "boundary=\(boundary)" : "boundary=\"\(boundary)\""
    }
}
