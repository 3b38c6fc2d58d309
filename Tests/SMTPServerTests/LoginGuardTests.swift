// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

@testable import SMTPServer

/// Logins that fail, by the client's address.
@Suite struct LoginGuardTests {
    private let logins = LoginGuard()
    private let start = NIODeadline.now()

    private func peer(_ address: String) throws -> PeerAddress {
        PeerAddress(try SocketAddress(ipAddress: address, port: 25))
    }

    private func isRefused(_ address: String, after time: TimeAmount) throws -> Bool {
        let reply = logins.refusal(of: try peer(address), hostname: "relay.azienda.it", now: start + time)
        #expect(reply.map { $0.description.hasPrefix("421 4.7.0 ") } ?? true)
        return reply != nil
    }

    private func fail(_ address: String, _ count: Int, after time: TimeAmount) throws {
        for _ in 0..<count { logins.noteFailure(of: try peer(address), now: start + time) }
    }

    @Test func `ten failures within ten minutes make an address wait, and no other`() throws {
        try fail("192.0.2.1", 9, after: .seconds(0))
        #expect(try !isRefused("192.0.2.1", after: .seconds(1)))
        try fail("192.0.2.1", 1, after: .minutes(9))
        #expect(try isRefused("192.0.2.1", after: .minutes(9)))
        #expect(try isRefused("::ffff:192.0.2.1", after: .minutes(9)))
        #expect(try !isRefused("192.0.2.2", after: .minutes(9)))
        // The nine are forgotten, the tenth counts a while longer.
        #expect(try !isRefused("192.0.2.1", after: .minutes(10)))
        try fail("192.0.2.1", 9, after: .minutes(11))
        #expect(try isRefused("192.0.2.1", after: .minutes(11)))
        #expect(try !isRefused("192.0.2.1", after: .minutes(19)))
    }

    @Test func `failures that are far apart never add up`() throws {
        for minute in 0..<60 {
            try fail("192.0.2.1", 1, after: .minutes(2 * Int64(minute)))
            #expect(try !isRefused("192.0.2.1", after: .minutes(2 * Int64(minute))))
        }
    }

    @Test func `an IPv6 client's whole network waits`() throws {
        for host in 1...10 { try fail("2001:db8:0:1::\(host)", 1, after: .seconds(0)) }
        #expect(try isRefused("2001:db8:0:1:ffff::1", after: .seconds(1)))
        #expect(try !isRefused("2001:db8:0:2::1", after: .seconds(1)))
    }

    @Test func `the table is bounded, and the quietest address is forgotten first`() throws {
        try fail("192.0.2.1", 10, after: .seconds(0))
        try fail("192.0.2.2", 10, after: .seconds(1))
        for number in 2..<LoginGuard.maximumAddresses {
            try fail("10.1.\(number / 256).\(number % 256)", 1, after: .seconds(2))
        }
        #expect(logins.addresses == LoginGuard.maximumAddresses)
        try fail("10.2.0.1", 1, after: .seconds(3))
        #expect(logins.addresses == LoginGuard.maximumAddresses)
        #expect(try !isRefused("192.0.2.1", after: .seconds(3)) && isRefused("192.0.2.2", after: .seconds(3)))
        try fail("10.2.0.2", 1, after: .minutes(11))
        #expect(logins.addresses == 1)
    }
}
