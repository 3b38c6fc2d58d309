// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

/// Inputs made by changing real ones at random, the same in every run: nothing traps, nothing takes long, and what is read holds together.
struct ParserMutationTests {
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

    private static let seeds = [
        "Mario Rossi <m.rossi@azienda.it>, \"U, (x)\" <u@[192.0.2.1]>, G: a@b.it, c@d.it;, (c(o)m) e@[IPv6:2001:db8::1]",
        "<@a.it,@b.it:però@città.it>, =?utf-8?Q?Per=C3=B2?= =?iso-8859-1?b?6A==?= <x@y>",
        "From x\r\nReceived: from a\r\n\tby b\r\nFrom: a@b.it\r\nSubject: =?utf-8?q?x?=\r\n y\r\nMessage-ID: <a@b>\r\n\r\nbody\r\n",
        "From:\n a@b.it\nX:\n\nFrom: c@d.it\n", "\"a\\\"b\"@xn--citt-3na.it", "((((()))))a@b,,,;::<<>>\"\\[]",
        "2001:db8::ffff:192.0.2.1/96",
    ].map { Array($0.utf8) }

    private static let spice: [[UInt8]] = [
        [0], [0x0D], [0x0A], [0x0D, 0x0A], [0x0D, 0x0A, 0x0D, 0x0A], [0x22], [0x5C], [0x28], [0x29], [0x3C], [0x3E],
        [0x40], [0x2C], [0x3A], [0x3B], [0x5B], [0x5D], [0xFF], [0xC3], [0xC3, 0xA8], [0xF4, 0x8F, 0xBF, 0xBF],
        [0x3D, 0x3F],
        [0x3F, 0x3D], [0x2E], [0x2D], [0x20], [0x09], Array("xn--".utf8), Array("From: ".utf8), Array("::".utf8),
    ]

    private static func mutated(_ generator: inout SplitMix) -> [UInt8] {
        var octets = seeds.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let place = Int.random(in: 0...octets.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: octets.insert(contentsOf: spice.randomElement(using: &generator) ?? [], at: place)
            case 1: octets.removeSubrange(place..<min(octets.count, place + Int.random(in: 0...9, using: &generator)))
            case 2 where place < octets.count: octets[place] = UInt8.random(in: 0...255, using: &generator)
            case 3: octets.insert(contentsOf: octets[place...].prefix(40), at: place)
            default: octets.append(contentsOf: (seeds.randomElement(using: &generator) ?? []).prefix(place))
            }
        }
        return octets
    }

    @Test func `Four thousand changed inputs are read or refused`() {
        var generator = SplitMix(state: 20_261_123)
        var readLists = 0
        var refusedLists = 0
        for _ in 0..<4000 {
            let octets = Self.mutated(&generator)
            let text = String(decoding: octets, as: UTF8.self)
            do {
                let addresses = try AddressList.parse(text).flatMap(\.addresses)
                #expect(addresses.allSatisfy { AddrSpec($0.description) == $0 && $0.comparisonKey.contains("@") })
                readLists += 1
            } catch {
                refusedLists += 1
            }
            if let address = AddrSpec(text) { #expect(AddrSpec(address.description) == address) }
            if let network = Network(text) { #expect(Network(network.description) == network) }
            _ = AddrSpec.comparisonDomain(text)
            #expect(!EncodedWord.decode(text).unicodeScalars.contains { $0.value < 0x20 })
            Self.readHeader(octets, cutting: &generator)
        }
        #expect(readLists > 100)
        #expect(refusedLists > 200)
    }

    /// Whole and in two pieces: the same section, inside the message.
    private static func readHeader(_ octets: [UInt8], cutting generator: inout SplitMix) {
        let whole = HeaderSection(ByteBuffer(bytes: octets))
        let cut = Int.random(in: 0...octets.count, using: &generator)
        var collector = HeaderCollector()
        collector.append(ByteBuffer(bytes: octets[..<cut]))
        collector.append(ByteBuffer(bytes: octets[cut...]))
        let pieced = collector.section
        #expect(pieced.octets == whole.octets && whole.octets <= octets.count)
        #expect(pieced.isWellFormed == whole.isWellFormed)
        #expect(pieced.fields.map(\.range) == whole.fields.map(\.range))
        #expect(whole.fields.allSatisfy { !$0.name.isEmpty && !$0.body.utf8.contains(0x0A) })
        _ = whole.messageID
    }

    @Test func `Hostile inputs of 64 KiB are handled in bounded time`() {
        let length = 65_536
        let clock = ContinuousClock()
        let elapsed = clock.measure {
            for unit in [
                "(", "\"", "<", "@", ",", ":", "a:", "a@b,", "=?", "=?utf-8?q?a?= ", "=?utf-8?q?", "\\", "[", "a.",
                "()", "è",
            ] {
                let text = String(repeating: unit, count: length / unit.utf8.count)
                #expect((try? AddressList.parse(text)) == nil || [",", "a@b,", "()"].contains(unit))
                _ = EncodedWord.decode(text)
                _ = AddrSpec(text)
                _ = AddrSpec.comparisonDomain(text)
                _ = HeaderSection(ByteBuffer(string: text)).fields.count
            }
            _ = HeaderSection(ByteBuffer(string: String(repeating: "a:\n", count: length / 3))).messageID
            _ = HeaderSection(ByteBuffer(string: "a:" + String(repeating: "\n ", count: length / 2))).first("a")
        }
        // Linear work takes seconds unoptimised and on a busy machine, square work minutes.
        #expect(elapsed < .seconds(30))
    }
}
