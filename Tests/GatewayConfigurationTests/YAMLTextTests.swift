// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GatewayConfiguration

struct YAMLTextTests {
    @Test(arguments: [
        ("Posta arrivata à", "\"Posta arrivata à\""), ("Größe & Straße", "\"Größe & Straße\""),
        ("受信トレイ", "\"受信トレイ\""), ("Αρχείο – 2026 €", "\"Αρχείο – 2026 €\""), ("Posta 📬", "\"Posta 📬\""),
        ("INBOX", "INBOX"), ("no", "\"no\""), ("\"\\", "\"\\\"\\\\\""),
        ("a\u{85}b", "\"a\\U00000085b\""), ("a\u{2028}\u{2029}b", "\"a\\U00002028\\U00002029b\""),
        ("\u{FEFF}a", "\"\\U0000feffa\""), ("\u{202E}gpj", "\"\\U0000202egpj\""),
        ("\u{2066}a\u{2069}", "\"\\U00002066a\\U00002069\""), ("a\u{A0}b", "\"a\\U000000a0b\""),
        ("a\u{7F}\n", "\"a\\U0000007f\\U0000000a\""), ("\u{300}\u{3164}", "\"\\U00000300\\U00003164\""),
        ("\u{E000}\u{10FFFF}", "\"\\U0000e000\\U0010ffff\""),
    ])
    func `letters are written as they are, and what cannot be seen is escaped`(_ text: String, _ written: String) {
        #expect(Array(YAMLText.scalar(text).utf8) == Array(written.utf8))
    }

    @Test func `every text is read back as it was written, in a list on one line too`() throws {
        // Controls of ASCII are in no value of a configuration.
        let planes: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x80...0xD7FF, 0xE000...0x1FFFF, 0xE0000...0xE01FF, 0x10FFF0...0x10FFFF,
        ]
        let scalars = planes.flatMap { $0.compactMap { Unicode.Scalar($0) } }
        var texts: [String] = []
        for start in stride(from: 0, to: scalars.count, by: 61) {
            texts.append(String(String.UnicodeScalarView(scalars[start..<min(start + 61, scalars.count)])))
        }
        texts += ["à", "a\u{300}", "- a", "a: b", "a #b", "[a]", "'a'", " a "]
        let written = "[\(texts.map { YAMLText.scalar($0) }.joined(separator: ", "))]"
        let findings = Findings(file: "x.yaml", text: written, checksFiles: false)
        let node = try #require(YAMLDocument.compose(written, findings: findings))
        let field = Field(path: "", node: node, keyPosition: .start, findings: findings)
        let read = try #require(field.list("a list")).compactMap { $0.text("a text") }
        #expect(read.count == texts.count)
        for (read, text) in zip(read, texts) { #expect(Array(read.utf8) == Array(text.utf8)) }
    }
}
