// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NameResolution
import SenderScreening
import Synchronization
import Testing

@testable import SMTPServer

/// Who is looked up when many come at once.
@Suite(.timeLimit(.minutes(5)))
struct LookupDeskTests {
    /// A DNS that counts what it is asked, and answers only for one address.
    private final class CountingDNS: NameResolving {
        struct State {
            var questions: [String: Int] = [:]
            var open = 0
            var mostOpen = 0
        }

        let state = Mutex(State())
        private let known = ListedDNS(records: [
            "7.113.0.203.in-addr.arpa ptr": [ListedDNS.wire("mail.example.org")],
            "mail.example.org a": [[203, 0, 113, 7]],
        ])

        func resolve(_ name: String, _ type: DNSRecordType) async throws(NameResolutionError) -> DNSAnswer {
            state.withLock { state in
                state.questions["\(name) \(type)", default: 0] += 1
                state.open += 1
                state.mostOpen = max(state.mostOpen, state.open)
            }
            defer { state.withLock { $0.open -= 1 } }
            if name.hasPrefix("7.113.0.203.") || type == .a { return try await known.resolve(name, type) }
            return try await SilentDNS().resolve(name, type)
        }
    }

    private let dns = CountingDNS()

    private func key(_ octets: [UInt8]) throws -> ClientKey { try #require(ClientKey(octets)) }

    private func screen(timeout: Duration) -> SenderScreen {
        makeScreen(resolver: dns) { $0.lookups.timeout = timeout }
    }

    @Test func `sessions of one address wait for one lookup, which goes on while one of them waits`() async throws {
        let screen = screen(timeout: .seconds(3600))
        let address = try key([198, 51, 100, 7])
        let lookups = (0..<20).compactMap { _ in screen.beginLookup(address) }
        while screen.desk.underWay == 0 { await Task.yield() }
        for lookup in lookups.dropLast() {
            lookup.cancel()
            #expect(await lookup.value == ClientFindings(reverseName: .unknown))
        }
        #expect(screen.desk.underWay == 1)
        #expect(dns.state.withLock { $0.questions } == ["7.100.51.198.in-addr.arpa ptr": 1])
        lookups.last?.cancel()
        while screen.desk.underWay > 0 { await Task.yield() }
        #expect(dns.state.withLock { $0.open } == 0)
    }

    @Test func `a client with many addresses has two of them looked up at a time`() async throws {
        let screen = screen(timeout: .milliseconds(200))
        let lookups = try (0..<10).compactMap { number in
            screen.beginLookup(try key([0x20, 1, 0xD, 0xB8] + Array(repeating: 0, count: 11) + [UInt8(number)]))
        }
        for lookup in lookups { _ = await lookup.value }
        #expect(dns.state.withLock { $0.mostOpen } == 2)
        #expect(screen.desk.underWay == 0 && screen.desk.waiting == 0)
    }

    @Test func `a network whose names nobody answers for takes its own turns, and no other network waits for it`()
        async throws
    {
        let screen = screen(timeout: .seconds(3600))
        let flood = try (0..<250).compactMap { screen.beginLookup(try key([198, 51, 100, UInt8($0)])) }
        while screen.desk.waiting < 250 - LookupDesk.maximumPerSite { await Task.yield() }
        #expect(screen.desk.underWay == LookupDesk.maximumPerSite)
        let other = try #require(screen.beginLookup(try key([203, 0, 113, 7])))
        #expect(await other.value == ClientFindings(reverseName: .confirmed("mail.example.org")))
        #expect(dns.state.withLock { $0.mostOpen } <= LookupDesk.maximumLookups)
        for lookup in flood { lookup.cancel() }
        for lookup in flood { #expect(await lookup.value == ClientFindings(reverseName: .unknown)) }
    }

    @Test func `what waits is bounded`() async throws {
        let screen = screen(timeout: .seconds(3600))
        let lookups = try (0..<1500).compactMap { number in
            screen.beginLookup(try key([198, 18, UInt8(number / 250), UInt8(number % 250)]))
        }
        while screen.desk.waiting < LookupDesk.maximumWaiting { await Task.yield() }
        #expect(screen.desk.underWay == LookupDesk.maximumLookups)
        for lookup in lookups { lookup.cancel() }
        for lookup in lookups { _ = await lookup.value }
        #expect(screen.desk.waiting == 0)
    }
}
