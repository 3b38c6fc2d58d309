// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SMTPProtocol
import Testing

struct SMTPLineDecoderTests {
    private func decode(_ text: String, limit: Int = 16, splitAt positions: [Int] = []) -> [String] {
        var decoder = SMTPLineDecoder(maximumOctets: limit)
        var input = ByteBuffer()
        var found: [String] = []
        for piece in split(Array(text.utf8), at: positions) {
            input.writeBytes(piece)
            while let element = decoder.decode(&input) {
                switch element {
                case .line(let line): found.append(String(buffer: line))
                case .fault(let fault): found.append("<\(fault)>")
                }
            }
        }
        return found
    }

    private static let cases: [(String, [String])] = [
        ("NOOP\r\n\r\nQUIT\r\n", ["NOOP", "", "QUIT"]),
        ("NOOP\nMAIL\r\nQUIT\r\n", ["<bareLineFeed>", "QUIT"]),
        ("NOOP\rMAIL\r\nQUIT\r\n", ["<bareCarriageReturn>", "QUIT"]),
        ("\n\r\nQUIT\r\n", ["<bareLineFeed>", "QUIT"]),
        ("A\r\r\nQUIT\r\n", ["<bareCarriageReturn>", "QUIT"]),
        ("A\n\r\r\n\nB\r\nQUIT\r\n", ["<bareLineFeed>", "<bareLineFeed>", "QUIT"]),
        ("12345678901234\r\nQUIT\r\n", ["12345678901234", "QUIT"]),
        ("123456789012345\r\nQUIT\r\n", ["<tooLong>", "QUIT"]),
        ("12345678901234567890123456789012345\r\nQUIT\r\n", ["<tooLong>", "QUIT"]),
        ("1234567890123456\nA\nB\r\nQUIT\r\n", ["<tooLong>", "QUIT"]),
        ("NOOP", []),
    ]

    @Test(arguments: cases)
    func `only CRLF ends a line, wherever the octets are split`(_ text: String, _ expected: [String]) {
        #expect(decode(text) == expected)
        let count = text.utf8.count
        for position in 0...count { #expect(decode(text, splitAt: [position]) == expected, "split at \(position)") }
        #expect(decode(text, splitAt: Array(0..<count)) == expected, "octet by octet")
    }

    @Test
    func `a bare LF is reported at once, so that its sender hears of it`() {
        #expect(decode("NOOP\n") == ["<bareLineFeed>"])
    }

    @Test
    func `an endless line is not kept`() {
        var decoder = SMTPLineDecoder(maximumOctets: 512)
        var faults = 0
        var input = ByteBuffer()
        for _ in 0..<1000 {
            input.writeBytes([UInt8](repeating: 65, count: 1000))
            while decoder.decode(&input) != nil { faults += 1 }
            #expect(input.readableBytes <= 512)
            input.discardReadBytes()
        }
        #expect(faults == 1)
    }
}
