// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sandbox

struct MIMEEntityTests {
    private func entity(_ lines: [String], end: String = "\r\n") -> MIMEEntity {
        MIMEEntity(Array(lines.joined(separator: end).utf8)[...])
    }

    private func text(_ octets: ArraySlice<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }

    @Test(arguments: ["\r\n", "\n"])
    func `parts are the octets between the delimiters, without the line end in front of each`(_ end: String) {
        let mail = entity(
            [
                "Content-Type: Multipart/Mixed; charset=x; BOUNDARY=\"a\\\"b\"", "", "preamble", "--a\"b", "", "one",
                "--a\"bc no delimiter", "--a\"b  ", "X: y", "", "two", "", "--a\"b--", "epilogue", "--a\"b",
            ],
            end: end
        )
        #expect(mail.mediaType == "multipart/mixed")
        #expect(
            mail.parts.map { text($0.octets) } == ["\(end)one\(end)--a\"bc no delimiter", "X: y\(end)\(end)two\(end)"]
        )
    }

    @Test(arguments: [
        [], [""], ["Content-Type: multipart/mixed", "", "--", "x"],
        ["Content-Type: multipart/mixed; boundary", "", "x"],
        ["Content-Type: multipart/mixed; boundary=\"", "", "--", "x"], ["Content-Type: multipart/mixed; boundary=b"],
        ["Content-Type: multipart/mixed; boundary=b", "", "--b"],
        ["Content-Type: multipart/mixed; boundary=b", "", "--b--"],
        ["Content-Type: multipart/mixed; boundary=b; ;=;\"\\", "", "--b", "--b", "--b--"], ["--b", "\0", ":", ";=\""],
    ])
    func `malformed entities have fewer parts, and nothing traps`(_ lines: [String]) throws {
        let mail = entity(lines)
        #expect(mail.parts.count <= 2)
        #expect(SignedMessage(Array(mail.octets)) == nil)
        #expect(try BriefOriginal.reduce(Array(mail.octets)).count <= mail.octets.count)
    }

    @Test
    func `a signed message cut or changed at any octet is read or refused, and never verified`() throws {
        let message = try Fixtures.composer().compose(Fixtures.notice(.delivery))
        let root = try Fixtures.authority.get().root
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let end = Int.random(in: 0..<message.count - 100, using: &generator)
            if let signed = SignedMessage(Array(message[..<end])) {
                #expect(throws: SandboxError.self) { try signed.verify(trusting: root, at: Fixtures.moment) }
            }
            var changed = message
            for _ in 0..<20 { changed[Int.random(in: 0..<changed.count, using: &generator)] = .random(in: 0...255) }
            _ = SignedMessage(changed).map { signed in try? signed.verify(trusting: root, at: Fixtures.moment) }
        }
    }

    @Test
    func `multiparts nested without end are reduced to a depth and no further`() throws {
        var mail = "Content-Type: text/plain\r\n\r\nx"
        for level in 0..<200 {
            mail =
                "Content-Type: multipart/mixed; boundary=b\(level)\r\n\r\n--b\(level)\r\n\(mail)\r\n--b\(level)--\r\n"
        }
        let octets = Array(mail.utf8)
        #expect(try BriefOriginal.reduce(octets) == octets)
    }
}
