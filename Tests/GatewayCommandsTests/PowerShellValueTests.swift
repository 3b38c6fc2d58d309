// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GatewayCommands

struct PowerShellValueTests {
    @Test(arguments: [
        ("", "''"), ("azienda@pec.it", "'azienda@pec.it'"), ("d'este", "'d''este'"), ("$(x)`n\"", "'$(x)`n\"'"),
        ("d’este", "('d' + [char]0x2019 + 'este')"), ("‘", "('' + [char]0x2018)"),
        ("a\nb", "('a' + [char]0x000A + 'b')"),
        ("èé", "('' + [char]0x00E8 + [char]0x00E9)"), ("🙂", "('' + [char]0xD83D + [char]0xDE42)"),
    ])
    func `a text is a literal in which PowerShell expands nothing`(_ text: String, _ literal: String) {
        #expect(PowerShellValue.string(text).source() == literal)
    }

    @Test func `hostile texts come back as they were, and the literal ends where it ends`() {
        for text in ExchangeWorld.hostile + [ExchangeWorld.hostile.joined()] {
            let source = PowerShellValue.string(text).source()
            #expect(source.unicodeScalars.allSatisfy { (0x20...0x7E).contains($0.value) })
            #expect(Self.evaluate(source) == text, "\(source)")
        }
    }

    @Test func `texts of chance come back as they were`() {
        var generator = SystemRandomNumberGenerator()
        let characters = Array("'‘’‚‛\"“”„`$(){}@#;\n\r\t\u{0}aé🙂 \\")
        for _ in 0..<2000 {
            let text = String(
                (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in
                    characters.randomElement(using: &generator)
                }
            )
            #expect(Self.evaluate(PowerShellValue.string(text).source()) == text)
        }
    }

    @Test func `lists and tables keep to one value a line`() {
        let value = PowerShellValue.table([
            .init("A", .strings(["x", "y"])), .init("B", .list([])), .init("C", .boolean(false)),
            .init("D", .integer(3)),
        ])
        #expect(
            value.source()
                == "@{\n    A = @(\n        'x'\n        'y'\n    )\n    B = @()\n    C = $false\n    D = 3\n}"
        )
    }

    /// What PowerShell makes of literals and numbered characters joined by +; nil for anything else.
    private static func evaluate(_ source: String) -> String? {
        var rest = Array(source.utf8)[...]
        let isJoined = rest.first == UInt8(ascii: "(")
        if isJoined {
            guard rest.last == UInt8(ascii: ")") else { return nil }
            rest = rest.dropFirst().dropLast()
        }
        var units: [UInt16] = []
        while true {
            if rest.starts(with: "[char]0x".utf8) {
                guard let unit = UInt16(String(decoding: rest.dropFirst(8).prefix(4), as: UTF8.self), radix: 16) else {
                    return nil
                }
                units.append(unit)
                rest = rest.dropFirst(12)
            } else {
                guard rest.popFirst() == UInt8(ascii: "'") else { return nil }
                while let octet = rest.popFirst() {
                    if octet == UInt8(ascii: "'") {
                        guard rest.first == octet else { break }
                        rest.removeFirst()
                    }
                    units.append(UInt16(octet))
                }
            }
            if rest.isEmpty { break }
            guard isJoined, rest.starts(with: " + ".utf8) else { return nil }
            rest = rest.dropFirst(3)
        }
        return String(decoding: units, as: UTF16.self)
    }
}
