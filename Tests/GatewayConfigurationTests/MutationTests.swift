// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

/// Numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

struct MutationTests {
    private static let alphabet = Array(":{}[]\"'#&*!|>%@-, \n\t\\ab09éà\u{0}\u{FEFF}\u{E000}".unicodeScalars)

    private func mutate(_ text: String, _ generator: inout SplitMix) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0...Int.random(in: 0...2, using: &generator) {
            guard !scalars.isEmpty else { break }
            let place = Int.random(in: 0..<scalars.count, using: &generator)
            let scalar = Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &generator)]
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: scalars[place] = scalar
            case 1: scalars.insert(scalar, at: place)
            case 2: scalars.remove(at: place)
            default: scalars.append(contentsOf: scalars[..<place])
            }
        }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars)
        return String(result)
    }

    @Test func `no mutation of a file traps, and none makes a remark show a password`() throws {
        let directory = try TemporaryDirectory.withExampleFiles()
        let inClear = "Chiaro-9x7Q"
        let texts = [
            WrongFile.right,
            WrongFile.right.replacingOccurrences(of: "{file: pec}", with: inClear),
            WrongFile.right.replacingOccurrences(of: "{file: pec}", with: "{plain: \(inClear)}"),
            WrongFile.right.replacingOccurrences(of: "{file: pec}", with: "{\(inClear)}"),
            WrongFile.right.replacingOccurrences(of: "isp.it", with: "isp.it\n  login: x\n  password: '\(inClear)'"),
        ]
        var generator = SplitMix(state: 20_261_123)
        var refused = 0
        for round in 0..<2500 {
            let text = mutate(texts[round % texts.count], &generator)
            do {
                let loaded = try ConfigurationFile.read(text, path: "\(directory.path)/x.yaml")
                #expect(!loaded.warnings.description.contains(inClear))
                #expect(!"\(loaded.configuration)".contains(TemporaryDirectory.secret))
            } catch {
                refused += 1
                #expect(!error.mistakes.isEmpty)
                #expect(!"\(error)".contains(TemporaryDirectory.secret), "\(error)\n\(text)")
                #expect(!"\(error.mistakes) \(error.warnings)".contains(inClear), "\(error)\n\(text)")
            }
        }
        #expect(refused > 2000)
    }

    @Test func `every prefix of a file is refused or understood, never a trap`() throws {
        for length in 0...WrongFile.right.count {
            let text = String(WrongFile.right.prefix(length))
            do { _ = try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false) } catch {
                #expect(!error.mistakes.isEmpty)
            }
        }
    }

    @Test func `deep nesting and an alias that grows are refused`() {
        let deep = String(repeating: "[", count: 20_000)
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.read(deep, path: "x.yaml", checkingFiles: false)
        }
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1...12 {
            bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ","))]\n"
        }
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.read(bomb, path: "x.yaml", checkingFiles: false)
        }
    }
}
