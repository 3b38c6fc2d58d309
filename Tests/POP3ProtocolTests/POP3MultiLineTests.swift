// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import POP3Protocol
import Testing

@Suite struct POP3MultiLineTests {
    private func response(_ message: String, lines: Int? = nil) -> String {
        String(buffer: POP3MultiLine.response(status: "+OK", message: ByteBuffer(string: message), lines: lines))
    }

    @Test(arguments: [
        ("", ".\r\n"), ("a\r\n", "a\r\n.\r\n"), ("a", "a\r\n.\r\n"), (".\r\n", "..\r\n.\r\n"),
        ("a\r\n.b\r\n..\r\n", "a\r\n..b\r\n...\r\n.\r\n"), ("a\n.b\r\n", "a\n.b\r\n.\r\n"), ("a\n", "a\n\r\n.\r\n"),
        ("\0\r\n", "\0\r\n.\r\n"), ("\r\n.", "\r\n..\r\n.\r\n"),
    ])
    func `dots at line starts are doubled and the end is marked`(_ message: String, _ content: String) {
        #expect(response(message) == "+OK\r\n" + content)
    }

    @Test(arguments: [
        (0, "A: b\r\n\r\n"), (1, "A: b\r\n\r\none\r\n"), (2, "A: b\r\n\r\none\r\n..two\r\n"),
        (9, "A: b\r\n\r\none\r\n..two\r\nthree\r\n"),
    ])
    func `TOP cuts behind so many lines of the body`(_ lines: Int, _ content: String) {
        #expect(response("A: b\r\n\r\none\r\n.two\r\nthree\r\n", lines: lines) == "+OK\r\n\(content).\r\n")
    }

    @Test func `lines are cut at every split, with CRLF or LF, and overlong ones are passed over`() {
        let text = "USER mario\r\nLIST\n\r\n" + String(repeating: "x", count: 40) + "\r\nQUIT\r\n"
        let expected: [POP3LineDecoder.Line] = [.text("USER mario"), .text("LIST"), .text(""), .tooLong, .text("QUIT")]
        let octets = Array(text.utf8)
        for split in 0...octets.count {
            var decoder = POP3LineDecoder(limit: 20)
            var lines: [POP3LineDecoder.Line] = []
            for piece in [octets[..<split], octets[split...]] {
                decoder.append(ByteBuffer(bytes: piece))
                while let line = decoder.next() { lines.append(line) }
            }
            #expect(lines == expected)
            #expect(decoder.pendingOctets == 0)
        }
    }

    @Test func `an endless line does not grow memory`() {
        var decoder = POP3LineDecoder(limit: 100)
        for _ in 0..<1000 {
            decoder.append(ByteBuffer(repeating: 0x41, count: 1000))
            #expect(decoder.next() == nil)
            #expect(decoder.pendingOctets <= 1101)
        }
        decoder.append(ByteBuffer(string: "\r\nNOOP\r\n"))
        #expect(decoder.next() == .tooLong)
        #expect(decoder.next() == .text("NOOP"))
    }
}
