// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import Testing

@Suite struct SMTPReplyDecoderTests {
    private func decode(_ text: String) throws -> [SMTPReply] {
        var decoder = SMTPReplyDecoder()
        decoder.append(ByteBuffer(string: text))
        var replies: [SMTPReply] = []
        while let reply = try decoder.next() { replies.append(reply) }
        return replies
    }

    @Test func `of a long reply at most 8 KB of text are kept, and the next one is read whole`() throws {
        var decoder = SMTPReplyDecoder()
        let line = "550-" + String(repeating: "x", count: 3000) + "\r\n"
        decoder.append(ByteBuffer(string: String(repeating: line, count: 200) + "550 end\r\n250 ok\r\n"))
        let long = try #require(try decoder.next())
        #expect(long.code == 550 && long.lines.count == 2)
        #expect(try decoder.next() == SMTPReply(250, nil, "ok"))
    }

    @Test func `replies of one and of several lines are read with their enhanced status`() throws {
        let replies = try decode(
            "250 ok\r\n250-relay\r\n250-PIPELINING\r\n250 SIZE 10\r\n550-5.1.1 no\r\n550 5.1.1 user\r\n354\r\n"
        )
        #expect(
            replies == [
                SMTPReply(250, "ok"), SMTPReply(250, lines: ["relay", "PIPELINING", "SIZE 10"]),
                SMTPReply(550, EnhancedStatus(5, 1, 1), lines: ["no", "user"]), SMTPReply(354, ""),
            ]
        )
    }

    @Test func `a status is taken only when its class is the code's`() throws {
        #expect(try decode("450 5.1.1 odd\r\n") == [SMTPReply(450, "5.1.1 odd")])
        #expect(try decode("250 2.0.0\r\n") == [SMTPReply(250, EnhancedStatus(2, 0, 0), "")])
        #expect(try decode("250 2.0 x\r\n") == [SMTPReply(250, "2.0 x")])
        #expect(try decode("550 5.1234.1 x\r\n") == [SMTPReply(550, "5.1234.1 x")])
    }

    @Test func `no reply takes the enhanced status of an earlier one`() throws {
        let replies = try decode("550 5.7.1 never\r\n550 no words\r\n")
        #expect(replies.map(\.status) == [EnhancedStatus(5, 7, 1), nil])
    }

    @Test func `every split of the octets gives the same replies`() throws {
        let text = "250-2.1.0 one\r\n250 2.1.0 two\r\n452 4.3.1 full\r\n"
        let whole = try decode(text)
        let octets = Array(text.utf8)
        for cut in 0...octets.count {
            var decoder = SMTPReplyDecoder()
            var replies: [SMTPReply] = []
            for part in [octets[..<cut], octets[cut...]] {
                decoder.append(ByteBuffer(bytes: part))
                while let reply = try decoder.next() { replies.append(reply) }
            }
            #expect(replies == whole)
            #expect(decoder.isEmpty)
        }
    }

    @Test(arguments: [
        "hello\r\n", "25 x\r\n", "2500 x\r\n", "999 x\r\n", "199 x\r\n", "250_x\r\n", "\r\n", "+25 x\r\n", " 250 x\r\n",
    ])
    func `what is no reply is an error that quotes it`(_ text: String) throws {
        let error = #expect(throws: SMTPReplyError.self) { try decode(text) }
        #expect(error?.message.contains(String(text.dropLast(1))) == true)
    }

    @Test func `the codes of a reply's lines must agree`() throws {
        let error = #expect(throws: SMTPReplyError.self) { try decode("250-one\r\n550 two\r\n") }
        #expect(error?.message.contains("550 two") == true)
    }

    @Test func `line and line count are bounded`() throws {
        let longest = "250 " + String(repeating: "x", count: SMTPReplyDecoder.maximumLineOctets - 6)
        #expect(try decode(longest + "\r\n").count == 1)
        #expect(throws: SMTPReplyError.self) { try decode(longest + "x\r\n") }
        #expect(throws: SMTPReplyError.self) { try decode(String(repeating: "2", count: 5000)) }
        let lines = String(repeating: "250-x\r\n", count: SMTPReplyDecoder.maximumLines - 1)
        #expect(try decode(lines + "250 x\r\n").count == 1)
        #expect(throws: SMTPReplyError.self) { try decode(lines + "250-x\r\n250 x\r\n") }
    }

    @Test func `control characters do not reach a log`() throws {
        #expect(try decode("550 a\u{1B}[2Jb\0c\rd\r\n") == [SMTPReply(550, "a?[2Jb?c?d")])
    }

    @Test func `half a reply is not empty`() throws {
        var decoder = SMTPReplyDecoder()
        decoder.append(ByteBuffer(string: "250-x\r\n"))
        #expect(try decoder.next() == nil)
        #expect(!decoder.isEmpty)
    }
}
