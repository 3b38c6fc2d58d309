// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import POP3Protocol
import Testing

@Suite struct POP3ResponseDecoderTests {
    /// What a run of octets means, whatever the pieces: statuses, challenges, contents.
    private enum Meaning: Equatable {
        case status(String)
        case challenge(String)
        case content([UInt8])
    }

    private func meanings(_ pieces: [ArraySlice<UInt8>], multiLine: Bool = true) throws -> [Meaning] {
        var decoder = POP3ResponseDecoder(limit: 64)
        var found: [Meaning] = []
        var content: [UInt8] = []
        for piece in pieces {
            decoder.append(ByteBuffer(bytes: piece))
            while let frame = try decoder.next(isMultiLine: multiLine) {
                switch frame {
                case .status(let status): found.append(.status(status.description))
                case .challenge(let text): found.append(.challenge(text))
                case .piece(let octets):
                    #expect(octets.readableBytes > 0)
                    content += octets.readableBytesView
                case .end:
                    found.append(.content(content))
                    content = []
                }
            }
        }
        #expect(decoder.pendingOctets == 0)
        return found
    }

    /// Every cut into two, and the cut into single octets.
    private func cuts(_ octets: [UInt8]) -> [[ArraySlice<UInt8>]] {
        (0...octets.count).map { [octets[..<$0], octets[$0...]] } + [octets.indices.map { octets[$0...$0] }]
    }

    @Test(arguments: [
        ("", ".\r\n"), ("a\r\n", "a\r\n.\r\n"), (".\r\n", "..\r\n.\r\n"), ("..\r\n", "...\r\n.\r\n"),
        ("a\r\n.b\r\n\r\n", "a\r\n..b\r\n\r\n.\r\n"), ("a\n.\nb\r\n", "a\n.\nb\r\n.\r\n"),
        ("a\n.\r\nb\r\n", "a\n.\r\nb\r\n.\r\n"), ("\0\0\r\n", "\0\0\r\n.\r\n"), ("\r\n", "\r\n.\r\n"),
        ("a\rb\r\r\n", "a\rb\r\r\n.\r\n"), ("\n", ".\n.\r\n"), ("x\r\n\n\r\n", "x\r\n.\n\r\n.\r\n"),
        ("\rx\r\n", ".\rx\r\n.\r\n"), ("x\r\n\r\r\n", "x\r\n.\r\r\n.\r\n"), ("b\r\n", ".b\r\n.\r\n"),
    ])
    func `content is undotted and ends with CRLF dot CRLF alone, across any cut`(
        _ content: String,
        _ wire: String
    ) throws {
        let octets = Array("+OK here\r\n\(wire)-ERR no\r\n".utf8)
        let expected: [Meaning] = [.status("+OK here"), .content(Array(content.utf8)), .status("-ERR no")]
        // The lone "\n" behind a dropped dot does not begin a line: what follows decides where the content ends.
        guard wire != ".\n.\r\n" else { return try endsLater() }
        for pieces in cuts(octets) { #expect(try meanings(pieces) == expected) }
    }

    private func endsLater() throws {
        let octets = Array("+OK\r\n.\n.\r\nx\r\n.\r\n".utf8)
        for pieces in cuts(octets) {
            #expect(try meanings(pieces) == [.status("+OK"), .content(Array("\n.\r\nx\r\n".utf8))])
        }
    }

    @Test func `a server that ends lines with LF alone is understood, across any cut`() throws {
        let octets = Array("+OK\nFrom: a\n\n..b\nc\n.\n+OK two\n.\n-ERR no\n".utf8)
        let expected: [Meaning] = [
            .status("+OK"), .content(Array("From: a\n\n.b\nc\n".utf8)), .status("+OK two"), .content([]),
            .status("-ERR no"),
        ]
        for pieces in cuts(octets) { #expect(try meanings(pieces) == expected) }
    }

    @Test func `random content survives being dotted and cut`() throws {
        var generator = SystemRandomNumberGenerator()
        let alphabet: [UInt8] = [0x0D, 0x0A, 0x2E, 0x2E, 0x41, 0x00, 0xFF]
        for _ in 0..<300 {
            var content = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            content += [0x0D, 0x0A]
            let wire = POP3MultiLine.response(status: "+OK", message: ByteBuffer(bytes: content))
            for pieces in cuts(Array(wire.readableBytesView)) {
                #expect(try meanings(pieces) == [.status("+OK"), .content(content)])
            }
        }
    }

    @Test func `statuses and challenges are read across any cut`() throws {
        let octets = Array("+OK\r\n-ERR [IN-USE] busy\r\n+ \r\n+\r\n+ YWJj\r\n+ok lower\r\n".utf8)
        let expected: [Meaning] = [
            .status("+OK"), .status("-ERR [IN-USE] busy"), .challenge(""), .challenge(""), .challenge("YWJj"),
            .status("+OK lower"),
        ]
        for pieces in cuts(octets) { #expect(try meanings(pieces, multiLine: false) == expected) }
    }

    @Test(arguments: ["HTTP/1.1 400 Bad\r\n", "\r\n", "220 smtp\r\n", "+OKAY\r\n", "* OK IMAP\r\n", "\u{0}\r\n"])
    func `what is no status is refused with what was sent`(_ line: String) {
        #expect(throws: POP3Failure.self) { try meanings([Array(line.utf8)[...]]) }
    }

    @Test func `an endless status line is refused while it grows`() {
        var decoder = POP3ResponseDecoder(limit: 64)
        decoder.append(ByteBuffer(repeating: 0x2B, count: 66))
        #expect(throws: POP3Failure(.limit, "the server sent a line of more than 64 octets")) {
            try decoder.next(isMultiLine: false)
        }
    }

    @Test func `response codes are understood and control characters replaced`() throws {
        #expect(POP3Status(line: "-ERR [in-use] x")?.code == .inUse)
        #expect(POP3Status(line: "-ERR [LOGIN-DELAY] x")?.code == .loginDelay)
        #expect(POP3Status(line: "-ERR [SYS/TEMP] x")?.code == .systemTemporary)
        #expect(POP3Status(line: "-ERR [SYS/PERM] x")?.code == .systemPermanent)
        #expect(POP3Status(line: "-ERR [AUTH] x")?.code == .authentication)
        #expect(POP3Status(line: "-ERR [X] x")?.code == .other("X"))
        #expect(POP3Status(line: "-ERR [X y")?.text == "[X y")
        #expect(POP3Status(line: "+OK a\u{1b}[2Jb")?.description == "+OK a?[2Jb")
        #expect(try #require(POP3Status(line: "-ERR [QUOTA] mailbox full")).saysMailboxFull)
        #expect(try !#require(POP3Status(line: "+OK 3 messages")).saysMailboxFull)
    }
}
