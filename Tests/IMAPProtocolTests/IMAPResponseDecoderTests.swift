// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import NIOCore
import TestLab
import Testing

@Suite struct IMAPResponseDecoderTests {
    /// What a server may say in one session.
    static let transcript = """
        * OK [CAPABILITY IMAP4rev1 STARTTLS] ready {5}\r
        * CAPABILITY IMAP4rev1 idle AUTH=PLAIN\r
        A1 OK done\r
        + \r
        * 3 EXISTS\r
        * 1 RECENT\r
        * FLAGS (\\Seen \\Deleted $x)\r
        * OK [UIDVALIDITY 1234567890] valid\r
        * LIST (\\HasNoChildren) "/" {9}\r
        Spam \r\nx)(\r
        * 1 FETCH (UID 7 RFC822.SIZE 12 FLAGS (\\Seen "\\\\Deleted"))\r
        * 2 FETCH (UID 8 BODY[] {14}\r
        a\r\n{3}\r\n)\r\nb c FLAGS ())\r
        * 3 FETCH (BODY[] "short \\"text\\\\" UID 9 X (a (b NIL)) BODY[HEADER.FIELDS (To (x))] {0}\r
        )\r
        * 4 FETCH (UID 10 BODY[] NIL)\r
        * 5 EXPUNGE\r
        * QUOTA "" (STORAGE 10 512 MESSAGE 3 20)\r
        A2 NO [OVERQUOTA] full\r
        * BYE gone\r\n
        """

    static let responses: [IMAPResponse] = [
        .status(IMAPStatus(.ok, code: .init("CAPABILITY", "IMAP4rev1 STARTTLS"), "ready {5}")),
        .capability(["IMAP4REV1", "IDLE", "AUTH=PLAIN"]), .tagged("A1", IMAPStatus(.ok, "done")),
        .continuationRequest(""),
        .exists(3), .other("RECENT"), .other("FLAGS"),
        .status(IMAPStatus(.ok, code: .init("UIDVALIDITY", "1234567890"), "valid")),
        .other("LIST"), .fetch(IMAPFetchData(uid: IMAPUID(7), octets: 12, flags: ["\\Seen", "\\Deleted"])),
        .fetch(IMAPFetchData(uid: IMAPUID(8), flags: [], body: .streamed)),
        .fetch(IMAPFetchData(uid: IMAPUID(9), body: .octets(Array("short \"text\\".utf8)))),
        .fetch(IMAPFetchData(uid: IMAPUID(10), body: .missing)), .expunge(5),
        .quota(IMAPQuota([.init("STORAGE", usage: 10, limit: 512), .init("MESSAGE", usage: 3, limit: 20)])),
        .tagged("A2", IMAPStatus(.no, code: .init("OVERQUOTA"), "full")), .status(IMAPStatus(.bye, "gone")),
    ]

    struct Decoded: Equatable {
        var responses: [IMAPResponse] = []
        var bodies: [(uid: IMAPUID?, octets: Int, content: [UInt8])] = []

        static func == (left: Self, right: Self) -> Bool {
            left.responses == right.responses && left.bodies.map(\.content) == right.bodies.map(\.content)
                && left.bodies.map(\.uid) == right.bodies.map(\.uid)
        }
    }

    static func decode(_ pieces: some Sequence<ArraySlice<UInt8>>, limit: Int = 65_536) throws(IMAPFailure) -> Decoded {
        var decoder = IMAPResponseDecoder(maximumOctets: limit, maximumBodyOctets: 1000)
        var decoded = Decoded()
        for piece in pieces {
            decoder.append(ByteBuffer(bytes: piece))
            while let frame = try decoder.next() {
                switch frame {
                case .response(let response): decoded.responses.append(response)
                case .bodyBegan(let uid, let octets): decoded.bodies.append((uid, octets, []))
                case .bodyPiece(let octets):
                    decoded.bodies[decoded.bodies.count - 1].content += octets.readableBytesView
                }
            }
        }
        return decoded
    }

    @Test func `every response is read, and contents of messages are handed on as they are`() throws {
        let octets = Array(Self.transcript.utf8)
        let decoded = try Self.decode([octets[...]])
        #expect(decoded.responses == Self.responses)
        #expect(decoded.bodies.map { $0.uid?.rawValue } == [8] && decoded.bodies.map(\.octets) == [14])
        #expect(decoded.bodies.map { String(decoding: $0.content, as: UTF8.self) } == ["a\r\n{3}\r\n)\r\nb c"])
    }

    @Test func `wherever the octets are split, the same is read`() throws {
        let octets = Array(Self.transcript.utf8)
        let whole = try Self.decode([octets[...]])
        for cut in 0...octets.count { #expect(try Self.decode([octets[..<cut], octets[cut...]]) == whole) }
        #expect(try Self.decode(octets.indices.map { octets[$0...$0] }) == whole)
    }

    @Test func `every beginning of a session is legal`() throws {
        let octets = Array(Self.transcript.utf8)
        for cut in 0...octets.count { _ = try Self.decode([octets[..<cut]]) }
    }

    @Test(arguments: [
        "", "\r\n", "* \r\n", "*\r\n", "HTTP/1.1 400 Bad\r\n", "220 smtp ready\r\n", "+OK pop3\r\n* 1\r\n",
        "* 1 FETCH\r\n",
        "* 1 FETCH (UID)\r\n", "* 1 FETCH (UID 0)\r\n", "* 1 FETCH (UID x)\r\n", "* 1 FETCH (UID 4294967296)\r\n",
        "* 1 FETCH ((UID 1)\r\n", "* 1 FETCH UID 1)\r\n", "* 1 FETCH (\"UID)\r\n", "* 1 FETCH (FLAGS x)\r\n",
        "* 1 FETCH (RFC822.SIZE -1)\r\n", "* 1 FETCH (BODY[] x)\r\n", "* 1 FETCH (BODY[] \"a\" BODY[] \"b\")\r\n",
        "* 4294967296 EXISTS\r\n", "* 99999999999999999999 EXISTS\r\n", "A1 MAYBE\r\n", "A1 BYE x\r\n", "A-1 OK\r\n",
        "\u{0}\r\n",
    ])
    func `what is not IMAP is a failure and never a trap`(_ text: String) {
        guard !text.isEmpty else { return }
        #expect(throws: IMAPFailure.self) { try Self.decode([Array(text.utf8)[...]]) }
    }

    @Test func `a line without end is given up at the limit`() {
        let endless = Array(repeating: Array("* OK aaaaaaaaaaaaaaaaaaaaaaaaaaaaa".utf8)[...], count: 100)
        #expect(throws: IMAPFailure(.limit, "the server sent a response longer than 1000 octets")) {
            try Self.decode(endless, limit: 1000)
        }
        let whole = Array(("* OK " + String(repeating: "a", count: 2000) + "\r\n").utf8)
        #expect(throws: IMAPFailure.self) { try Self.decode([whole[...]], limit: 1000) }
    }

    @Test(arguments: [
        "* LIST () \"/\" {4294967296}\r\n", "* LIST () \"/\" {70000}\r\n", "* 1 FETCH (BODY[] {4294967296}\r\n",
        "* 1 FETCH (BODY[] {1001}\r\n", "* 1 FETCH (BODY[] {99999999999999999999999999}\r\n",
        "* 1 FETCH (FLAGS (\"BODY[]\" {2000000}\r\n", "* LIST ~{99999999}\r\n", "* LIST {99999999+}\r\n",
    ])
    func `a literal beyond the limits is refused when it is announced`(_ text: String) {
        do throws(IMAPFailure) {
            _ = try Self.decode([Array(text.utf8)[...]])
            Issue.record("no failure")
        } catch {
            #expect(error.code == .limit)
        }
    }

    @Test func `many small literals of one response add up to the same limit`() {
        let text = "* LIST" + String(repeating: " {10}\r\n0123456789", count: 7000)
        #expect(throws: IMAPFailure.self) { try Self.decode([Array(text.utf8)[...]]) }
    }

    @Test func `lists are nested up to a bound`() throws {
        let deep = { (depth: Int) in
            Array(
                "* 1 FETCH (X \(String(repeating: "(", count: depth))\(String(repeating: ")", count: depth)))\r\n".utf8
            )
        }
        #expect(try Self.decode([deep(15)[...]]).responses.count == 1)
        #expect(throws: IMAPFailure(.limit, "the server nested lists deeper than 16")) {
            try Self.decode([deep(16)[...]])
        }
        #expect(throws: IMAPFailure.self) { try Self.decode([deep(20_000)[...]]) }
    }

    @Test func `control characters of a server steer no terminal`() throws {
        let decoded = try Self.decode([Array("* NO [X\u{1B}[2J] a\u{1B}[31m\u{202E}\tb\r\n".utf8)[...]])
        guard case .status(let status) = decoded.responses[0] else { throw IMAPFailure(.malformed, "no status") }
        #expect(!status.description.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    }

    @Test func `no mutation of a session traps or is gathered without bound`() {
        var generator = SeededGenerator(seed: 3501)
        let octets = Array(Self.transcript.utf8)
        let words = [
            "\r\n", "(", ")", "\"", "\\", "{3}\r\n", "{99}", "~{1+}\r\n", "* 1 FETCH (BODY[] {5}\r\n", "NIL", "\u{0}",
            "[", "]",
        ]
        for _ in 0..<20_000 {
            var mutated = octets
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<mutated.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: mutated.remove(at: place)
                case 1: mutated[place] = UInt8.random(in: 0...255, using: &generator)
                case 2:
                    mutated.insert(contentsOf: Array((words.randomElement(using: &generator) ?? "").utf8), at: place)
                default: mutated.removeSubrange(place..<min(mutated.count, place + 9))
                }
            }
            let cut = Int.random(in: 0...mutated.count, using: &generator)
            do throws(IMAPFailure) { _ = try Self.decode([mutated[..<cut], mutated[cut...]]) } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }
}
