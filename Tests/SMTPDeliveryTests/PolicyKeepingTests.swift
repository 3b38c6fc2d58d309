// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import NameResolution
import PolicyFetching
import QueueSQLite
import Synchronization
import TestLab
import Testing
import TransportPolicy

/// Policies of MTA-STS from a server of theirs, kept in a store on disk.
@Suite(.timeLimit(.minutes(5))) struct PolicyKeepingTests {
    /// A DNS whose record of the policy changes.
    private final class PolicyDNS: NameResolving {
        let identifier = Mutex<String?>("1")

        func resolve(_ name: String, _ type: DNSRecordType) async throws(NameResolutionError) -> DNSAnswer {
            var records: [[UInt8]] = []
            if type == .a { records = [[127, 0, 0, 1]] }
            if type == .txt, let identifier = identifier.withLock({ $0 }) {
                let text = Array("v=STSv1; id=\(identifier);".utf8)
                records = [[UInt8(text.count)] + text]
            }
            return DNSAnswer(records: records, canonicalName: name)
        }
    }

    private struct World {
        let dns = PolicyDNS()
        let clock = MovableClock()
        let server: PolicyServer
        let authority: CertificateAuthority
        let store: SQLiteQueue

        func fetcher() -> MTASTSFetcher {
            MTASTSFetcher(
                .init(port: server.port, trust: authority.root, timeout: .seconds(10)),
                resolver: dns,
                store: store,
                clock: clock,
                logger: Logger(label: "policies") { _ in SwiftLogNoOpLogHandler() }
            )
        }

        var questions: Int { server.questions.count }
    }

    private let enforced = MTASTSPolicy(mode: .enforce, patterns: ["mx.certo.test"], maximumAge: 86_400)

    private func withWorld(_ body: (World) async throws -> Void) async throws {
        let directory = try Files.makeTemporaryDirectory("policies")
        let authority = try CertificateAuthority(in: "\(directory)/ca", names: "DNS:mta-sts.certo.test")
        let text = "version: STSv1\r\nmode: enforce\r\nmx: mx.certo.test\r\nmax_age: 86400\r\n"
        let server = PolicyServer(
            address: "127.0.0.1",
            authority: authority,
            policies: ["mta-sts.certo.test": text]
        )
        try await server.start()
        let store = try SQLiteQueue.open(directory: "\(directory)/state", minimumFree: 0)
        try await body(World(server: server, authority: authority, store: store))
        try await server.stop()
        await store.close()
        Files.remove(directory)
    }

    @Test func `a policy holds over a restart while its server cannot be reached, until its time is over`() async throws
    {
        try await withWorld { world in
            #expect(await world.fetcher().policy(of: "certo.test") == .policy(enforced))
            try await world.server.stop()
            let restarted = world.fetcher()
            await restarted.load()
            #expect(await restarted.policy(of: "certo.test") == .policy(enforced))
            // Neither a record that is taken away nor one that changes undoes it.
            for identifier in [nil, "2"] {
                world.dns.identifier.withLock { $0 = identifier }
                #expect(await restarted.policy(of: "certo.test") == .policy(enforced))
            }
            world.clock.advance(.seconds(86_300))
            #expect(await restarted.policy(of: "certo.test") == .policy(enforced))
            world.clock.advance(.seconds(100))
            #expect(await restarted.policy(of: "certo.test") == .failed(.policyFetchError))
            let late = world.fetcher()
            await late.load()
            #expect(await late.policy(of: "certo.test") == .failed(.policyFetchError))
        }
    }

    @Test
    func `a policy is fetched anew at half of its time and when its identifier changes, and seldom where that fails`()
        async throws
    {
        try await withWorld { world in
            let fetcher = world.fetcher()
            for _ in 0..<3 { _ = await fetcher.policy(of: "certo.test") }
            #expect(world.questions == 1)
            world.clock.advance(.seconds(43_100))
            _ = await fetcher.policy(of: "certo.test")
            #expect(world.questions == 1)
            world.clock.advance(.seconds(200))
            for _ in 0..<3 { _ = await fetcher.policy(of: "certo.test") }
            #expect(world.questions == 2, "at half of its time")
            world.dns.identifier.withLock { $0 = "2" }
            for _ in 0..<3 { _ = await fetcher.policy(of: "certo.test") }
            #expect(world.questions == 3, "its identifier has changed")
            world.clock.advance(.seconds(43_300))
            try await world.server.stop()
            #expect(await fetcher.policy(of: "certo.test") == .policy(enforced))
            try await world.server.start()
            for _ in 0..<3 { #expect(await fetcher.policy(of: "certo.test") == .policy(enforced)) }
            #expect(world.questions == 3, "after a failure nobody asks for a while")
            world.clock.advance(.seconds(301))
            #expect(await fetcher.policy(of: "certo.test") == .policy(enforced))
            #expect(world.questions == 4)
        }
    }
}
