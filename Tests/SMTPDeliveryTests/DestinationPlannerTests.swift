// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NameResolution
import Testing
import TransportPolicy

@testable import SMTPDelivery

@Suite struct DestinationPlannerTests {
    /// Answers by name and type; what it has no answer for times out.
    private struct Names: NameResolving {
        var answers: [String: DNSAnswer]

        func resolve(_ name: String, _ type: DNSRecordType) async throws(NameResolutionError) -> DNSAnswer {
            if let answer = answers["\(name) \(type)"] { return answer }
            throw NameResolutionError(.timedOut, "\(name) \(type): nothing came")
        }
    }

    /// What a resolver that keeps back signatures makes of every answer, but those named.
    private struct Bogus: NameResolving {
        var proved: Set<String> = []

        func resolve(_ name: String, _ type: DNSRecordType) async throws(NameResolutionError) -> DNSAnswer {
            guard proved.contains("\(name) \(type)") else {
                throw NameResolutionError(.bogus, "\(name) \(type): DNSSEC: no signatures")
            }
            return DNSAnswer(records: [], security: .secure, canonicalName: name)
        }
    }

    @Test(arguments: [nil, ".", "proved"])
    func `a false answer is the domain's own, unless nothing is proved where validation begins`(_ anchor: String?) async
    {
        var settings = settings()
        settings.anchorZone = anchor == nil ? nil : "."
        let resolver = Bogus(proved: anchor == "proved" ? [". txt"] : [])
        let plan = await DestinationPlanner(
            services: InternetServices(resolver: resolver),
            settings: settings,
            hostname: "relay.azienda.test"
        ).plan("fuori.test")
        switch plan {
        case .dnsDown(let words): #expect(anchor == "." && words.contains("break DNSSEC"), "\(words)")
        case .unavailable(let words): #expect(anchor != "." && words.contains("DNSSEC"), "\(words)")
        case .hosts, .refused: Issue.record("\(plan)")
        }
    }

    private func plan(
        _ domain: String,
        _ answers: [String: DNSAnswer],
        _ settings: InternetDelivery
    ) async
        -> DestinationPlan
    {
        await DestinationPlanner(
            services: InternetServices(resolver: Names(answers: answers)),
            settings: settings,
            hostname: "relay.azienda.test"
        ).plan(domain)
    }

    private func settings(_ excluded: Set<[UInt8]> = [], admitsLocal: Bool = false) -> InternetDelivery {
        InternetDelivery(
            own: OwnIdentity(names: ["relay.azienda.test"], addresses: []),
            excluded: excluded,
            admitsLocal: admitsLocal
        )
    }

    private func secure(_ name: String, _ records: [[UInt8]]) -> DNSAnswer {
        DNSAnswer(records: records, security: .secure, canonicalName: name)
    }

    private static let mx: [UInt8] =
        [0, 10, 2] + Array("mx".utf8) + [5] + Array("fuori".utf8) + [4] + Array("test".utf8) + [0]

    @Test func `an address record that is suppressed does not keep TLSA records from being asked for`() async {
        let tlsa: [UInt8] = [3, 1, 1] + Array(repeating: 7, count: 32)
        var answers = [
            "fuori.test mx": secure("fuori.test", [Self.mx]),
            "mx.fuori.test a": secure("mx.fuori.test", [[192, 0, 2, 1]]),
            "_25._tcp.mx.fuori.test tlsa": secure("_25._tcp.mx.fuori.test", [tlsa]),
        ]
        guard case .hosts(let hosts, _) = await plan("fuori.test", answers, settings()) else {
            _ = Issue.record("no hosts")
            return
        }
        #expect(hosts.map(\.addresses) == [[[192, 0, 2, 1]]])
        #expect(hosts.allSatisfy { $0.security != .opportunistic })
        answers["_25._tcp.mx.fuori.test tlsa"] = nil
        guard case .unavailable = await plan("fuori.test", answers, settings()) else {
            _ = Issue.record("suppressed TLSA records must hold the mail")
            return
        }
    }

    @Test(arguments: [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255", "192.0.2.25",
    ])
    func `no record leads to this machine, its link, or Exchange`(_ address: String) async throws {
        let octets = try #require(IPAddress.parse(address))
        let mapped = Array(repeating: UInt8(0), count: 10) + [0xFF, 0xFF] + octets
        let exchange: Set<[UInt8]> = [[192, 0, 2, 25]]
        for (type, record) in [("a", octets), ("aaaa", mapped)] {
            var answers = [
                "fuori.test mx": secure("fuori.test", [Self.mx]), "mx.fuori.test a": secure("mx.fuori.test", []),
                "mx.fuori.test aaaa": secure("mx.fuori.test", []),
            ]
            answers["mx.fuori.test \(type)"] = secure("mx.fuori.test", [record])
            guard case .refused(let reply) = await plan("fuori.test", answers, settings(exchange)) else {
                _ = Issue.record("\(address) as \(type) is a destination")
                return
            }
            #expect(reply.status == EnhancedStatus(5, 4, 4))
        }
        guard case .refused = await plan("[\(address)]", [:], settings(exchange)) else {
            _ = Issue.record("[\(address)] is a destination")
            return
        }
        for local in ["::1", "::", "fe80::1", "ff02::1"] {
            let octets = try #require(IPAddress.parse(local))
            #expect(!settings().admits(octets) && settings(admitsLocal: true).admits(octets), "\(local)")
        }
        #expect(settings().admits([10, 0, 0, 25]) && settings().admits([8, 8, 8, 8]))
    }
}
