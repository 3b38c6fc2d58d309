// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import NIOCore
import PolicyFetching
import SMTPDelivery
import TransportPolicy

extension InternetDelivery {
    /// Delivery by MX as `internet` describes it; ourselves are the host's name and the addresses of listeners at the port of delivery.
    init(_ configuration: Configuration) {
        let port = configuration.internet.port
        let listened = configuration.listeners.filter { $0.port == port }.compactMap { IPAddress.parse($0.address) }
        let addresses = listened.flatMap { address in
            address.allSatisfy { $0 == 0 } ? Self.interfaceAddresses(like: address) : [address]
        }
        self.init(
            port: port,
            own: OwnIdentity(names: [configuration.hostname.lowercased()], addresses: Set(addresses)),
            trust: configuration.internet.trust,
            excluded: Set(
                configuration.exchange.servers.filter { $0.port == port }.compactMap { IPAddress.parse($0.host) }
            ),
            admitsLocal: configuration.internet.admitsLocal,
            anchorZone: configuration.dns.anchorZone
        )
    }

    /// The addresses of this machine that a listener on every address answers at; `::` takes IPv4 as well.
    private static func interfaceAddresses(like wildcard: [UInt8]) -> [[UInt8]] {
        let devices: [NIONetworkDevice]
        do { devices = try System.enumerateDevices() } catch { return [] }
        return devices.compactMap { $0.address?.ipAddress }
            .compactMap { IPAddress.parse(String($0.prefix { $0 != "%" })) }
            .filter { $0.count == 4 || wildcard.count == 16 }
    }
}

extension MTASTSFetcher.Settings {
    /// What `internet` says of it.
    init(_ configuration: InternetConfiguration) { self.init(trust: configuration.trust) }
}
