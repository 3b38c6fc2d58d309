// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import IMAPProtocol

@Suite struct DecoderMemoryTests {
    @Test func `lines that are always cut in the middle leave nothing behind`() throws {
        var decoder = IMAPResponseDecoder(maximumBodyOctets: 1000)
        let text = Array(String(repeating: "* OK a word of the server\r\n", count: 40).utf8)
        decoder.append(ByteBuffer(string: "* OK a wo"))
        for _ in 0..<2000 {
            // A piece ends nine octets behind the beginning of a line.
            decoder.append(ByteBuffer(bytes: text[9...] + text[..<9]))
            while try decoder.next() != nil {}
        }
        #expect(decoder.buffer.capacity <= 16_384)
    }
}
