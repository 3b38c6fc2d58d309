// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ProviderDialect {
    /// As the standard has it, in its plainest form.
    public static let standard = ProviderDialect("standard")

    /// A large provider's new platform: alternative text, a preamble in envelopes alone, an unknown mailbox is `altro`.
    public static let oak = {
        var dialect = ProviderDialect("oak")
        dialect.text = .alternative
        dialect.preamble = .envelopes
        dialect.declaresBinary = true
        dialect.digestSpelling = .quoted
        dialect.signatureType = "application/pkcs7-signature"
        dialect.certification.hasEmptyReplyTo = true
        dialect.unknownBox = .other
        dialect.repeatsREMSubject = true
        return dialect
    }()

    /// A provider that writes the data as a 7bit attachment with an unquoted name, and `postacert.eml` without encoding.
    public static let linden = {
        var dialect = ProviderDialect("linden")
        dialect.data = .plainAttachment
        dialect.declaresOriginalEncoding = false
        dialect.boundaries = .javaMail
        dialect.digestSpelling = .joined
        dialect.signatureType = "application/pkcs7-signature"
        dialect.certification.hasCarriageReturns = true
        dialect.certification.isASCII = true
        dialect.certification.hasPairedTags = true
        dialect.preamble = .never
        dialect.detail = .commas
        return dialect
    }()

    /// A provider that still signs with SHA-1, and spells field names in its own way.
    public static let cypress = {
        var dialect = ProviderDialect("cypress")
        dialect.text = .alternative
        dialect.digest = .sha1
        dialect.digestSpelling = .upperCase
        dialect.receiptTypeField = "X-Tiporicevuta"
        dialect.certification.hasCarriageReturns = true
        dialect.certification.hasByteOrderMark = true
        dialect.detail = .words
        dialect.signsAnomalies = false
        return dialect
    }()

    /// A provider whose data have no `msgid`, and leave out what is a default.
    public static let beech = {
        var dialect = ProviderDialect("beech")
        dialect.isDataFirst = false
        dialect.boundaries = .nested
        dialect.certification.omitsMessageID = true
        dialect.certification.omitsDefaults = true
        dialect.certification.hasStrayText = true
        dialect.preamble = .never
        dialect.unknownBox = .other
        return dialect
    }()

    /// A provider that declares `binary` on multiparts, and puts the data last.
    public static let pine = {
        var dialect = ProviderDialect("pine")
        dialect.isDataFirst = false
        dialect.declaresBinary = true
        dialect.boundaries = .token
        dialect.digestSpelling = .quoted
        dialect.signatureType = "application/pkcs7-signature"
        dialect.detail = .commas
        dialect.signsAnomalies = false
        return dialect
    }()

    /// A provider whose data point to a stylesheet and a document type on the network.
    public static let willow = {
        var dialect = ProviderDialect("willow")
        dialect.text = .alternative
        dialect.data = .plainAttachment
        dialect.isDataFirst = false
        dialect.boundaries = .javaMail
        dialect.certification.hasDocumentType = true
        dialect.certification.isASCII = true
        dialect.certification.hasCarriageReturns = true
        dialect.digest = .sha1
        dialect.digestSpelling = .quoted
        dialect.detail = .words
        return dialect
    }()

    /// The invented providers, each in the manner of some that exist.
    public static let all = [standard, oak, linden, cypress, beech, pine, willow]
}
