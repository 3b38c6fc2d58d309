// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What a check of a signature found: the digest and the chain, each judged for itself.
public struct SignatureFinding: Equatable, Sendable {
    /// The judgement, in the words of `inspect`.
    public enum State: String, CaseIterable, Sendable {
        /// The digest is right, and the chain was trusted when it was signed.
        case valid
        /// The digest is right; the chain is not trusted.
        case untrusted
        /// The digest or the signature does not hold.
        case invalid
        /// There is no signature that could be read.
        case missing
    }

    /// The judgement.
    public var state = State.missing
    /// The first e-mail address of the signer's certificate; nil without certificate or address.
    public var signer: String?
    /// The digest algorithm, lower case: `sha1`, `sha256`.
    public var digest: String?
    /// When the signer says that it signed.
    public var signingTime: Timestamp?
    /// Why the chain is not trusted, in OpenSSL's words; nil when it is, or was not looked at.
    public var chainProblem: String?
    /// Why the signature does not hold; nil when it does.
    public var digestProblem: String?

    /// The finding where there is no signature.
    public init() {}
}
