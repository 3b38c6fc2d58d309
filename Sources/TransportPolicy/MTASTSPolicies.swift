// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Knows the policies by which domains ask for certified TLS (RFC 8461), from a cache where it can.
public protocol MTASTSPolicies: Sendable {
    /// What is known of the policy of `domain`, a name in A-labels.
    func policy(of domain: String) async -> MTASTSFinding
}

/// What is known of a domain's policy.
public enum MTASTSFinding: Hashable, Sendable {
    /// It has none.
    case none
    /// It has this one.
    case policy(MTASTSPolicy)
    /// It says that it has one, which could not be had: mail goes as if there were none (RFC 8461 §5.1), and the failure is counted.
    case failed(TLSResult)
}
