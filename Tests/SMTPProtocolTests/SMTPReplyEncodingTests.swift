// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import Testing

struct SMTPReplyEncodingTests {
    private func encoded(_ reply: SMTPReply) -> String {
        var buffer = ByteBuffer()
        reply.encode(into: &buffer)
        return String(buffer: buffer)
    }

    @Test
    func `every line of a reply bears the code and the enhanced status`() {
        #expect(encoded(SMTPReply(250, EnhancedStatus(2, 1, 0), "fine")) == "250 2.1.0 fine\r\n")
        #expect(encoded(SMTPReply(354, nil, "go on")) == "354 go on\r\n")
        #expect(
            encoded(SMTPReply(550, EnhancedStatus(5, 7, 1), lines: ["no", "not at all"]))
                == "550-5.7.1 no\r\n550 5.7.1 not at all\r\n"
        )
        #expect(encoded(SMTPReply(250, nil, lines: ["a", "b"])) == "250-a\r\n250 b\r\n")
    }

    @Test
    func `a text that came from elsewhere cannot end the line`() {
        #expect(encoded(SMTPReply(550, nil, "a\r\n250 b\u{0}è")) == "550 a??250 b???\r\n")
    }

    @Test
    func `a long text goes on in further lines of at most 512 octets`() {
        let text = encoded(SMTPReply(550, EnhancedStatus(5, 7, 1), String(repeating: "x", count: 1200)))
        let lines = text.split(separator: "\r\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.utf8.count + 2 <= 512 })
        #expect(lines[0].hasPrefix("550-5.7.1 ") && lines[2].hasPrefix("550 5.7.1 "))
        #expect(lines.map { $0.filter { $0 == "x" }.count }.reduce(0, +) == 1200)
    }
}
