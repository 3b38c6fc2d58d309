// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import ScannerProtocols
import Testing

/// A reply as it comes: length, letter, data.
func milterFrame(_ letter: Character, _ data: String = "", number: UInt32? = nil) -> [UInt8] {
    var content = ByteBuffer(string: String(letter))
    if let number { content.writeInteger(number) }
    content.writeString(data)
    var frame = ByteBuffer(integer: UInt32(content.readableBytes))
    frame.writeImmutableBuffer(content)
    return Array(frame.readableBytesView)
}

@Suite struct MilterReplyTests {
    private static func ada() -> AddrSpec { AddrSpec(localPart: "ada", domain: "fuori.test") }

    private static let replies: [([UInt8], MilterReply)] = [
        (milterFrame("c"), .continue), (milterFrame("a"), .accept), (milterFrame("r"), .reject),
        (milterFrame("t"), .postpone), (milterFrame("4"), .postpone), (milterFrame("f"), .postpone),
        (milterFrame("d"), .discard), (milterFrame("s"), .skip), (milterFrame("p"), .progress),
        (milterFrame("q", "look at it\0"), .quarantine("look at it")), (milterFrame("q"), .quarantine("")),
        (milterFrame("y", "550 5.7.0 no\0"), .reply(SMTPReply(550, EnhancedStatus(5, 7, 0), "no"))),
        (milterFrame("h", "X-A\0one\n two\0"), .change(.addField(name: "X-A", body: "one\n two"))),
        (milterFrame("h", "X-A\0one"), .change(.addField(name: "X-A", body: "one"))),
        (milterFrame("h", "X-A\0\0"), .change(.addField(name: "X-A", body: ""))),
        (milterFrame("i", "X-A\0a\0", number: 1), .change(.insertField(index: 1, name: "X-A", body: "a"))),
        (milterFrame("m", "X-A\0\0", number: 2), .change(.changeField(name: "X-A", occurrence: 2, body: ""))),
        (milterFrame("+", "<ada@fuori.test>\0"), .change(.addRecipient(ada()))),
        (milterFrame("2", "ada@fuori.test\0NOTIFY=NEVER\0"), .change(.addRecipient(ada()))),
        (milterFrame("-", "<ada@fuori.test>\0"), .change(.removeRecipient(ada()))),
        (milterFrame("e", "<ada@fuori.test>\0"), .change(.changeSender(.mailbox(ada())))),
        (milterFrame("e", "<>\0"), .change(.changeSender(.null))),
        (milterFrame("b", "corpo\r\n"), .body(ByteBuffer(string: "corpo\r\n"))),
        (milterFrame("b"), .body(ByteBuffer())),
    ]

    @Test(arguments: replies)
    func `a reply is read when it is whole, and no prefix of it is a reply`(
        _ octets: [UInt8],
        _ reply: MilterReply
    ) throws {
        for length in 0..<octets.count {
            var decoder = MilterFrameDecoder()
            decoder.append(ByteBuffer(bytes: octets[..<length]))
            #expect(try decoder.next() == nil)
            decoder.append(ByteBuffer(bytes: octets[length...]))
            #expect(try decoder.next() == reply)
            #expect(!decoder.holdsOctets)
        }
    }

    @Test func `the negotiation is read, with or without macros behind it`() throws {
        var frame = ByteBuffer(integer: UInt32(13))
        frame.writeString("O")
        for number in [6, 0x1F, 0x10_0081] as [UInt32] { frame.writeInteger(number) }
        for more in ["", "\0\0\0\u{1}j {daemon_name}\0"] {
            var octets = ByteBuffer(integer: UInt32(13 + more.utf8.count))
            octets.writeImmutableBuffer(frame.getSlice(at: 4, length: 13)!)
            octets.writeString(more)
            var decoder = MilterFrameDecoder()
            decoder.append(octets)
            guard case .negotiated(6, let actions, let steps) = try decoder.next() else {
                Issue.record("no negotiation")
                return
            }
            #expect(actions.rawValue == 0x1F && steps == [.leadingSpace, .silentOnFields, .noConnect])
        }
    }

    @Test func `replies are cut wherever the pieces end, one octet at a time`() throws {
        let octets = Self.replies.flatMap(\.0)
        var decoder = MilterFrameDecoder()
        var read: [MilterReply] = []
        for octet in octets {
            decoder.append(ByteBuffer(bytes: [octet]))
            while let reply = try decoder.next() { read.append(reply) }
        }
        #expect(read == Self.replies.map(\.1))
    }

    @Test(arguments: [
        [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0x10, 0, 2], Array("HTTP/1.1 400 Bad\r\n".utf8),
        milterFrame("Z"), milterFrame("c", "x"), milterFrame("O", "\0\0\0\u{6}"), milterFrame("h", "X-A\0"),
        milterFrame("h"), milterFrame("h", "a\0b\0c\0"), milterFrame("i", "X"), milterFrame("m", "", number: 1),
        milterFrame("m", "X-A\0b\0", number: 4_000_000_000), milterFrame("+", "\0"), milterFrame("+", "no address\0"),
        milterFrame("+", "<a@b.test\r\nRCPT TO:<c@d.test>\0"), milterFrame("-"), milterFrame("e"), milterFrame("y"),
        milterFrame("+", String(repeating: "a", count: 2000) + "@b.test\0"),
    ])
    func `what is no reply is an error, and nothing beyond it is read`(_ octets: [UInt8]) {
        var decoder = MilterFrameDecoder()
        decoder.append(ByteBuffer(bytes: octets))
        #expect(throws: MilterError.self) { try decoder.next() }
    }

    /// What a milter gives the client to read, and what becomes of it; nil is an error.
    @Test(
        arguments: [
            ("550 5.7.1 no\0", "550 5.7.1 no"), ("451 later\0", "451 4.7.1 later"), ("554\0", "554 5.7.1 "),
            ("550-5.7.1 one\r\n550 5.7.1 two\0", "550 5.7.1 one two"), ("550-one\n550 two\0", "550 5.7.1 one two"),
            ("550 100%% sure\0", "550 5.7.1 100% sure"), ("421 4.3.2 going down\0", "451 4.3.2 going down"),
            ("550 4.7.1 wrong class\0", "550 5.7.1 wrong class"), ("550 5.7.1 a\u{1b}[31m\0", "550 5.7.1 a?[31m"),
            ("550 5.7.1 end\r\n\0", "550 5.7.1 end"),
            // Malformed replies of several lines, which others have read beyond their end.
            ("550-5.7.1 one\0", nil), ("550-5.7.1 one\r\n\0", nil), ("550-one\r\n551 two\0", nil),
            ("550 one\r\n550 two\0", nil),
            ("550-one\r\n\r\n550 two\0", nil), ("550-one\r\n55\0", nil), ("55\0", nil), ("\0", nil), ("250 ok\0", nil),
            ("354 go\0", nil), ("600 x\0", nil), ("abc\0", nil), ("550x\0", nil), ("550 a\0550 b\0", nil),
            (String(repeating: "550-a\r\n", count: 40) + "550 a\0", nil),
            ("550 " + String(repeating: "a", count: 9000), nil),
        ] as [(String, String?)]
    )
    func `a reply for the client is taken when it is one`(_ text: String, _ expected: String?) {
        var decoder = MilterFrameDecoder()
        decoder.append(ByteBuffer(bytes: milterFrame("y", text)))
        do {
            guard case .reply(let reply) = try decoder.next() else {
                Issue.record("no reply")
                return
            }
            #expect(reply.description == expected)
        } catch {
            #expect(expected == nil)
        }
    }
}
