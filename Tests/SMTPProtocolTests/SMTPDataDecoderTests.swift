// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SMTPProtocol
import Testing

struct SMTPDataDecoderTests {
    private struct Result: Equatable {
        var content: String
        var rest: String?
        var summary: SMTPContentSummary
    }

    /// The rest is nil when no end was found.
    private func decode(_ text: String, limit: Int = 0, splitAt positions: [Int] = []) -> Result {
        var decoder = SMTPDataDecoder(maximumOctets: limit)
        var input = ByteBuffer()
        var output = ByteBuffer()
        var isOver = false
        for piece in split(Array(text.utf8), at: positions) {
            input.writeBytes(piece)
            if !isOver { isOver = decoder.decode(&input, into: &output) }
        }
        return Result(
            content: decoder.isRefused ? "" : String(buffer: output),
            rest: isOver ? String(buffer: input) : nil,
            summary: decoder.summary
        )
    }

    private func expectEverySplit(_ text: String, limit: Int = 0, _ expected: Result) {
        let count = text.utf8.count
        for first in 0...count {
            for second in first...min(count, first + 4) {
                let result = decode(text, limit: limit, splitAt: [first, second])
                #expect(
                    result.content == expected.content && result.rest == expected.rest,
                    "split at \(first), \(second)"
                )
                #expect(
                    result.summary.hasBareLineEnds == expected.summary.hasBareLineEnds,
                    "split at \(first), \(second)"
                )
            }
        }
        #expect(decode(text, limit: limit, splitAt: Array(0..<count)).content == expected.content)
    }

    private static let legal: [(String, String)] = [
        (".\r\nQUIT\r\n", ""),
        ("ciao\r\n.\r\nQUIT\r\n", "ciao\r\n"),
        ("..\r\n...\r\n..a\r\n.\r\nQUIT\r\n", ".\r\n..\r\n.a\r\n"),
        (".a\r\n\r\n\r\n.\r\nQUIT\r\n", "a\r\n\r\n\r\n"),
        ("a.\r\n.b.\r\n.\r\nQUIT\r\n", "a.\r\nb.\r\n"),
        ("perch\u{E9}\r\n.\r\nQUIT\r\n", "perch\u{E9}\r\n"),
        ("\u{0}\r\n.\r\nQUIT\r\n", "\u{0}\r\n"),
    ]

    @Test(arguments: legal)
    func `stuffed dots go and CRLF dot CRLF ends, wherever the octets are split`(_ text: String, _ content: String) {
        let result = decode(text)
        #expect(result.content == content)
        #expect(result.rest == "QUIT\r\n")
        #expect(result.summary.octets == content.utf8.count)
        #expect(result.summary.isEightBit == content.utf8.contains { $0 >= 0x80 })
        #expect(!result.summary.hasBareLineEnds)
        expectEverySplit(text, result)
    }

    /// What the products of CVE-2023-51764, -51765 and -51766, and others, took for the end of a message.
    private static let falseEnds = [
        "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\n.\r", "\r.\n", "\r\n.\r", "\r.\r\n", "\n\n.\r\n", "\r\n\n.\r\n",
        "\r\r\n.\r\r\n", "\r\n.\r\r\n", "\r\n.\r\u{0}\n",
    ]

    @Test(arguments: falseEnds)
    func `a smuggled end does not end the content, and the content is refused at its true end`(_ falseEnd: String) {
        let text = "Subject: a\r\n\r\nb\(falseEnd)MAIL FROM:<x@y>\r\nRCPT TO:<z@y>\r\n.\r\nQUIT\r\n"
        let result = decode(text)
        #expect(result.rest == "QUIT\r\n")
        #expect(result.summary.hasBareLineEnds)
        expectEverySplit(text, result)
    }

    @Test
    func `content at the limit passes, one octet more is swallowed to its end and refused`() {
        #expect(decode("12345678\r\n.\r\nQUIT\r\n", limit: 10).content == "12345678\r\n")
        for position in 0..<14 {
            let result = decode("123456789\r\n.\r\nQUIT\r\n", limit: 10, splitAt: [position])
            #expect(result.summary.isTooLarge && result.rest == "QUIT\r\n")
        }
    }

    @Test
    func `lines that begin with From and dots that are stuffed count like all others`() {
        #expect(decode("From a\r\nFrom b\r\n\r\n1234\r\n.\r\n", limit: 20).summary.isTooLarge)
        #expect(decode("..\r\n..\r\n.\r\n", limit: 6).summary == SMTPContentSummary(octets: 6))
    }

    @Test
    func `random content comes through every splitting as it was`() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("ab.\u{7F}".utf8)
        for _ in 0..<400 {
            var content: [UInt8] = []
            var wire: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<8, using: &generator) {
                let line = (0..<Int.random(in: 0..<6, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<4, using: &generator)]
                }
                content += line + [13, 10]
                wire += (line.first == 0x2E ? [0x2E] : []) + line + [13, 10]
            }
            wire += Array(".\r\n".utf8)
            var decoder = SMTPDataDecoder(maximumOctets: 0)
            var input = ByteBuffer()
            var output = ByteBuffer()
            var isOver = false
            let positions = (0..<3).map { _ in Int.random(in: 0...wire.count, using: &generator) }.sorted()
            for piece in split(wire, at: positions) {
                #expect(!isOver || piece.isEmpty)
                input.writeBytes(piece)
                if !isOver { isOver = decoder.decode(&input, into: &output) }
            }
            #expect(isOver)
            #expect(Array(output.readableBytesView) == content)
        }
    }

    @Test
    func `a line of CRs alone costs no more than another, and ends where it ends`() {
        var input = ByteBuffer(repeating: 0x0D, count: 1_000_000)
        input.writeString("\n.\r\nQUIT\r\n")
        var output = ByteBuffer()
        var decoder = SMTPDataDecoder(maximumOctets: 0)
        var isOver = false
        let time = ContinuousClock().measure { isOver = decoder.decode(&input, into: &output) }
        #expect(isOver && decoder.summary.hasBareLineEnds && String(buffer: input) == "QUIT\r\n")
        // Searched anew behind each CR it takes half a minute.
        #expect(time < .seconds(2))
    }

    @Test
    func `the search passes over a large message at the speed of memory`() {
        var input = ByteBuffer()
        let line = Array((String(repeating: "x", count: 76) + "\r\n").utf8)
        for _ in 0..<200_000 { input.writeBytes(line) }
        var output = ByteBuffer()
        output.reserveCapacity(input.readableBytes)
        var decoder = SMTPDataDecoder(maximumOctets: 0)
        let clock = ContinuousClock()
        let time = clock.measure { _ = decoder.decode(&input, into: &output) }
        #expect(output.readableBytes == 200_000 * 78)
        // 15.6 MB; a loop over octets takes many seconds in an unoptimised build.
        #expect(time < .seconds(2))
    }
}
