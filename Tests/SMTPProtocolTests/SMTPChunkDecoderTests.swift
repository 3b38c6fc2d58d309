// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SMTPProtocol
import Testing

struct SMTPChunkDecoderTests {
    @Test(arguments: [
        ("a\r\nb\r\n", false), ("a\nb\r\n", true), ("a\rb", true), ("a\r", true), ("\r\r\n", true), ("", false),
        ("\n", true),
        (".\r\n..\r\n", false), ("\r\n\r\n", false),
    ])
    func `octets are kept, and CR or LF outside CRLF is noted, wherever they are split`(_ text: String, _ isBare: Bool)
    {
        let octets = Array(text.utf8)
        for position in 0...octets.count {
            var decoder = SMTPChunkDecoder()
            var output = ByteBuffer()
            for piece in split(octets, at: [position]) {
                var input = ByteBuffer(bytes: piece)
                #expect(decoder.decode(&input, upTo: piece.count, into: &output) == piece.count)
            }
            decoder.finish()
            #expect(String(buffer: output) == text)
            #expect(decoder.summary.hasBareLineEnds == isBare, "split at \(position)")
            #expect(decoder.summary.octets == octets.count)
        }
    }

    @Test
    func `no more is taken than the chunk holds`() {
        var decoder = SMTPChunkDecoder()
        var input = ByteBuffer(string: "abcQUIT\r\n")
        var output = ByteBuffer()
        #expect(decoder.decode(&input, upTo: 3, into: &output) == 3)
        #expect(String(buffer: output) == "abc")
        #expect(String(buffer: input) == "QUIT\r\n")
    }
}
