// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@testable import SenderScreening

struct BlockListTests {
    private let rules = BlockRules(first: .seconds(600), longest: .seconds(3600), memory: .seconds(86_400))

    @Test
    func `each block in a row is twice as long as the last, up to the longest, and is forgiven in time`() {
        var list = BlockList()
        var now = start
        var lengths: [Int64] = []
        for _ in 0..<5 {
            let block = list.block(key("192.0.2.7"), reason: "errors", rules: rules, now: now)
            lengths.append((block.until - block.since).wholeMilliseconds / 1000)
            #expect(list.active(for: key("192.0.2.7"), now: block.until - .seconds(1))?.strikes == block.strikes)
            #expect(list.active(for: key("192.0.2.7"), now: block.until) == nil, "a block ends by itself")
            now = block.until + .seconds(60)
        }
        #expect(lengths == [600, 1200, 2400, 3600, 3600])
        let later = list.block(key("192.0.2.7"), reason: "errors", rules: rules, now: now + .seconds(86_400))
        #expect(later.strikes == 1)
    }

    @Test
    func `a blocked network blocks each of its addresses and no other`() {
        var list = BlockList()
        let until = start + .seconds(60)
        for text in ["198.51.100.0/24", "2001:db8::/32", "203.0.113.9/32"] {
            list.put(ClientBlock(network: network(text), since: start, until: until, strikes: 1, reason: "a person"))
        }
        for inside in ["198.51.100.1", "198.51.100.255", "2001:db8:ffff::1", "203.0.113.9", "::ffff:203.0.113.9"] {
            #expect(list.active(for: key(inside), now: start) != nil, "\(inside)")
        }
        for outside in ["198.51.101.1", "2001:db9::1", "203.0.113.8", "::c633:6401"] {
            #expect(list.active(for: key(outside), now: start) == nil, "\(outside)")
        }
    }

    @Test
    func `to lift an address lifts what holds for it, to lift a network all within it`() {
        var list = BlockList()
        func fill() {
            for text in ["198.51.100.0/24", "198.51.100.7/32", "203.0.113.9/32"] {
                let block = ClientBlock(
                    network: network(text),
                    since: start,
                    until: start + .seconds(60),
                    strikes: 1,
                    reason: "a"
                )
                list.put(block)
            }
        }
        fill()
        #expect(
            Set(list.lift(network("198.51.100.7")).map(\.network.description)) == [
                "198.51.100.0/24", "198.51.100.7/32",
            ]
        )
        #expect(list.active(for: key("198.51.100.7"), now: start) == nil)
        #expect(list.active(for: key("203.0.113.9"), now: start) != nil)
        fill()
        #expect(list.lift(network("0.0.0.0/0")).count == 3)
        #expect(list.count == 0 && list.lift(network("::/0")).isEmpty)
    }

    @Test
    func `there are never more than it has room for, and those it has are found`() {
        var list = BlockList(capacity: 100)
        for number in 0..<1000 {
            let octets: [UInt8] = [10, 0, UInt8(number / 256), UInt8(number % 256)]
            guard let key = ClientKey(octets) else {
                Issue.record("no key")
                return
            }
            _ = list.block(key.masked(to: number % 2 == 0 ? 32 : 31), reason: "", rules: rules, now: start)
            #expect(list.count <= 100)
            #expect(list.active(for: key, now: start) != nil)
        }
        #expect(list.all(now: start).count == 100)
    }
}
