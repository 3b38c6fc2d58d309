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
        for deed in ClientDeed.allCases {
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
        for deed in ClientDeed.allCases {
            guard let limit = limits[deed] else {
                Issue.record("\(deed) has no limit")
                return
            }
            #expect(limit.count >= 10, "\(deed)")
        }
        #expect((limits[.message]?.count ?? 0) >= 1000 && (limits[.recipient]?.count ?? 0) >= 5000)
    }
}
