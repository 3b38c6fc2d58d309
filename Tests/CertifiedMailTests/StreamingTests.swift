// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import Foundation
import NIOCore
import Testing

struct StreamingTests {
    @Test func `a receipt of 150 MB takes constant memory`() throws {
        let data = CertificationXML("avvenuta-consegna", extra: "<consegna>a@b.example</consegna>")
        var notice = Notice("X-Ricevuta", "avvenuta-consegna", data: data)
        notice.children.append("Content-Type: message/rfc822; name=postacert.eml\n\n@@BODY@@")
        let text = notice.text
        let mark = try #require(text.range(of: "@@BODY@@"))
        let line = String(repeating: "QUJD", count: 19) + "\r\n"
        let block = ByteBuffer(string: String(repeating: line, count: 840))
        var reader = CertifiedMessageReader()
        reader.append(ByteBuffer(string: String(text[..<mark.lowerBound])))
        reader.append(block)
        var octets = 0
        var held = 0
        while octets < 150_000_000 {
            reader.append(block)
            octets += block.readableBytes
            held = max(held, reader.heldOctets)
        }
        #expect(held < 10_000)
        reader.append(ByteBuffer(string: String(text[mark.upperBound...])))
        let message = reader.finish()
        #expect(message.kind == .delivery)
        #expect(message.deliveredTo == "a@b.example")
        #expect(message.octets > 150_000_000)
        #expect(message.structure?.original?.count ?? 0 > 150_000_000)
        #expect(message.structure?.signature != nil)
        #expect(message.warnings.isEmpty)
    }

    @Test func `a line without end and a part of daticert's name without end take constant memory`() throws {
        let text = Notice("X-Ricevuta", "accettazione", data: nil).text
        let head = try #require(text.range(of: "--inner--"))
        for part in [
            "Content-Type: text/plain\r\n\r\n", "Content-Type: application/xml; name=daticert.xml\r\n\r\n<postacert>",
            "X: ",
        ] {
            var reader = CertifiedMessageReader()
            reader.append(ByteBuffer(string: text[..<head.lowerBound] + "--inner\r\n" + part))
            let block = ByteBuffer(repeating: UInt8(ascii: "-"), count: 65_536)
            for _ in 0..<500 { reader.append(block) }
            #expect(reader.heldOctets < 2_000_000)
            #expect(reader.finish().kind == .acceptance)
        }
    }
}
