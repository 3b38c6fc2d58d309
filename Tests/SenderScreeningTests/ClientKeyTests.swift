// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@testable import SenderScreening

struct ClientKeyTests {
    @Test
    func `an IPv4 client is its address, an IPv6 client its network of 64 bits`() {
        #expect(key("192.0.2.7").client == key("192.0.2.7"))
        #expect(key("192.0.2.7").neighbourhood?.description == "192.0.2.0/24")
        #expect(key("2001:db8:1:2:3:4:5:6").client.description == "2001:db8:1:2::/64")
        #expect(key("2001:db8:1:2::1").client == key("2001:db8:1:2:ffff::9").client)
        #expect(key("2001:db8:1:2::1").neighbourhood == nil)
        #expect(key("2001:db8:1:2::1").network == key("2001:db8:1:2::1").client)
    }

    @Test
    func `an IPv4 address mapped into IPv6 is the IPv4 address, and nothing else is taken for one`() {
        #expect(key("::ffff:192.0.2.7") == key("192.0.2.7"))
        #expect(!key("::192.0.2.7").isIPv4)
        #expect(ClientKey([1, 2, 3]) == nil && ClientKey([UInt8]()) == nil)
    }

    @Test
    func `octets, networks and masks agree with those of Network, whatever the address`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let count = Bool.random(using: &generator) ? 4 : 16
            let octets = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let length = Int.random(in: 0...(count * 8), using: &generator)
            guard let whole = ClientKey(octets) else {
                Issue.record("no key")
                return
            }
            #expect(whole.octets == octets)
            #expect(whole.masked(to: length).asNetwork == Network(octets: octets, prefixLength: length))
            #expect(ClientKey(Network(octets: octets, prefixLength: length)) == whole.masked(to: length))
        }
    }
}
