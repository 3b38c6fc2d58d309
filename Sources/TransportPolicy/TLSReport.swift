// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What came of the sessions with one domain in TLS, as TLS-RPT counts it (RFC 8460 §4.3).
public enum TLSResult: String, Hashable, Sendable, CaseIterable {
    /// TLS as the domain's policy asks for it, or TLS at all where it has none.
    case success
    /// The host offers no STARTTLS.
    case noSTARTTLS = "starttls-not-supported"
    /// The certificate names another host.
    case hostMismatch = "certificate-host-mismatch"
    /// The certificate has expired.
    case expired = "certificate-expired"
    /// The certificate is of no authority that is trusted.
    case notTrusted = "certificate-not-trusted"
    /// Any other failure of the handshake.
    case validationFailure = "validation-failure"
    /// No TLSA record fits the certificate, or none can be used.
    case tlsaInvalid = "tlsa-invalid"
    /// DNSSEC's proof is false, or the answer did not come.
    case dnssecInvalid = "dnssec-invalid"
    /// The policy of MTA-STS could not be fetched.
    case policyFetchError = "sts-policy-fetch-error"
    /// The policy of MTA-STS says nothing that can be understood, or does not admit the host.
    case policyInvalid = "sts-policy-invalid"
    /// The policy's server has no certificate that is trusted.
    case policyNotCertified = "sts-webpki-invalid"
}

/// By which policy a session was judged (RFC 8460 §4.4).
public enum TLSPolicyKind: String, Hashable, Sendable, CaseIterable {
    case tlsa
    case sts
    case none = "no-policy-found"
}

/// What is counted together: one UTC day, one domain, one policy.
public struct TLSReportKey: Hashable, Sendable {
    /// `2026-01-31`.
    public var day: String
    /// The recipients' domain.
    public var domain: String
    /// The policy.
    public var policy: TLSPolicyKind

    /// A key.
    public init(day: String, domain: String, policy: TLSPolicyKind) {
        self.day = day
        self.domain = domain
        self.policy = policy
    }
}

/// Counts of results for some days, bounded.
public struct TLSReport: Hashable, Sendable {
    /// The counts.
    public private(set) var counts: [TLSReportKey: [TLSResult: Int]] = [:]
    /// Keys that are counted apart; of more than these nothing is counted.
    private let maximumKeys: Int

    /// An empty report.
    public init(maximumKeys: Int = 50_000) { self.maximumKeys = maximumKeys }

    /// Counts `number` sessions more.
    public mutating func count(_ result: TLSResult, _ key: TLSReportKey, number: Int = 1) {
        guard counts[key] != nil || counts.count < maximumKeys else { return }
        counts[key, default: [:]][result, default: 0] += number
    }

    /// Forgets the days before `day`.
    public mutating func forget(before day: String) { counts = counts.filter { $0.key.day >= day } }

    /// One line for each count: day, domain, policy, result and number, apart by tabs, in order.
    public var text: String {
        counts.flatMap { key, results in
            results.map { "\(key.day)\t\(key.domain)\t\(key.policy.rawValue)\t\($0.rawValue)\t\($1)" }
        }
        .sorted().map { $0 + "\n" }.joined()
    }

    /// Adds what `text` holds; lines that cannot be read are passed over.
    public mutating func add(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 5, let policy = TLSPolicyKind(rawValue: words[2]),
                let result = TLSResult(rawValue: words[3]), let number = Int(words[4]), number > 0, number < 1 << 40
            else { continue }
            count(result, TLSReportKey(day: words[0], domain: words[1], policy: policy), number: number)
        }
    }
}
