// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import TestLab
import Testing
import TransportPolicy

@testable import SMTPDelivery

/// Delivery by MX to a Postfix, with the names of an NSD.
@Suite(.serialized, .timeLimit(.minutes(5))) struct InternetDeliveryTests {
    @Test func `mail goes where MX records lead, or to the domain itself, and comes back where there is no way`()
        async throws
    {
        try await InternetWorld.with { places in
            let (secure, clear) = (places.address(.secure), places.address(.clear))
            return [
                .init("semplice.test", .unsigned, "@ IN MX 10 mx\nmx IN A \(clear)"),
                .init("cifrato.test", .unsigned, "@ IN MX 10 mx\nmx IN A \(secure)"),
                .init("implicito.test", .unsigned, "@ IN A \(clear)"),
                .init("xn--citt-3na.test", .unsigned, "@ IN MX 10 xn--citt-3na.test.\n@ IN A \(clear)"),
                .init("nulla.test", .unsigned, "@ IN MX 0 ."),
                .init("vuoto.test", .unsigned, "@ IN MX 10 mx"),
                .init("falso.test", .bogus, "@ IN MX 10 mx\nmx IN A 127.0.0.1"),
            ]
        } _: { world in
            for domain in ["semplice.test", "implicito.test", "città.test", "cifrato.test"] {
                let sent = try await world.send(to: "anna@\(domain)")
                #expect(sent.outcome == .delivered, "\(domain): \(sent.words)")
            }
            #expect(world.counted("semplice.test", .none) == [.noSTARTTLS: 1])
            #expect(world.counted("cifrato.test", .none) == [.success: 1])
            for (domain, status) in [("niente.test", "5.1.2"), ("nulla.test", "5.1.10"), ("vuoto.test", "5.4.4")] {
                let sent = try await world.send(to: "anna@\(domain)")
                #expect(sent.outcome == .failed && sent.words.contains(status), "\(domain): \(sent.words)")
            }
            let bogus = try await world.send(to: "anna@falso.test")
            guard case .deferred = bogus.outcome else {
                Issue.record("\(bogus)")
                return
            }
            #expect(bogus.words.contains("DNSSEC"), "\(bogus.words)")
        }
    }

    @Test func `the next server is tried where one is dead, IPv6 first, and equals share`() async throws {
        try await InternetWorld.with { places in
            let (secure, other, dead) = (places.address(.secure), places.address(.other), places.address(.dead))
            return [
                .init("secondo.test", .unsigned, "@ IN MX 5 a\n@ IN MX 10 b\na IN A \(dead)\nb IN A \(secure)"),
                .init("sei.test", .unsigned, "@ IN MX 5 a\na IN AAAA ::1\na IN A \(secure)"),
                .init("pari.test", .unsigned, "@ IN MX 5 a\n@ IN MX 5 b\na IN A \(secure)\nb IN A \(other)"),
            ]
        } change: {
            $0.tuning.sessionMessages = 1
        } _: { world in
            for domain in ["secondo.test", "sei.test"] {
                let sent = try await world.send(to: "anna@\(domain)")
                #expect(sent.outcome == .delivered, "\(domain): \(sent.words)")
            }
            var servers: Set<String> = []
            for _ in 0..<24 { servers.insert(try await world.send(to: "anna@pari.test").server) }
            #expect(servers.count == 2, "\(servers)")
        }
    }

    @Test func `mail that would come back to us is returned, and a server nearer than we are gets it`() async throws {
        try await InternetWorld.with { places in
            let (secure, own) = (places.address(.secure), places.address(.ourselves))
            return [
                .init("nome.test", .unsigned, "@ IN MX 10 relay.azienda.test."),
                .init("indirizzo.test", .unsigned, "@ IN MX 10 a\n@ IN MX 20 b\na IN A \(own)\nb IN A \(secure)"),
                .init("vicino.test", .unsigned, "@ IN MX 5 a\n@ IN MX 10 relay.azienda.test.\na IN A \(secure)"),
            ]
        } _: { world in
            for domain in ["nome.test", "indirizzo.test"] {
                let sent = try await world.send(to: "anna@\(domain)")
                #expect(sent.outcome == .failed && sent.words.contains("5.4.6"), "\(domain): \(sent.words)")
            }
            #expect(try await world.send(to: "anna@vicino.test").outcome == .delivered)
        }
    }

    @Test func `a domain whose servers are silent holds up no other, and raises no alert`() async throws {
        try await InternetWorld.with { places in
            [
                .init("muto.test", .unsigned, "@ IN MX 10 mx\nmx IN A \(places.address(.silent))"),
                .init("vivo.test", .unsigned, "@ IN MX 10 mx\nmx IN A \(places.address(.secure))"),
            ]
        } change: {
            $0.tuning.destinationTimeouts.greeting = .seconds(20)
        } _: { world in
            for _ in 0..<600 { try await world.bench.queue(.internet, to: ["anna@muto.test"], wakes: false) }
            var ids: [QueueID] = []
            for _ in 0..<50 { ids.append(try await world.bench.queue(.internet, to: ["anna@vivo.test"])) }
            let began = ContinuousClock.now
            for id in ids { #expect(try await world.outcome(of: id).outcome == .delivered) }
            #expect(ContinuousClock.now - began < .seconds(20), "nobody waited for the silent ones")
            let mixed = try await world.bench.queue(.internet, to: ["a@muto.test", "b@vivo.test"])
            _ = await world.bench.store.settlements.wait { all in
                all.contains { $0.id == mixed && $0.results.contains { $0.outcome == .delivered } }
            }
            let raised = await world.bench.alerts.journal.wait { _ in true }
            #expect(raised.compactMap(\.raisedKey).isEmpty)
        }
    }

    @Test func `hundreds of domains whose servers are silent hold up a quick one for no more than ten seconds`()
        async throws
    {
        try await InternetWorld.with { places in
            [
                .init("lento.test", .unsigned, "* IN MX 10 mx.lento.test.\nmx IN A \(places.address(.silent))"),
                .init("vivo.test", .unsigned, "@ IN MX 10 mx\nmx IN A \(places.address(.secure))"),
            ]
        } change: {
            $0.tuning.destinationTimeouts.greeting = .seconds(20)
            $0.tuning.destinationTimeouts.connect = .seconds(20)
        } _: { world in
            for domain in 0..<150 {
                for _ in 0..<8 {
                    try await world.bench.queue(.internet, to: ["anna@d\(domain).lento.test"], wakes: false)
                }
            }
            var ids: [QueueID] = []
            let began = ContinuousClock.now
            for _ in 0..<20 { ids.append(try await world.bench.queue(.internet, to: ["anna@vivo.test"])) }
            for id in ids { #expect(try await world.outcome(of: id).outcome == .delivered) }
            #expect(ContinuousClock.now - began < .seconds(10), "\(ContinuousClock.now - began)")
        }
    }

    @Test func `while the DNS is down all mail waits without an attempt, and a person is told`() async throws {
        try await InternetWorld.with { places in
            [.init("vivo.test", .unsigned, "@ IN MX 10 mx\nmx IN A \(places.address(.secure))")]
        } _: { world in
            await world.dns.stop()
            let id = try await world.bench.queue(.internet, to: ["anna@vivo.test"])
            let words = await world.bench.alerts.words(of: "lane:internet:down")
            #expect(words.contains("DNS"), "\(words)")
            #expect(try await world.bench.recipient(id).attempts == 0)
            try await world.dns.start()
            var isDelivered = false
            while !isDelivered {
                world.bench.clock.advance(.seconds(61))
                _ = try await world.send(to: "anna@vivo.test")
                isDelivered = try await world.bench.states(id) == [.delivered]
            }
            _ = await world.bench.alerts.journal.wait { $0.contains(.cleared(key: "lane:internet:down")) }
        }
    }
}
