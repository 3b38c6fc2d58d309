// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import NameResolution
import NameResolutionUnbound

extension ConnectionCheck {
    /// Whether the DNS is needed: where mail for the Internet is delivered by MX, or somebody cared to describe it.
    static func needsDNS(_ configuration: Configuration) -> Bool {
        configuration.internet.relay == nil || configuration.dns != DNSConfiguration()
    }

    /// Whether the DNS answers, and whether its answers can be validated.
    static func askDNS(_ configuration: Configuration) async -> Finding {
        let dns = configuration.dns
        let servers = dns.servers.isEmpty ? "/etc/resolv.conf" : dns.servers.map(\.description).joined(separator: ", ")
        let (isGood, answer) = await judgeDNS(configuration)
        return Finding(purpose: "dns", server: servers, isGood: isGood, answer: answer)
    }

    private static func judgeDNS(_ configuration: Configuration) async -> (isGood: Bool, answer: String) {
        let dns = configuration.dns
        do throws(NameResolutionError) {
            let resolver = try UnboundResolver(UnboundSettings(dns))
            defer { resolver.stop() }
            guard let file = dns.trustAnchorFile, let zone = dns.anchorZone else {
                _ = try await resolver.resolve(configuration.hostname, .a)
                return (
                    true, "answers; nothing is validated\(dns.trustAnchor == .none ? "" : ": no trust anchor found")"
                )
            }
            let answer = try await resolver.resolve(zone, .txt)
            guard answer.security == .secure else {
                return (false, "answers, but \(zone) is not proved by DNSSEC with \(file)")
            }
            return (true, "answers, validated by DNSSEC with \(file)")
        } catch {
            guard error.code == .bogus else { return (false, error.description) }
            return (
                false,
                "\(error.description). The servers keep back or alter the signatures of DNSSEC: name others in dns.servers, "
                    + "or give up validation, and DANE with it, by dns.trust_anchor: none"
            )
        }
    }
}
