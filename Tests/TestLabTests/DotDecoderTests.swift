// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TestLab

struct DotDecoderTests {
    @Test(arguments: [
        "", "\r\n", ".\r\n", "..\r\n.x\r\n", "a\r\n.\r\nb\r\n", "\r\n\r\n.\r\n\r\n", "no line end",
        "a\r\n..\r\n...\r\n. \r\n",
    ])
    func `What is stuffed is unstuffed, however it is cut`(_ text: String) {
        let octets = Array(text.utf8)
        let wire = SMTPConversation.stuffed(octets) + Array("QUIT\r\n".utf8)
        let expected = text.hasSuffix("\r\n") ? octets : octets + [13, 10]
        for piece in 1...wire.count {
            var decoder = DotDecoder()
            var content: [UInt8] = []
            var rest: [UInt8]?
            var begin = 0
            while rest == nil, begin < wire.count {
                let end = min(begin + piece, wire.count)
                rest = decoder.decode(Array(wire[begin..<end])) { content.append(contentsOf: $0) }
                begin = end
            }
            #expect(content == expected, "pieces of \(piece)")
            #expect((rest ?? []) + wire[begin...] == Array("QUIT\r\n".utf8), "pieces of \(piece)")
        }
    }
}
