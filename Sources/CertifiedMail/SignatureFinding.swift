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
        /// The digest or the signature does not hold, or what stands in its place is none.
        case invalid
        /// There is no signature.
        case missing
    }

    /// Where a trusted chain ends.
    public enum Anchor: String, CaseIterable, Sendable {
        /// In a root that the system trusts for anything.
        case system
        /// In the authority of AgID, which certifies providers alone.
        case agid
        /// In a root that the configuration names.
        case configured
    }

    /// The judgement.
    public var state = State.missing
    /// The address in the signer's certificate: the one that is From where there are several, else the first; nil without certificate or address.
    public var signer: String?
    /// All e-mail addresses of the signer's certificate.
    public var addresses: [String] = []
    /// The digest algorithm, lower case: `sha1`, `sha256`.
    public var digest: String?
    /// When the signer says that it signed.
    public var signingTime: Timestamp?
    /// Where the chain ends; nil when it is not trusted, or was not looked at.
    public var anchor: Anchor?
    /// True when the domain of `signer` is a provider's.
    public var isListed = false
    /// Why the chain is not trusted, in OpenSSL's words; nil when it is, or was not looked at.
    public var chainProblem: String?
    /// Why the signature does not hold; nil when it does.
    public var digestProblem: String?

    /// True when the chain shows that the signer is a provider: by its domain, or by a root that the configuration names. Anybody gets a certificate
    /// that ends in a root of the system for a mailbox of his own.
    public var isByProvider: Bool { state == .valid && (isListed || anchor == .agid || anchor == .configured) }

    /// The finding where there is no signature.
    public init() {}

    /// The finding where there is something in the place of the signature that is none.
    public static var unreadable: Self {
        var finding = Self()
        finding.state = .invalid
        finding.digestProblem = "what stands in its place is no signature"
        return finding
    }
}
