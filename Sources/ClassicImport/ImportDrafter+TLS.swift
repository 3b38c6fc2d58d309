// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

extension ImportDrafter {
    /// What Postfix demands of TLS with every server that it connects to; nil when it takes what is offered.
    mutating func demandedTLS() -> TLSPolicy? {
        guard tables != nil else { return nil }
        switch postfixValue("smtp_tls_security_level") {
        case "encrypt": return .require
        case "verify", "secure", "dane-only", "fingerprint": return .verify
        case "":
            guard postfixValue("smtp_enforce_tls") == "yes" else { return nil }
            return postfixValue("smtp_tls_enforce_peername") == "no" ? .require : .verify
        default: return nil
        }
    }

    /// What a tunnel of stunnel's did for `server`; nil when there is none.
    func tunnelTLS(_ server: ImportedServer) -> TLSPolicy? {
        tunnels.first { $0.service.name == server.tunnel }.map { $0.service.isVerified ? .verify : .require }
    }

    /// `tls` and `trust` of Exchange, no weaker than before; none where TLS was taken when it was offered.
    mutating func exchangeTLSLines() -> [String] {
        let demanded = demandedTLS()
        let policies = exchange.map { Optional($0.tls) } + [demanded]
        if policies.contains(.verify) {
            let place = postfixPlace(
                isPostfixSet("smtp_tls_security_level") ? "smtp_tls_security_level" : "smtp_enforce_tls"
            )
            if demanded == .verify {
                remark(
                    place,
                    "Postfix demanded a certificate that it trusts of Exchange too: exchange.tls: verify was taken",
                    "`ceralacca check --connect` says whether Exchange's certificate passes; its root goes into `trust`."
                )
            }
            let trust = exchange.compactMap(\.trust).first ?? roots(postfixPath(postfixValue("smtp_tls_CAfile")), place)
            return ["  tls: verify"] + (trust.map { ["  trust: \(YAMLText.scalar($0))"] } ?? [])
        }
        return policies.contains(.require) ? ["  tls: require"] : []
    }

    /// `tls` of the Internet's relay, where it is not `verify` by itself (with a login, or roots of its own).
    mutating func relayTLSLine(_ relay: ImportedServer) -> String? {
        guard relayLogin == nil, relay.endpoint.trust == nil else { return nil }
        let demanded = demandedTLS()
        return (tunnelTLS(relay) ?? demanded).map { "  tls: \($0.rawValue)" }
    }
}
