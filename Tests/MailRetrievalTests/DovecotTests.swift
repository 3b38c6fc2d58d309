// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import QueueSQLite
import TestLab
import Testing

@testable import MailRetrieval

/// Retrieval from Debian's Dovecot, in TLS from the first octet and by STLS.
struct DovecotTests {
    @Test(arguments: [Endpoint.Scheme.pop3s, .pop3])
    func `every message of Dovecot arrives once, unchanged, and leaves once it is delivered`(
        _ scheme: Endpoint.Scheme
    ) async throws {
        let lab = try await DovecotLab(["azienda": "segreto"])
        try await lab.dovecot.start()
        let maildir = try lab.dovecot.maildir("azienda")
        var bodies: [[UInt8]] = (1...200).map { number in
            Array("Subject: \(number)\r\n\r\n".utf8)
                + Array(repeating: Array(".line \(number)\r\n".utf8), count: number).joined()
        }
        bodies.append(
            Array("Subject: large\r\n\r\n".utf8)
                + Array(repeating: Array("..large line\r\n".utf8), count: 30_000).joined()
        )
        for (number, octets) in bodies.enumerated() { try maildir.add(octets, name: number) }
        var bench = try await RetrievalBench()
        bench.account.endpoint = lab.endpoint(scheme)
        #expect(try await bench.fetch().messages == bodies.count)
        let stored = try await bench.bodies()
        #expect(Set(stored.map(\.content)) == Set(bodies) && stored.count == bodies.count)
        #expect(stored.allSatisfy { $0.trace.contains(" with POP3S\r\n") })
        #expect(try await bench.fetch().messages == 0)
        try await bench.deliverAll()
        #expect(try await bench.fetch().deleted == bodies.count)
        #expect(maildir.count == 0)
        await bench.finish()
        await lab.stop()
    }

    @Test func `a wrong password of Dovecot is a refused login`() async throws {
        let lab = try await DovecotLab(["azienda": "altro"])
        try await lab.dovecot.start()
        var bench = try await RetrievalBench()
        bench.account.endpoint = lab.endpoint(.pop3s)
        do throws(RetrievalFailure) {
            _ = try await bench.fetch()
            Issue.record("no failure")
        } catch {
            #expect(error.kind == .login)
            #expect(error.message.contains("Authentication failed"))
        }
        await bench.finish()
        await lab.stop()
    }
}
