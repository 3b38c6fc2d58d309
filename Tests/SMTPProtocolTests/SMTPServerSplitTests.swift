// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import Testing

/// Pipelined sessions, split in every way.
struct SMTPServerSplitTests {
    private static let dialogues = [
        """
        EHLO a.it
        MAIL FROM:<mario@azienda.it> SIZE=30 ENVID=x
        RCPT TO:<ente@comune.it>
        RCPT TO:<nobody@comune.it
        DATA
        Subject: a

        ..b
        .
        MAIL FROM:<>
        RCPT TO:<ente@comune.it>
        BDAT 5
        abc
        BDAT 3 LAST
        d
        NOOP
        QUIT

        """,
        """
        HELO a.it
        MAIL FROM:<>
        RCPT TO:<a@b.it>
        DATA
        a\u{1}b\u{2}
        .
        FOO
        QUIT

        """,
    ]

    /// Lines end with CRLF; U+0001 stands for a bare LF, U+0002 for a bare CR.
    static func octets(_ dialogue: String) -> [UInt8] {
        dialogue.utf8.flatMap { octet -> [UInt8] in
            switch octet {
            case 10: [13, 10]
            case 1: [10]
            case 2: [13]
            default: [octet]
            }
        }
    }

    private func run(_ octets: [UInt8], splitAt positions: [Int]) -> ScriptedServer {
        var server = ScriptedServer()
        for piece in split(octets, at: positions) { server.receive(piece) }
        return server
    }

    @Test(arguments: dialogues)
    func `a session says and does the same wherever its octets are split`(_ dialogue: String) {
        let octets = Self.octets(dialogue)
        let whole = run(octets, splitAt: [])
        #expect(whole.isClosed && whole.transcript.hasSuffix("221 2.0.0 relay.azienda.it closing\r\n"))
        #expect(!whole.transcript.contains("\r\n421"))
        for first in 0...octets.count {
            for distance in [0, 1, 2, 5] {
                let result = run(octets, splitAt: [first, min(first + distance, octets.count)])
                #expect(result.transcript == whole.transcript, "split at \(first) and \(distance) further")
                #expect(result.messages == whole.messages, "split at \(first) and \(distance) further")
            }
        }
        #expect(run(octets, splitAt: Array(0..<octets.count)).transcript == whole.transcript)
    }

    @Test
    func `the pipelined session delivers both of its messages`() {
        let server = run(Self.octets(Self.dialogues[0]), splitAt: [])
        #expect(
            server.messages.map { String(decoding: $0.content, as: UTF8.self) } == [
                "Subject: a\r\n\r\n.b\r\n", "abc\r\nd\r\n",
            ]
        )
        #expect(run(Self.octets(Self.dialogues[1]), splitAt: []).messages.isEmpty)
    }
}
