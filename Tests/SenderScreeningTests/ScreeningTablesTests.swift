// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@testable import SenderScreening

struct ScreeningTablesTests {
    private var limits: ClientLimits {
        var limits = ClientLimits()
        limits[.unknownRecipient] = RateLimit(5, per: .seconds(60))
        limits[.message] = RateLimit(3, per: .seconds(60))
        return limits
    }

    private func note(
        _ tables: inout ScreeningTables,
        _ deed: ClientDeed,
        _ address: String,
        after seconds: Int = 0
    ) -> ScreeningTables.Outcome {
        tables.note(deed, by: key(address), limits: limits, rules: BlockRules(), now: start + .seconds(seconds))
    }

    @Test
    func `a harvest of addresses is blocked at the first one too many, and another client is not`() {
        var tables = ScreeningTables()
        for _ in 0..<5 { #expect(note(&tables, .unknownRecipient, "192.0.2.7") == .counted) }
        guard case .blocked(let block) = note(&tables, .unknownRecipient, "192.0.2.7") else {
            Issue.record("not blocked")
            return
        }
        #expect(block.network.description == "192.0.2.7/32" && block.strikes == 1)
        #expect(block.reason == "more than 5 recipients that do not exist within 60 s")
        #expect(tables.blocks.active(for: key("192.0.2.7"), now: start) != nil)
        #expect(tables.blocks.active(for: key("192.0.2.8"), now: start) == nil)
        // After the block it counts from nothing.
        #expect(note(&tables, .unknownRecipient, "192.0.2.7", after: 700) == .counted)
    }

    @Test
    func `addresses of one network that share the work are blocked together`() {
        var tables = ScreeningTables()
        var last = ScreeningTables.Outcome.counted
        for number in 1...21 { last = note(&tables, .unknownRecipient, "192.0.2.\(number)") }
        guard case .blocked(let block) = last else {
            Issue.record("\(last)")
            return
        }
        #expect(block.network.description == "192.0.2.0/24")
    }

    private func named(
        _ tables: inout ScreeningTables,
        _ deed: ClientDeed,
        _ address: String,
        after seconds: Int = 0
    ) -> ScreeningTables.Outcome {
        tables.note(
            deed,
            by: key(address),
            isNamed: true,
            limits: limits,
            rules: BlockRules(),
            now: start + .seconds(seconds)
        )
    }

    @Test(arguments: [ClientDeed.rejection, .unknownRecipient])
    func `a service whose mail is mostly taken is not blocked for what its users send, nor is its network`(
        _ deed: ClientDeed
    ) {
        var tables = ScreeningTables()
        let service = ["192.0.2.7", "192.0.2.8"]
        for _ in 0..<500 { for address in service { _ = named(&tables, .acceptance, address) } }
        for number in 0..<499 {
            for address in service {
                #expect(named(&tables, deed, address, after: number / 20) == .counted, "\(number)")
            }
        }
        let neighbour = note(&tables, deed, "192.0.2.9", after: 25)
        #expect(neighbour == .counted, "nothing of it stands against the network")
        // Once it is mostly refused it is blocked like anybody.
        let last = named(&tables, deed, "192.0.2.7", after: 25)
        guard case .blocked(let block) = last else {
            Issue.record("\(last)")
            return
        }
        #expect(block.network.description == "192.0.2.7/32")
    }

    @Test
    func `good mail excuses neither a client without a name nor what the client itself does`() {
        for (deed, isNamed) in [(ClientDeed.unknownRecipient, false), (.error, true), (.failedLogin, true)] {
            var tables = ScreeningTables()
            for _ in 0..<500 { _ = named(&tables, .acceptance, "192.0.2.7") }
            let outcomes = (0..<101).map { _ in
                isNamed ? named(&tables, deed, "192.0.2.7") : note(&tables, deed, "192.0.2.7")
            }
            let isBlocked = outcomes.contains { outcome in
                if case .blocked = outcome { true } else { false }
            }
            #expect(isBlocked, "\(deed)")
        }
    }

    @Test
    func `mail that was taken counts for six hours`() {
        var tables = ScreeningTables()
        for _ in 0..<100 { _ = named(&tables, .acceptance, "192.0.2.7") }
        let early = (0..<20).map { _ in named(&tables, .unknownRecipient, "192.0.2.7", after: 3600) }
        #expect(early.allSatisfy { $0 == .counted })
        let late = (0..<6).map { _ in named(&tables, .unknownRecipient, "192.0.2.7", after: 13 * 3600) }
        guard case .blocked = late.last else {
            Issue.record("\(late)")
            return
        }
    }

    @Test
    func `an IPv6 client is counted over all addresses of its network`() {
        var tables = ScreeningTables()
        var last = ScreeningTables.Outcome.counted
        for number in 1...6 { last = note(&tables, .unknownRecipient, "2001:db8:1:2::\(number)") }
        guard case .blocked(let block) = last else {
            Issue.record("\(last)")
            return
        }
        #expect(block.network.description == "2001:db8:1:2::/64")
    }

    @Test
    func `too much mail is refused for the moment and blocks nobody`() {
        var tables = ScreeningTables()
        for _ in 0..<3 { #expect(note(&tables, .message, "192.0.2.7") == .counted) }
        #expect(note(&tables, .message, "192.0.2.7") == .tooMuch(RateLimit(3, per: .seconds(60)), by: key("192.0.2.7")))
        #expect(tables.blocks.count == 0)
        #expect(note(&tables, .message, "192.0.2.7", after: 120) == .counted)
    }

    @Test
    func `what has no limit is not counted`() {
        var tables = ScreeningTables()
        var none = ClientLimits()
        for deed in ClientDeed.allCases { none[deed] = nil }
        for deed in ClientDeed.allCases where deed != .acceptance {
            for _ in 0..<1000 {
                let outcome = tables.note(deed, by: key("192.0.2.7"), limits: none, rules: BlockRules(), now: start)
                #expect(outcome == .counted)
            }
        }
        #expect(tables.counted == 0)
    }

    @Test
    func `memory is bounded, whoever comes`() {
        var tables = ScreeningTables(counters: ClientCounters(capacity: 1000))
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let octets = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            guard let key = ClientKey(octets) else {
                Issue.record("no key")
                return
            }
            _ = tables.note(.connection, by: key, limits: ClientLimits(), rules: BlockRules(), now: start)
        }
        #expect(tables.counted == 1000)
    }

    @Test
    func `limits that nobody configured stop floods, not mail`() {
        let limits = ClientLimits()
        for deed in ClientDeed.allCases where deed != .acceptance {
            guard let limit = limits[deed] else {
                Issue.record("\(deed) has no limit")
                return
            }
            #expect(limit.count >= 10, "\(deed)")
        }
        #expect((limits[.message]?.count ?? 0) >= 1000 && (limits[.recipient]?.count ?? 0) >= 5000)
    }
}
