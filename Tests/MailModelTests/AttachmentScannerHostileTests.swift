// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

/// What nobody sends by accident: nothing traps, nothing grows, and what was not looked into is told.
struct AttachmentScannerHostileTests {
    private func scan(_ pieces: [String]) -> (parts: Int, exceedsLimits: Bool, names: [String]) {
        var scanner = AttachmentScanner()
        var parts = 0
        var names: [String] = []
        func note(_ part: MessagePart) {
            parts += 1
            if names.count < 10 { names += part.fileNames }
        }
        for piece in pieces { scanner.scan(ByteBuffer(string: piece), found: note) }
        scanner.finish(found: note)
        return (parts, scanner.exceedsLimits, names)
    }

    @Test func `a hundred thousand multiparts in each other are followed to the limit`() {
        let pieces = (0..<100_000).map { "Content-Type: multipart/mixed; boundary=b\($0)\r\n\r\n--b\($0)\r\n" }
        let result = scan(pieces)
        #expect(result.exceedsLimits)
        #expect(result.parts == 0)
        let short = scan(Array(pieces.prefix(AttachmentScanner.maximumDepth)))
        #expect(!short.exceedsLimits && short.parts == 1)
    }

    @Test func `a hundred thousand messages in each other are followed to the limit`() {
        let result = scan(Array(repeating: "Content-Type: message/rfc822\r\n\r\n", count: 100_000))
        #expect(result.exceedsLimits)
        #expect(result.parts == AttachmentScanner.maximumDepth + 1)
    }

    @Test func `a hundred thousand parts beside each other are all told`() {
        let part = "--b\r\nContent-Type: x/y; name=a.exe\r\n\r\nx\r\n"
        let result = scan(
            ["Content-Type: multipart/mixed; boundary=b\r\n\r\n"] + Array(repeating: part, count: 100_000)
        )
        #expect(result.parts == 100_000 && !result.exceedsLimits)
    }

    @Test(arguments: [
        ("", 1), ("\"\"", 1), ("\"  \"", 1), (String(repeating: "b", count: 70), 2),
        (String(repeating: "b", count: 71), 2),
    ])
    func `a boundary of no octets is none, one beyond seventy is one`(_ boundary: String, _ wanted: Int) {
        let delimiter = boundary.filter { $0 != "\"" && $0 != " " }
        let result = scan([
            "Content-Type: multipart/mixed; boundary=\(boundary)\r\n\r\n--\(delimiter)\r\n\r\n--\(delimiter)\r\n\r\n--\(delimiter)--\r\n"
        ])
        #expect(result.parts == wanted && !result.exceedsLimits)
    }

    @Test func `the longest boundary that is looked for`() {
        for (count, exceedsLimits) in [(1000, false), (1001, true)] {
            let boundary = String(repeating: "b", count: count)
            let message =
                "Content-Type: multipart/mixed; boundary=\(boundary)\r\n\r\n--\(boundary)\r\nContent-Type: x/y; name=a\r\n\r\n"
            for pieces in [[message], message.map { "\($0)" }] {
                let result = scan(pieces)
                #expect(result.exceedsLimits == exceedsLimits)
                #expect(result.names == (exceedsLimits ? [] : ["a"]))
            }
        }
    }

    @Test func `endless header lines are passed over, endless fields of interest are told`() {
        let other = scan(
            ["X: "] + Array(repeating: String(repeating: "x", count: 1000), count: 2000) + [
                "\r\nContent-Type: a/b; name=c\r\n\r\n"
            ]
        )
        #expect(!other.exceedsLimits && other.names == ["c"])
        let lines = scan(Array(repeating: "X: y\r\n z\r\n", count: 100_000) + ["Content-Type: a/b; name=c\r\n\r\n"])
        #expect(!lines.exceedsLimits && lines.names == ["c"])
        let long = scan(
            ["Content-Type: a/b; name="] + Array(repeating: String(repeating: "x", count: 1000), count: 100)
        )
        #expect(long.exceedsLimits)
        let folded = scan(["Content-Type: a/b;\r\n"] + Array(repeating: " x=y;\r\n", count: 20_000) + ["\r\n"])
        #expect(folded.exceedsLimits && folded.parts == 1)
        let doubled = scan(Array(repeating: "Content-Type:\r\n", count: 100_000) + ["\r\n"])
        #expect(doubled.exceedsLimits && doubled.parts == 1)
    }

    @Test func `lines without end in a body are passed over`() {
        let result = scan(
            ["Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"]
                + Array(repeating: String(repeating: "--", count: 5000), count: 1000) + [
                    "\r\n--b\r\nContent-Type: x/y\r\n\r\n"
                ]
        )
        #expect(result.parts == 2 && !result.exceedsLimits)
    }

    @Test func `a message cut anywhere gives a beginning of its parts`() {
        let message =
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: x/y; name=a\r\n\r\nx\r\n--b\r\n"
            + "Content-Type: message/rfc822\r\n\r\nContent-Type: x/z; name*0=b; name*1=c\r\n\r\n--b--\r\n"
        for count in 0...message.utf8.count {
            let result = scan([String(decoding: message.utf8.prefix(count), as: UTF8.self)])
            #expect(result.parts <= 4 && !result.exceedsLimits)
        }
    }

    @Test func `four thousand changed messages are read the same in any pieces`() {
        var generator = SplitMix(state: 6109)
        var parts = 0
        for _ in 0..<4000 {
            let octets = Self.mutated(&generator)
            var whole: [MessagePart] = []
            var scanner = AttachmentScanner()
            scanner.scan(ByteBuffer(bytes: octets)) { whole.append($0) }
            scanner.finish { whole.append($0) }
            var pieces: [MessagePart] = []
            var second = AttachmentScanner()
            var rest = octets[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...30, using: &generator))
                second.scan(ByteBuffer(bytes: piece)) { pieces.append($0) }
                rest = rest.dropFirst(piece.count)
            }
            second.finish { pieces.append($0) }
            #expect(whole == pieces && scanner.exceedsLimits == second.exceedsLimits)
            parts += whole.count
        }
        #expect(parts > 5000)
    }

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
        "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: x/y; name*0*=utf-8''%C3%A8; name*1=.exe\r\n\r\nx\r\n--b\r\n"
            + "Content-Disposition: attachment; filename=\"=?utf-8?B?YS5leGU=?=\"\r\n\r\n--b--\r\n",
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/digest; boundary=aa\n\n--aa\n\nSubject: x\n\nx\n--aa--\n--a--\n",
        "Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/signed; boundary=c (x)\r\n\r\n--c\r\n\r\n--c\r\nContent-Type: x/p7s\r\n\r\n--c--",
    ].map { Array($0.utf8) }

    private static let spice: [[UInt8]] = [
        [0], [0x0D], [0x0A], [0x0D, 0x0A], [0x0D, 0x0A, 0x0D, 0x0A], Array("--".utf8), Array("--b\r\n".utf8),
        Array("--a--\n".utf8), [0x22],
        [0x5C], [0x28], [0x29], [0x3B], [0x3D], [0x25], [0x27], [0x2A], [0xFF], [0xC3], [0x3D, 0x3F],
        Array("Content-Type: ".utf8), [0x20],
        Array("boundary=".utf8), Array("name*99999999999=".utf8), Array("multipart/x;".utf8),
        Array("message/rfc822\r\n\r\n".utf8),
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
}
