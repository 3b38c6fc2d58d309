// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import SMTPProtocol
import Testing

struct XTextTests {
    @Test(arguments: [
        ("QQ314159", "QQ314159"), ("Mario+2BRossi@azienda.it", "Mario+Rossi@azienda.it"), ("a+3Db", "a=b"),
        ("a+20b", "a b"),
    ])
    func `xtext is decoded`(_ encoded: String, _ decoded: String) {
        #expect(XText.decode(encoded[...]) == decoded)
    }

    @Test(arguments: [
        "a+00b", "a+0Ab", "a+0D", "a+7F", "a+E8", "a+b", "a+", "a+2", "a+2b", "a=b", "a b", "a\u{1}", "perch\u{E9}",
    ])
    func `a NUL, a control character and malformed xtext are refused`(_ encoded: String) {
        #expect(XText.decode(encoded[...]) == nil)
    }

    @Test(arguments: ["a+b=c d", "rossi@azienda.it", "", "~!\u{7F}"])
    func `what is encoded is legal xtext, with + and = escaped`(_ text: String) {
        let encoded = XText.encode(text)
        #expect(encoded.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "=") })
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { #expect(XText.decode(encoded[...]) == text) }
    }

    @Test
    func `plus and equals are escaped`() {
        #expect(XText.encode("a+b=c") == "a+2Bb+3Dc")
    }
}
