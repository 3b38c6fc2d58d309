// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Where the parts of a multipart/signed message lie (RFC 8551 §3.5.3), so that the signature can be checked over the octets as they came.
public struct SignedStructure: Equatable, Sendable {
    /// Octets of the signature that are kept, in DER.
    public static let maximumSignatureOctets = 262_144

    /// `protocol` of the Content-Type field, lower case.
    public internal(set) var signatureProtocol: String?
    /// `micalg`, as it is written; what counts is the digest that the signature names.
    public internal(set) var announcedDigest: String?
    /// The signed entity: offsets in the message, its header included, the line end before the boundary not; nil when it never ends.
    public internal(set) var entity: Range<Int>?
    /// The body of `postacert.eml` or of a dispatch's original, as an offset range in the message; nil without one.
    public internal(set) var original: Range<Int>?
    /// The signature, decoded; nil without one.
    public internal(set) var signature: [UInt8]?
    /// True when the multipart/signed is the first part of another multipart, as lists and disclaimers make of it.
    public internal(set) var isWrapped = false
    /// True when a line of the signed entity ends with LF alone: its digest is over CRLF (RFC 8551 §3.1.1).
    public internal(set) var hasBareLineFeeds = false
}
