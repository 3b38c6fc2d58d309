// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with a notice: what forgers do, and what careless or old providers do.
public enum NoticeFlaw: String, CaseIterable, Sendable {
    /// Signed by an outsider, whose authority is his own; the certificate names the provider's address.
    case outsider
    /// Signed by an outsider whose authority, certificates and addresses have all the names of the true ones.
    case sameNames
    /// Not signed at all: the entity stands bare.
    case unsigned
    /// multipart/signed with a genuine signature over other octets.
    case otherOctets
    /// Signed by a certificate of the right authority for another address than that of From.
    case otherAddress
    /// A genuine notice under fields that make it a delivery receipt: the fields of the message are not signed.
    case relabelled
    /// A genuine notice about another message under fields that name this one.
    case aboutAnother
    /// Genuine, with a second signed-looking document behind the signature, which nothing covers.
    case appended
    /// Issued by another provider of the same authority, in its own name.
    case otherProvider
    /// Signed with SHA-1: old, and good.
    case sha1
    /// Signed while the certificate held, which since has ended: `NoticeForger.certificateEnd` after the notice.
    case expired
    /// Signed after the certificate had ended.
    case signedAfterExpiry
    /// A signature without signed attributes, signing time included: legal, and rare.
    case noSignedAttributes
    /// Certification data that say UTF-8 and are ISO-8859-1.
    case wrongCharset
    /// Certification data with an external document type, entities that are files, and entities that multiply.
    case entities
    /// Certification data without `msgid`.
    case noMessageID
}
