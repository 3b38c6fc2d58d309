// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import TransportPolicy

struct MXPlanTests {
    private static func wire(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private static func mx(_ preference: Int, _ name: String) -> [UInt8] {
        [UInt8(preference >> 8), UInt8(preference & 0xFF)] + wire(name)
    }

    private func plan(_ records: [[UInt8]], seed: UInt64 = 1) -> MXPlan {
        var generator = Seeded(state: seed)
        return MXPlan.make(records, using: &generator)
    }

    @Test func `hosts are tried by preference, and those of equal preference are spread`() {
        let records = [Self.mx(20, "c.test"), Self.mx(10, "A.test"), Self.mx(10, "b.test"), Self.mx(300, "d.test")]
        var firsts: [String: Int] = [:]
        for seed in 0..<200 {
            guard case .hosts(let hosts) = plan(records, seed: UInt64(seed)) else {
                Issue.record("no hosts")
                return
            }
            #expect(hosts.map(\.preference) == [10, 10, 20, 300])
            #expect(Set(hosts.prefix(2).map(\.exchange)) == ["a.test", "b.test"])
            #expect(hosts.suffix(2).map(\.exchange) == ["c.test", "d.test"])
            firsts[hosts[0].exchange, default: 0] += 1
        }
        #expect(firsts.values.allSatisfy { $0 > 60 }, "\(firsts)")
    }

    @Test func `no record is the domain itself, one empty name is a domain that takes no mail`() {
        #expect(plan([]) == .implicit)
        #expect(plan([[0, 0, 0]]) == .refusesMail)
        #expect(
            plan([Self.mx(0, ""), Self.mx(10, "a.test")]) == .hosts([MXRecord(preference: 10, exchange: "a.test")])
        )
    }

    @Test(
        arguments: [
            [], [0], [0, 10], [0, 10, 1], [0, 10, 1, 0x61], [0, 10, 1, 0x61, 0, 0],
            [0, 10, 64] + [UInt8](repeating: 0x61, count: 64) + [0],
            [0, 10, 0xC0, 0x0C], [0, 10, 1, 0x0A, 0], [0, 10, 1, 0x2F, 0], [0, 10] + [UInt8](repeating: 1, count: 300),
        ] as [[UInt8]]
    )
    func `data that is no record counts as absent, and alone as unreadable`(_ octets: [UInt8]) {
        #expect(MXRecord(octets) == nil)
        #expect(plan([octets]) == .unreadable)
        #expect(plan([octets, Self.mx(5, "a.test")]) == .hosts([MXRecord(preference: 5, exchange: "a.test")]))
    }

    @Test func `a host that stands twice counts once, and there is a bound on hosts`() {
        let records = (0..<5000).map { Self.mx($0 % 7, "host\($0 % 50).test") }
        guard case .hosts(let hosts) = plan(records) else {
            Issue.record("no hosts")
            return
        }
        #expect(hosts.count == MXPlan.maximumHosts)
        #expect(Set(hosts.map(\.exchange)).count == hosts.count)
    }

    @Test func `names are asked for in A-labels, and those that are in A-labels stay`() {
        #expect(DomainName.ascii("CITTÀ.it") == "xn--citt-3na.it")
        #expect(DomainName.ascii("xn--citt-3na.it") == "xn--citt-3na.it")
        for wrong in ["", "a..b", "a b.it", String(repeating: "a", count: 64) + ".it", "-/.it", "a.it."] {
            #expect(DomainName.ascii(wrong) == nil, "\(wrong)")
        }
        #expect(DomainName.literal("[192.0.2.1]") == [192, 0, 2, 1])
        #expect(DomainName.literal("[IPv6:::1]") == [UInt8](repeating: 0, count: 15) + [1])
        #expect(DomainName.literal("[esempio.it]") == nil && DomainName.literal("192.0.2.1") == nil)
    }

    @Test func `we, and what lies behind us, are left out`() {
        let own = OwnIdentity(names: ["relay.azienda.it"], addresses: [[192, 0, 2, 9]])
        let near = MXHost(name: "mx1.test", preference: 5, addresses: [[192, 0, 2, 1]])
        let named = MXHost(name: "relay.azienda.it", preference: 10, addresses: [[192, 0, 2, 2]])
        let addressed = MXHost(name: "mx2.test", preference: 10, addresses: [[192, 0, 2, 3], [192, 0, 2, 9]])
        let equal = MXHost(name: "mx3.test", preference: 10, addresses: [[192, 0, 2, 4]])
        let far = MXHost(name: "mx4.test", preference: 20, addresses: [[192, 0, 2, 5]])
        #expect(own.nearer(than: [near, named, equal, far]) == [near])
        #expect(own.nearer(than: [near, addressed, far]) == [near])
        #expect(own.nearer(than: [named, far]).isEmpty)
        #expect(own.nearer(than: [near, equal, far]) == [near, equal, far])
    }

    @Test func `IPv6 comes before IPv4, and there is a bound on addresses`() {
        let six = [UInt8](repeating: 1, count: 16)
        #expect(MXHost(name: "a", addresses: [[1, 2, 3, 4], six]).orderedAddresses == [six, [1, 2, 3, 4]])
        let many = (0..<100).map { [10, 0, 0, UInt8($0)] }
        #expect(MXHost(name: "a", addresses: many).orderedAddresses.count == MXHost.maximumAddresses)
    }

    @Test func `no mutation of a record traps`() {
        var generator = Seeded(state: 7)
        for _ in 0..<20_000 {
            var octets = Self.mx(10, "mail.esempio.test")
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<octets.count, using: &generator)
                octets[place] = UInt8.random(in: .min ... .max, using: &generator)
            }
            octets.removeLast(Int.random(in: 0...octets.count, using: &generator))
            if let record = MXRecord(octets) {
                #expect(DomainName.ascii(record.exchange) != nil || record.exchange == ".")
            }
            _ = TLSARecord(octets)
            _ = MTASTSRecord.text(octets)
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
