// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// The keys `tls`, `trust` and `minimum_tls` that endpoints have in common.
struct TLSKeys {
    let policy: TLSPolicy?
    let trust: String?
    let minimum: TLSVersion?
    /// The first of the keys that is given.
    let field: Field?
    /// The first of the keys but `trust` that is given.
    let fieldBesideTrust: Field?
    private let ordinary: TLSPolicy
    private let policyField: Field?
    private let trustField: Field?

    /// Reads the keys; `ordinary` is the policy when the file names none and neither login nor trust asks for more.
    init(_ section: inout Section, ordinary: TLSPolicy) {
        let tls = section.field("tls")
        let roots = section.field("trust")
        let version = section.field("minimum_tls")
        policy = tls?.choice()
        trust = roots?.file(.certificate)
        minimum = version?.choice()
        field = tls ?? roots ?? version
        fieldBesideTrust = tls ?? version
        self.ordinary = ordinary
        policyField = tls
        trustField = roots
    }

    /// The endpoints with their TLS filled in; contradictions are reported.
    func applied(to given: [GivenEndpoint], hasLogin: Bool) -> [Endpoint] {
        let policy = self.policy ?? (hasLogin || trustField != nil ? .verify : ordinary)
        if let trustField, policy != .verify {
            trustField.warning(
                "has no effect with tls: \(policy.rawValue); certificates are judged with tls: verify alone"
            )
        }
        let isOnNetwork = given.contains { !["localhost", "127.0.0.1", "::1"].contains($0.endpoint.host) }
        if hasLogin, policy == .none, isOnNetwork, let policyField {
            policyField.warning(
                "DANGEROUS: tls: none sends the password, and all mail, in clear over the network: whoever can listen there reads both and "
                    + "can use the password; expected tls: verify"
            )
        } else if hasLogin, policy != .verify, let policyField {
            policyField.warning(
                "tls: \(policy.rawValue) does not verify the server that gets the password; expected tls: verify"
            )
        }
        return given.map { applied(to: $0, policy) }
    }

    private func applied(to given: GivenEndpoint, _ policy: TLSPolicy) -> Endpoint {
        var endpoint = given.endpoint
        if endpoint.hasImplicitTLS, policy == .none {
            given.field.mistake(
                "found \(endpoint) with tls: none, but its scheme means TLS; expected another policy or scheme"
            )
        }
        endpoint.tls = endpoint.hasImplicitTLS && policy == .opportunistic ? .require : policy
        if let trust { endpoint.trust = trust }
        if let minimum { endpoint.minimumTLS = minimum }
        return endpoint
    }
}
