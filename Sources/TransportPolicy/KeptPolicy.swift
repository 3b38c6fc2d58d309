// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A policy of MTA-STS as it was fetched, which holds for its time whatever becomes of its server (RFC 8461 §5.1).
public struct KeptPolicy: Hashable, Sendable {
    /// The domain in A-labels.
    public var domain: String
    /// What the domain's record in the DNS called the policy when it was fetched (RFC 8461 §3.1).
    public var identifier: String
    /// The policy.
    public var policy: MTASTSPolicy
    /// When it was fetched.
    public var fetched: Timestamp

    /// A policy.
    public init(domain: String, identifier: String, policy: MTASTSPolicy, fetched: Timestamp) {
        self.domain = domain
        self.identifier = identifier
        self.policy = policy
        self.fetched = fetched
    }

    /// When it holds no longer.
    public var end: Timestamp { fetched + .seconds(policy.maximumAge) }

    /// When it is to be fetched anew although its identifier stands: half of its time later.
    public var renewal: Timestamp { fetched + .seconds(policy.maximumAge) / 2 }
}

/// Keeps policies of MTA-STS over a restart: who can suppress a fetch must not thereby suppress a policy that is known (RFC 8461 §10.2).
public protocol MTASTSPolicyStore: Sendable {
    /// Keeps `policy` in place of what was known of its domain. Of more than `most`, those that end first are forgotten.
    func keep(_ policy: KeptPolicy, most: Int) async throws
    /// All that hold longer than `now`.
    func keptPolicies(now: Timestamp) async throws -> [KeptPolicy]
}
