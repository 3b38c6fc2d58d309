// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import NIOCore
import Testing

/// Inputs made by damaging real ones at random, the same in every run: nothing traps, nothing takes long, and every cut of the stream reads alike.
struct MutationTests {
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

    private static let spice: [[UInt8]] =
        [
            "\r\n--inner\r\n", "\r\n--outer\r\n", "--outer--", "\r\n\r\n", "\n", "\r", "--", "<", ">", "</", "/>", "&",
            "&#x110000;", "&#999999999999;",
            "]]>", "<![CDATA[", "<!--", "-->", "<?", "<!DOCTYPE x [", "\"", "'", "=", "\u{0}", "\u{FEFF}", "é",
            "<postacert>", "</dati>", "=?", "?=",
            "boundary=\"\"", "Content-Type: multipart/mixed; boundary=inner\r\n", "encoding=\"UTF-16\"",
            "-99999999999999999999",
        ].map { Array($0.utf8) } + [[0xFF, 0xFE], [0xC3], [0x80]]

    private static var seeds: [[UInt8]] {
        let xml = CertificationXML(
            "avvenuta-consegna",
            extra: "<consegna>a@b.example</consegna><errore-esteso>5.1.1 - G - x</errore-esteso>"
        )
        var clear = Notice("X-Ricevuta", "avvenuta-consegna", data: nil)
        clear.children.append("Content-Type: application/xml; name=daticert.xml\n\n\(xml.text)")
        clear.children.append("Content-Type: message/rfc822\n\nSubject: x\n\ny")
        var rem = Notice("REM-MessageType", "x/receipt", data: nil)
        rem.children.append(
            "Content-Type: application/xml\n\n<Evidence><EventTime>2026-01-01T00:00:00Z</EventTime><RecipientDetails><Identifier>a</Identifier></RecipientDetails><EvidenceRefersToRecipient>1</EvidenceRefersToRecipient></Evidence>"
        )
        let list = Array(
            "X-Ricevuta: accettazione\r\nContent-Type: multipart/mixed; boundary=list\r\n\r\n\r\n--list\r\n".utf8
        )
        let marked = [0xEF, 0xBB, 0xBF] + clear.octets
        return [
            Notice("X-Ricevuta", "avvenuta-consegna", data: xml).octets, clear.octets, marked, rem.octets,
            list + clear.octets + Array("\r\n--list--\r\n".utf8),
        ]
    }

    private func mutate(_ seed: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var octets = seed
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let place = Int.random(in: 0...octets.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: if place < octets.count { octets[place] = UInt8.random(in: 0...255, using: &random) }
            case 1: octets.removeSubrange(place..<min(octets.count, place + Int.random(in: 1...40, using: &random)))
            case 2:
                let end = min(octets.count, place + Int.random(in: 1...300, using: &random))
                octets.insert(contentsOf: octets[place..<end], at: Int.random(in: 0...octets.count, using: &random))
            case 3: octets.removeSubrange(place...)
            default: octets.insert(contentsOf: Self.spice.randomElement(using: &random) ?? [], at: place)
            }
            if octets.isEmpty { octets = seed }
        }
        return octets
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `damaged messages are read without a trap, whole and in pieces alike`(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        let seeds = Self.seeds
        for round in 0..<300 {
            let octets = mutate(seeds[round % seeds.count], &random)
            let whole = CertifiedMessage(ByteBuffer(bytes: octets))
            #expect(whole.octets == octets.count)
            if let entity = whole.structure?.entity { #expect(entity.upperBound <= octets.count) }
            if let original = whole.structure?.original { #expect(original.upperBound <= octets.count) }
            var reader = CertifiedMessageReader()
            var rest = octets[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...200, using: &random))
                reader.append(ByteBuffer(bytes: piece))
                rest = rest.dropFirst(piece.count)
            }
            #expect(reader.finish() == whole, "round \(round)")
        }
    }

    @Test func `messages that begin with a mark, and those that a list passed on, read alike octet by octet`() {
        for seed in Self.seeds.suffix(3) + [
            [0xEF], [0xEF, 0xBB], [0xEF, 0xBB, 0xBF], [0xEF, 0xBB] + Array("X: y\r\n\r\n".utf8),
        ] {
            let whole = CertifiedMessage(ByteBuffer(bytes: seed))
            var reader = CertifiedMessageReader()
            for octet in seed { reader.append(ByteBuffer(bytes: [octet])) }
            #expect(reader.finish() == whole)
            guard let entity = whole.structure?.entity else { continue }
            #expect(seed[entity].starts(with: "Content-Type: multipart/mixed; boundary=\"inner\"".utf8))
        }
    }

    @Test func `hostile sizes take linear time`() {
        let count = 100_000
        let bodies = [
            String(repeating: "<", count: count), String(repeating: "<a ", count: count / 3),
            String(repeating: "&", count: count),
            String(repeating: "<!--", count: count / 4), String(repeating: "<![CDATA[", count: count / 9),
            String(repeating: "<?", count: count / 2),
            "<!DOCTYPE " + String(repeating: "[<!--", count: count / 5), String(repeating: "<a b='", count: count / 6),
            String(repeating: "</postacert>", count: count / 12), String(repeating: "<x>", count: count / 3),
            String(repeating: "<destinatari>a</destinatari>", count: count / 28),
        ]
        let start = ContinuousClock.now
        for body in bodies {
            var notice = Notice("X-Ricevuta", "accettazione", data: nil)
            let fields = "Content-Type: application/xml; name=daticert.xml\n\n"
            notice.children.append(fields + "<postacert tipo=\"accettazione\"><intestazione>" + body)
            #expect(notice.read().kind == .acceptance)
        }
        #expect(ContinuousClock.now - start < .seconds(10))
    }
}
