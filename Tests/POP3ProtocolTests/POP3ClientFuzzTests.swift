// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import POP3Protocol
import SASLMechanisms
import Testing

/// Sessions whose servers were legal once, mutated; the same in every run.
@Suite struct POP3ClientFuzzTests {
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

    /// What a server says, flight by flight.
    private static let flights = [
        "+OK ready\r\n", "+OK\r\nPIPELINING\r\nUIDL\r\nUSER\r\nRESP-CODES\r\n.\r\n", "+OK\r\n", "+OK\r\n",
        "+OK 3\r\n1 30\r\n2 30\r\n3 30\r\n.\r\n+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n",
        "+OK\r\nSubject: a\r\n\r\n..dot\r\n.\r\n+OK\r\nSubject: b\r\n\r\n\r\n.\r\n+OK\r\n\r\n.\r\n",
        "+OK\r\n-ERR [IN-USE] no\r\n+OK\r\n", "+OK bye\r\n",
    ]
    private static let words = [
        "\r\n", "\n", "\r", ".", ".\r\n", "\r\n.\r\n", "+OK\r\n", "-ERR\r\n", "+ \r\n", "+ !!!\r\n", "-ERR [AUTH] ",
        "\u{0}", "\u{1B}",
        "99999999999999999999 1\r\n", "0 1\r\n", "1 -1\r\n", "1 1\r\n", "2 a\r\n", "[SYS/TEMP]", "à", " ", "STLS\r\n",
    ]

    private func mutated(_ text: String, _ generator: inout SplitMix) -> [UInt8] {
        var octets = Array(text.utf8)
        // Most flights stay as they are, so that sessions come as far as their end.
        guard Int.random(in: 0..<6, using: &generator) == 0 else { return octets }
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = Int.random(in: 0...octets.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: octets.removeSubrange(place..<min(octets.count, place + Int.random(in: 0...6, using: &generator)))
            case 1 where place < octets.count: octets[place] = UInt8.random(in: 0...255, using: &generator)
            case 2: octets.insert(contentsOf: octets[place...].prefix(20), at: place)
            case 3 where Int.random(in: 0..<10, using: &generator) == 0:
                octets.insert(contentsOf: [UInt8](repeating: 0x41, count: 13_000), at: place)
            default:
                octets.insert(
                    contentsOf: Self.words.randomElement(using: &generator).map { Array($0.utf8) } ?? [],
                    at: place
                )
            }
        }
        return octets
    }

    private enum End: Hashable { case quit, failed, open }

    /// Runs one session as the gateway does: retrieves everything, deletes it, quits.
    private func session(_ generator: inout SplitMix) -> End {
        var machine = POP3ClientMachine(
            settings: .init(
                login: "mario",
                credential: .password(Secret("segreto")),
                hasImplicitTLS: true,
                tls: .verify,
                windowCommands: 2,
                maximumMessages: 10,
                nonce: "NONCE"
            )
        )
        var listed: [POP3Message] = []
        var (fed, received) = (0, 0)
        for flight in Self.flights {
            let octets = mutated(flight, &generator)
            let cut = Int.random(in: 0...octets.count, using: &generator)
            for piece in [octets[..<cut], octets[cut...]] {
                fed += piece.count
                var actions = machine.handle(.octets(ByteBuffer(bytes: piece)))
                while !actions.isEmpty {
                    switch actions.removeFirst() {
                    case .ready(let messages, _):
                        listed = messages
                        #expect(messages.count <= 10 && Set(messages.map(\.number)).count == messages.count)
                        #expect(messages.allSatisfy { $0.octets >= 0 && ($0.uniqueID?.utf8.count ?? 0) <= 256 })
                        if machine.isIdle { actions += machine.handle(.retrieve(messages)) }
                    case .retrieved: if machine.isIdle { actions += machine.handle(.delete(listed.map(\.number))) }
                    case .deletionsDone: if machine.isIdle { actions += machine.handle(.quit) }
                    case .quitDone: return .quit
                    case .failed(let failure):
                        #expect(!"\(failure)".contains("segreto"))
                        #expect(machine.handle(.octets(ByteBuffer(string: "+OK\r\n"))).isEmpty)
                        return .failed
                    case .messagePiece(let octets): received += octets.readableBytes
                    case .send, .sendResponse, .startTLS, .messageBegan, .messageEnded, .messageRefused, .deleted,
                        .deleteRefused:
                        break
                    }
                }
                #expect(received <= fed)
            }
        }
        return .open
    }

    @Test func `no server traps the client, whatever it says`() {
        var generator = SplitMix(state: 1939)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(3)
        var ends: [End: Int] = [:]
        var rounds = 0
        while clock.now < end, rounds < 20_000 {
            rounds += 1
            ends[session(&generator), default: 0] += 1
        }
        #expect((ends[.quit] ?? 0) > 20 && (ends[.failed] ?? 0) > 20, "\(ends)")
    }
}
