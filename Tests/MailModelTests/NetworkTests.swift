// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

struct IPAddressTests {
    @Test(
        arguments: [
            ("192.0.2.1", [192, 0, 2, 1]), ("0.0.0.0", [0, 0, 0, 0]), ("255.255.255.255", [255, 255, 255, 255]),
            ("::", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("2001:db8::1", [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
        ] as [(String, [UInt8])]
    )
    func `An address is read and written the same`(_ text: String, _ octets: [UInt8]) {
        #expect(IPAddress.parse(text) == octets)
        #expect(IPAddress.format(octets) == text)
    }

    @Test(arguments: [
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::ffff:192.0.2.1", "::ffff:c000:201"),
        ("1:0:0:4:0:0:0:8", "1:0:0:4::8"),
        ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"), ("00ab::1", "ab::1"),
    ])
    func `An IPv6 address is written as RFC 5952 says`(_ text: String, _ canonical: String) throws {
        #expect(IPAddress.format(try #require(IPAddress.parse(text))) == canonical)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.", ".1.2.3", "1.2.3.4 ", "+1.2.3.4", "-1.2.3.4",
        "a.b.c.d", "1..2.3", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1%eth0",
        "::+1",
        "1:2:3:4:5:6:7:8::", "1.2.3.4::", "::1.2.3.4:5", "::1.2.3", "1:", ":1", "1:2:3:4:5:6:7:192.0.2.1",
    ])
    func `What is no address is refused`(_ text: String) {
        #expect(IPAddress.parse(text) == nil)
    }
}

struct NetworkTests {
    @Test(arguments: [
        ("10.0.0.10", "10.0.0.10/32"), ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"),
        ("2001:db8::/32", "2001:db8::/32"), ("::1", "::1/128"), ("10.128.0.0/9", "10.128.0.0/9"),
    ])
    func `A block is read and written`(_ text: String, _ spelled: String) {
        #expect(Network(text)?.description == spelled)
    }

    @Test(arguments: [
        "", "/", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "10.0.0.0/8/8", "::/129",
        "x/8",
        "2001:db8::1/32", "10.0.0.0/ 8",
    ])
    func `What is no block is refused`(_ text: String) {
        #expect(Network(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("10.128.0.0/9", "10.127.255.255", false),
        ("10.128.0.0/9", "10.128.0.0", true), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
        ("::/0", "2001:db8::1", true), ("10.0.0.10", "10.0.0.11", false), ("10.0.0.10", "::ffff:10.0.0.10", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
    ])
    func `A block contains the addresses that share its prefix`(
        _ block: String,
        _ address: String,
        _ isInside: Bool
    ) throws {
        let octets = try #require(IPAddress.parse(address))
        #expect(try #require(Network(block)).contains(octets) == isInside)
    }

    @Test func `An address of no known length lies in no block`() throws {
        #expect(try #require(Network("0.0.0.0/0")).contains([]) == false)
        #expect(try #require(Network("::/0")).contains([1, 2, 3]) == false)
    }
}
