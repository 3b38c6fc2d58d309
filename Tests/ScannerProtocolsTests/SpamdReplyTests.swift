// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ScannerProtocols
import Testing

@Suite struct SpamdReplyTests {
    private static let spam = "SPAMD/1.1 0 EX_OK\r\nContent-length: 11\r\nSpam: True ; 1004.2 / 5.0\r\n\r\nGTUBE,NOREL"

    private static func read(_ text: String, isEnd: Bool = true) -> SpamdReply.Reading {
        SpamdReply.read(Array(text.utf8), isEnd: isEnd)
    }

    @Test func `a verdict is read with score, threshold and symbols`() throws {
        guard case .reply(let reply) = Self.read(Self.spam, isEnd: false) else {
            Issue.record("no reply")
            return
        }
        let verdict = try #require(reply.verdict)
        #expect(verdict.isSpam && verdict.score == 1004.2 && verdict.threshold == 5)
        #expect(reply.code == 0 && reply.words == "EX_OK" && reply.symbols == ["GTUBE", "NOREL"])
    }

    @Test(arguments: [
        ("SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; -0.1 / 5.0\r\n\r\n", 0, "EX_OK"),
        ("SPAMD/1.1 0 EX_OK\nspam:No;0/5\n\nA,B", 0, "EX_OK"),
        ("SPAMD/1.5 0 PONG\r\n", 0, "PONG"),
        ("SPAMD/1.0 76 Bad header line: FOO\r\n", 76, "Bad header line: FOO"),
        ("SPAMD/1.5 79 Timeout: (30 second timeout)\r\n\r\n", 79, "Timeout: (30 second timeout)"),
    ])
    func `replies of all kinds are read at the end of the connection`(_ text: String, _ code: Int, _ words: String) {
        guard case .reply(let reply) = Self.read(text) else {
            Issue.record("no reply")
            return
        }
        #expect(reply.code == code && reply.words == words)
    }

    @Test func `no prefix of a reply is one, and a cut one is malformed`() {
        for length in 0..<Self.spam.utf8.count {
            let octets = Array(Self.spam.utf8.prefix(length))
            #expect(SpamdReply.read(octets, isEnd: false) == .incomplete, "\(length)")
            // Behind the first line a reply without verdict may end: it has none.
            guard case .reply(let reply) = SpamdReply.read(octets, isEnd: true) else { continue }
            #expect(reply.verdict == nil)
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n\r\n", "SPAMD/1.1\r\n", "SPAMD/1.1 x EX_OK\r\n\r\n", "SPAMD/1.1 -1 EX_OK\r\n\r\n",
        "SPAMD/1.1 0 EX_OK\r\nSpam: Maybe ; 1 / 5\r\n\r\n", "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 1\r\n\r\n",
        "SPAMD/1.1 0 EX_OK\r\nSpam: True ; nan / 5\r\n\r\n", "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 1 / 5 / 6\r\n\r\n",
        "SPAMD/1.1 0 EX_OK\r\nContent-length: -1\r\n\r\n",
        "SPAMD/1.1 0 EX_OK\r\nContent-length: 99999999999999999999\r\n\r\n",
        "SPAMD/1.1 0 EX_OK\r\nno colon\r\n\r\n", "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 9 / 5\r\n",
        String(repeating: "A", count: SpamdReply.maximumOctets + 1),
    ])
    func `nothing else is a reply`(_ text: String) {
        #expect(Self.read(text) == .malformed)
    }

    @Test func `what could steer a terminal is replaced`() {
        guard case .reply(let reply) = Self.read("SPAMD/1.1 0 a\u{1b}[31m\u{e8}\r\nSpam: True ; 9 / 5\r\n\r\nA\u{7},B")
        else {
            Issue.record("no reply")
            return
        }
        #expect(reply.words == "a?[31m??" && reply.symbols == ["A", "B"])
    }
}
