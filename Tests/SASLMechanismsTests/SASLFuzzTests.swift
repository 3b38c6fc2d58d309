// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms
import Testing

/// Challenges and responses that were legal once, mutated; the same in every run.
@Suite struct SASLFuzzTests {
    /// The generator of Vigna's SplitMix64.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private static let challenges = [
        "", "<1896.697170952@postoffice.example.net>", "Username:", "Password:", "r=NONCEserver,s=QSXCR+Q6sek8bf92,i=1",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "e=other-error", "m=x,r=NONCE1,s=,i=2",
        #"{"status":"invalid_token","scope":"mail"}"#, #"{"status":"401","schemes":"bearer"}"#,
    ]
    private static let responses = ["\0tim\0tanstaaf", "tim\0tim\0p", "mario", "segreto", "\0\0", "à\0è\0ì", ""]
    private static let spice = [
        "\0", ",", "=", "r=", "s=", "i=0", "i=-1", "i=99999999999999999999", "v=", "e=", "m=", "n,,", "NONCE", "!!",
        "\u{301}", "à",
    ]

    private func mutated(_ texts: [String], _ generator: inout SplitMix) -> [UInt8] {
        var octets = Array((texts.randomElement(using: &generator) ?? "").utf8)
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let place = Int.random(in: 0...octets.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: octets.removeSubrange(place..<min(octets.count, place + Int.random(in: 0...6, using: &generator)))
            case 1 where place < octets.count: octets[place] = UInt8.random(in: 0...255, using: &generator)
            case 2: octets.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            case 3 where Int.random(in: 0..<10, using: &generator) == 0:
                octets.insert(contentsOf: [UInt8](repeating: 0x41, count: 9000), at: place)
            default:
                octets.insert(contentsOf: Array((Self.spice.randomElement(using: &generator) ?? "").utf8), at: place)
            }
        }
        return octets
    }

    @Test func `no challenge traps a client or makes it believe a server that proved nothing`() throws {
        var generator = SplitMix(state: 5802)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(3)
        var (answered, refused, rounds) = (0, 0, 0)
        while clock.now < end, rounds < 5000 {
            rounds += 1
            let mechanism = try #require(SASLMechanism.allCases.randomElement(using: &generator))
            let credential = [SASLCredential.password(Secret("segreto")), .accessToken(Secret("segreto"))]
                .first { $0.mechanisms.contains(mechanism) }
            var exchange = SASLClientExchange(
                mechanism,
                login: "mario",
                credential: try #require(credential),
                nonce: "NONCE"
            )
            _ = exchange.initialResponse()
            do throws(SASLError) {
                for _ in 0..<Int.random(in: 0...3, using: &generator) {
                    _ = try exchange.respond(to: mutated(Self.challenges, &generator))
                    answered += 1
                }
                try exchange.verifySuccess(Bool.random(using: &generator) ? nil : mutated(Self.challenges, &generator))
                // Nobody here knows the password.
                #expect(mechanism != .scramSHA256)
            } catch {
                refused += 1
                #expect(!"\(error)".contains("segreto"))
            }
            #expect(exchange.refusal?.contains("segreto") != true)
        }
        #expect(answered > 100 && refused > 100)
    }

    @Test func `no response traps a server, and a login is never empty or with a NUL`() throws {
        var generator = SplitMix(state: 4616)
        var (given, failed) = (0, 0)
        for _ in 0..<5000 {
            var exchange = try #require(SASLServerExchange(Bool.random(using: &generator) ? .plain : .login))
            var step = exchange.start(
                initialResponse: Bool.random(using: &generator) ? nil : mutated(Self.responses, &generator)
            )
            for _ in 0..<3 {
                guard case .challenge = step else { break }
                step = exchange.respond(mutated(Self.responses, &generator))
            }
            switch step {
            case .challenge: Issue.record("an exchange without an end")
            case .failed: failed += 1
            case .credentials(let login, let password):
                given += 1
                #expect(!login.isEmpty && !login.utf8.contains(0) && !password.reveal().utf8.contains(0))
            }
        }
        #expect(given > 100 && failed > 100)
    }

    @Test func `base 64 is read or refused, and what is read is written as it was`() {
        var generator = SplitMix(state: 4648)
        var read = 0
        for _ in 0..<5000 {
            let encoded = Base64.encode(mutated(Self.responses, &generator).prefix(60))
            let text = String(decoding: mutated([encoded], &generator), as: UTF8.self)
            guard let octets = Base64.decode(text) else { continue }
            read += 1
            #expect(Base64.decode(Base64.encode(octets)) == octets)
        }
        #expect(read > 100)
    }
}
