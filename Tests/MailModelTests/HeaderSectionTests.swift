// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

struct HeaderSectionTests {
    private static func section(_ text: String) -> HeaderSection { HeaderSection(ByteBuffer(string: text)) }

    @Test func `Fields are read in order with name, unfolded body and place`() {
        let text = "From: a@b.it\r\nSubject:  one\r\n two\r\n\tthree \r\nX-Empty:\r\n\r\nBody: no\r\n"
        let section = Self.section(text)
        #expect(section.fields.map(\.name) == ["From", "Subject", "X-Empty"])
        #expect(section.fields.map(\.body) == ["a@b.it", "one two\tthree", ""])
        #expect(section.fields.map(\.range) == [0..<14, 14..<44, 44..<54])
        #expect(section.octets == 56)
        #expect(section.isWellFormed)
        #expect(!section.isTruncated)
    }

    @Test func `Names compare without case and fields repeat`() {
        let section = Self.section("RECEIVED: 1\r\nreceived: 2\r\nX: 3\r\n\r\n")
        #expect(section.first("Received") == "1")
        #expect(section.all("Received") == ["1", "2"])
        #expect(section.receivedCount == 2)
        #expect(section.first("Receive") == nil)
        #expect(section.fields[0].isNamed("rEcEiVeD"))
        #expect(!section.fields[2].isNamed("x-"))
    }

    @Test(arguments: [
        ("A: 1\nB: 2\n\nbody", 2, 11, true), ("A: 1\r\nB: 2\n\r\nbody", 2, 13, true),
        ("A: 1\r\nB: 2\r\n\nbody", 2, 13, true), ("\r\nbody", 0, 2, true), ("\n", 0, 1, true), ("", 0, 0, true),
        ("A: 1\r\n", 1, 6, true), ("A: 1", 1, 4, true), ("A: 1\r\nB: 2", 2, 10, true),
        ("no header at all", 0, 0, false),
        ("A: 1\r\nno field\r\nB: 2\r\n\r\n", 1, 6, false), (" folded first\r\nA: 1\r\n\r\n", 0, 0, false),
        ("A : 1\r\n\r\n", 1, 9, true), (": no name\r\n\r\n", 0, 0, false), ("A\0: 1\r\n\r\n", 0, 0, false),
        ("A: 1\0\0\r\n\r\n", 1, 10, true), ("A: 1\r\n \r\nB: 2\r\n\r\n", 2, 17, true),
        ("From root Mon Nov 23\r\nA: 1\r\n\r\n", 1, 30, false), (">From x\nA: 1\n\n", 1, 14, false),
        ("A: 1\r\nFrom x\r\n\r\n", 1, 6, false), ("A: 1\rB: 2\r\n\r\n", 1, 13, true), ("\0\0\0", 0, 0, false),
    ])
    func `A section ends at the empty line or in front of what is no field`(
        _ text: String,
        _ fields: Int,
        _ octets: Int,
        _ isWellFormed: Bool
    ) {
        let section = Self.section(text)
        #expect(section.fields.count == fields)
        #expect(section.octets == octets)
        #expect(section.isWellFormed == isWellFormed)
        #expect(!section.isTruncated)
    }

    @Test func `Octets beyond ASCII are UTF-8, or Latin-1 where they are not`() {
        #expect(Self.section("S: perché\r\n\r\n").first("S") == "perché")
        let latin = HeaderSection(ByteBuffer(bytes: Array("S: perch".utf8) + [0xE9, 0x0D, 0x0A, 0x0D, 0x0A]))
        #expect(latin.first("S") == "perché")
    }

    @Test(
        arguments: [
            ("Message-ID: <a.b@c.it>", "a.b@c.it"), ("message-id:\r\n <a@b>", "a@b"), ("Message-ID: a@b", "a@b"),
            ("Message-Id: (x) <a@\r\n b> tail", "a@b"), ("Message-ID: <a@b", "a@b"), ("Message-ID: <>", nil),
            ("Message-ID:", nil), ("X: 1", nil), ("Message-ID: <<a@b>>", "<a@b"),
        ] as [(String, String?)]
    )
    func `The Message-ID is what its brackets hold`(_ field: String, _ identifier: String?) {
        #expect(Self.section("\(field)\r\n\r\n").messageID == identifier)
    }

    @Test func `A section in two pieces is the same wherever it is cut`() {
        let texts = [
            "A: 1\r\nB: 2\r\n 3\r\n\r\nbody\r\n\r\n", "A: 1\nB: 2\n\nbody", "\r\nbody",
            "A: 1\r\nbad line\r\nB: 2\r\n\r\n",
            "From x\r\nA: 1\r\n\r\n",
        ]
        for text in texts {
            let whole = Self.section(text)
            let bytes = Array(text.utf8)
            for cut in 0...bytes.count {
                var collector = HeaderCollector()
                collector.append(ByteBuffer(bytes: bytes[..<cut]))
                #expect(collector.isComplete == (cut >= whole.octets && Self.endSeen(text, cut, whole)))
                collector.append(ByteBuffer(bytes: bytes[cut...]))
                #expect(collector.isComplete)
                Self.expectEqual(collector.section, whole)
            }
        }
    }

    @Test func `A section in pieces of one octet is the same`() {
        let text = "A: 1\r\nB: 2\r\n\t3\r\n\r\nbody"
        var collector = HeaderCollector()
        for octet in text.utf8 { collector.append(ByteBuffer(bytes: [octet])) }
        Self.expectEqual(collector.section, Self.section(text))
    }

    @Test func `A collector holds no more than its limit and says that fields may be missing`() {
        var collector = HeaderCollector(limit: 20)
        collector.append(ByteBuffer(string: "A: 1\r\nB: 2\r\n"))
        #expect(!collector.isComplete)
        collector.append(ByteBuffer(string: "C: 3\r\nD: 4\r\n\r\n"))
        #expect(collector.isComplete)
        #expect(collector.section.isTruncated)
        #expect(collector.section.octets <= 20)
        #expect(HeaderSection(ByteBuffer(repeating: 0x41, count: 300_000)).isTruncated)
        #expect(!HeaderSection(ByteBuffer(string: "A: 1\r\n\r\n"), limit: 8).isTruncated)
    }

    @Test func `What stands in front of the reader index is not part of the message`() {
        var buffer = ByteBuffer(string: "junkA: 1\r\n\r\n")
        buffer.moveReaderIndex(forwardBy: 4)
        #expect(HeaderSection(buffer).fields.first?.range == 0..<6)
    }

    private static func endSeen(_ text: String, _ cut: Int, _ whole: HeaderSection) -> Bool {
        guard !whole.isWellFormed, text.hasPrefix("A: 1\r\nbad line") else { return true }
        return cut >= 16
    }

    private static func expectEqual(_ left: HeaderSection, _ right: HeaderSection) {
        #expect(left.fields.map(\.name) == right.fields.map(\.name))
        #expect(left.fields.map(\.body) == right.fields.map(\.body))
        #expect(left.fields.map(\.range) == right.fields.map(\.range))
        #expect(left.octets == right.octets)
        #expect(left.isWellFormed == right.isWellFormed)
    }
}
