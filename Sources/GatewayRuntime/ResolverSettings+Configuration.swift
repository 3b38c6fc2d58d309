// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import NameResolution
import NameResolutionUnbound

extension UnboundSettings {
    /// What `dns` says, with the system's servers and anchor where it says nothing.
    init(_ configuration: DNSConfiguration) {
        self.init(
            servers: configuration.servers.map { Server(address: $0.address, port: $0.port) },
            trustAnchor: configuration.trustAnchorFile,
            timeout: configuration.timeout
        )
    }
}

extension UnboundResolver {
    /// The resolver that `dns` describes.
    static func make(_ configuration: DNSConfiguration) throws(GatewayError) -> UnboundResolver {
        do { return try UnboundResolver(UnboundSettings(configuration)) } catch {
            throw GatewayError("dns: \(error.description). Correct dns.servers or dns.trust_anchor.")
        }
    }

    /// Takes what `dns` describes; the system's file of servers is read anew.
    func take(_ configuration: DNSConfiguration) throws(GatewayError) {
        do { try update(UnboundSettings(configuration)) } catch {
            throw GatewayError("dns: \(error.description). Correct dns.servers or dns.trust_anchor.")
        }
    }
}
