// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import NameResolution
import Synchronization
import Testing
import TransportPolicy

@testable import SMTPDelivery

@Suite(.timeLimit(.minutes(5))) struct BrokenDNSSECTests {
    /// A resolver that breaks DNSSEC until it is mended: then no domain exists.
    private final class Resolver: NameResolving {
        let isMended = Mutex(false)

        func resolve(_ name: String, _ type: DNSRecordType) async throws(NameResolutionError) -> DNSAnswer {
            guard isMended.withLock({ $0 }) else { throw NameResolutionError(.bogus, "\(name): DNSSEC: no signatures") }
            return DNSAnswer(records: [], isNameAbsent: true, security: .secure, canonicalName: name)
        }
    }

    @Test
    func `a resolver that breaks DNSSEC raises one alert that says so, which ends once with the first true answer`()
        async throws
    {
        let resolver = Resolver()
        var settings = try DeliverySettings.test { $0.downAlert = .milliseconds(30) }
        settings.internet = InternetDelivery(own: OwnIdentity(names: [], addresses: []), anchorZone: ".")
        let bench = try DeliveryBench(settings, internet: InternetServices(resolver: resolver))
        let id = try await bench.queue(.internet, to: ["anna@uno.test"])
        _ = try await bench.queue(.internet, to: ["anna@due.test"])
        let words = await bench.alerts.words(of: "lane:internet:down")
        #expect(words.contains("break DNSSEC") && words.contains("dns.servers"), "\(words)")
        #expect(try await bench.recipient(id).attempts == 0)
        // An address literal asks no DNS, and ends nothing.
        _ = try await bench.queue(.internet, to: ["anna@[127.0.0.1]"])
        resolver.isMended.withLock { $0 = true }
        while try await bench.states(id) != [.failed] {
            bench.clock.advance(.seconds(61))
            let next = try await bench.queue(.internet, to: ["anna@tre.test"])
            _ = await bench.store.settlements.wait { $0.contains { $0.id == next } }
        }
        _ = await bench.alerts.journal.wait { $0.contains(.cleared(key: "lane:internet:down")) }
        let events = await bench.alerts.journal.all
        #expect(events.count { $0.raisedKey == "lane:internet:down" } == 1)
        try await bench.end()
    }
}
