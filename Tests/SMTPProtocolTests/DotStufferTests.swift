// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SMTPProtocol
import Testing

@Suite struct DotStufferTests {
    private func stuff(_ pieces: [String]) -> (text: String, isBare: Bool) {
        var stuffer = DotStuffer()
        var text = ""
        for piece in pieces { text += String(buffer: stuffer.stuff(ByteBuffer(string: piece))) }
        text += String(buffer: stuffer.end())
        return (text, stuffer.sawBareLineEnd)
    }

    @Test(arguments: [
        ("", ".\r\n"), ("a\r\n", "a\r\n.\r\n"), ("a", "a\r\n.\r\n"), (".", "..\r\n.\r\n"), (".\r\n", "..\r\n.\r\n"),
        ("a.b\r\n..c\r\n", "a.b\r\n...c\r\n.\r\n"), ("\r\n.\r\n.\r\n", "\r\n..\r\n..\r\n.\r\n"),
    ])
    func `dots are doubled at the beginning of lines, and the last line is ended`(_ content: String, _ sent: String) {
        let whole = stuff([content])
        #expect(whole.text == sent)
        #expect(!whole.isBare)
        let octets = Array(content.utf8)
        for cut in 0...octets.count {
            let parts = [octets[..<cut], octets[cut...]].map { String(decoding: $0, as: UTF8.self) }
            #expect(stuff(parts).text == sent)
        }
        #expect(stuff(octets.map { String(decoding: [$0], as: UTF8.self) }).text == sent)
    }

    @Test(arguments: ["a\nb\r\n", "a\rb\r\n", "a\r\r\n", "\n", "a\r", "x\r\n\n.\n"])
    func `a line end outside CRLF is noticed, whole and split`(_ content: String) {
        #expect(stuff([content]).isBare)
        #expect(stuff(Array(content.utf8).map { String(decoding: [$0], as: UTF8.self) }).isBare)
    }

    @Test func `a piece without a dot to double is not copied`() {
        var stuffer = DotStuffer()
        let piece = ByteBuffer(string: "line\r\nother.\r\n")
        let before = piece.withUnsafeReadableBytes { $0.baseAddress }
        #expect(stuffer.stuff(piece).withUnsafeReadableBytes { $0.baseAddress } == before)
    }
}
