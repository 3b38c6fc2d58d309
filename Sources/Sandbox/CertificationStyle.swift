// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How a provider writes `daticert.xml`.
public struct CertificationStyle: Hashable, Sendable {
    /// Lines end with CRLF.
    public var hasCarriageReturns = false
    /// Characters beyond ASCII are written as references.
    public var isASCII = false
    /// An element without content has two tags.
    public var hasPairedTags = false
    /// `risposte` is there, and empty.
    public var hasEmptyReplyTo = false
    /// There is no `msgid`.
    public var omitsMessageID = false
    /// Attributes with their default value are left out.
    public var omitsDefaults = false
    /// A byte order mark stands in front.
    public var hasByteOrderMark = false
    /// A letter stands between two elements.
    public var hasStrayText = false
    /// A stylesheet and a document type with addresses on the network stand in front.
    public var hasDocumentType = false
    /// The document type declares entities that are files and one another; the subject refers to them.
    var hasEntities = false
    /// The document says UTF-8 and is ISO-8859-1.
    var hasWrongCharset = false

    /// As most providers write.
    public init() {}
}
