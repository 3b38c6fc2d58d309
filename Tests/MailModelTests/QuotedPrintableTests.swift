// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

struct QuotedPrintableTests {
    @Test(arguments: [
        ("", ""), ("ciao", "ciao"), ("a=b", "a=3Db"), ("perché", "perch=C3=A9"), ("end ", "end=20"),
        ("a\tb\t", "a\tb=09"),
        ("\u{7F}\r", "=7F=0D"),
    ])
    func `a line is written as RFC 2045 says`(_ text: String, _ encoded: String) {
        #expect(String(decoding: QuotedPrintable.encodeLine(text.utf8), as: UTF8.self) == encoded)
    }

    @Test func `long lines are cut at 76 octets, never inside an escape`() {
        let encoded = String(
            decoding: QuotedPrintable.encodeLine(String(repeating: "xé", count: 200).utf8),
            as: UTF8.self
        )
        let lines = encoded.split(separator: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(lines.dropLast().allSatisfy { $0.hasSuffix("=") })
        let joined = lines.map { $0.hasSuffix("=") ? $0.dropLast() : $0 }.joined()
        #expect(joined == String(repeating: "x=C3=A9", count: 200))
    }

    @Test func `octets are two digits each`() {
        #expect(Hexadecimal.lowerCase([0, 0x9A, 0xFF] as [UInt8]) == "009aff")
        #expect(Hexadecimal.upperCase(0x0B) == Array("0B".utf8))
    }
}
