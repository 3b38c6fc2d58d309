// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SMTPProtocol
import Testing

struct ProxyHeaderDecoderTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
    private static let ports: [UInt8] = [0x9C, 0x40, 0, 25]

    private static func header(_ command: UInt8, _ family: UInt8, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? body.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + body
    }

    static let four = header(0x21, 0x11, [198, 51, 100, 7, 203, 0, 113, 5] + ports)
    static let source6: [UInt8] = [0x20, 1, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [9]
    static let six = header(0x21, 0x21, source6 + source6 + ports)
    static let withTLVs = header(
        0x21,
        0x11,
        [198, 51, 100, 7, 203, 0, 113, 5] + ports + [3, 0, 4, 1, 2, 3, 4, 0xE0, 0xFF, 0xFF]
    )
    static let local = header(0x20, 0x00, [])
    static let localWithAddress = header(0x20, 0x11, [1, 2, 3, 4, 5, 6, 7, 8] + ports)

    static let legal: [(octets: [UInt8], element: ProxyHeaderDecoder.Element)] = [
        (four, .client([198, 51, 100, 7])), (six, .client(source6)), (withTLVs, .client([198, 51, 100, 7])),
        (local, .local), (localWithAddress, .local),
    ]

    @Test(arguments: legal.indices)
    func `a header is read at every split, and what follows it stays`(_ index: Int) {
        let (octets, element) = Self.legal[index]
        for position in 0...octets.count {
            var decoder = ProxyHeaderDecoder()
            var input = ByteBuffer(bytes: octets[..<position])
            let early = decoder.decode(&input)
            #expect(early == (position == octets.count ? element : nil), "at \(position)")
            guard position < octets.count else { continue }
            input.writeBytes(octets[position...])
            input.writeString("EHLO x\r\n")
            #expect(decoder.decode(&input) == element, "at \(position)")
            #expect(String(buffer: input) == "EHLO x\r\n")
        }
    }

    @Test(arguments: legal.indices)
    func `a header is read octet by octet, keeping no more than its addresses`(_ index: Int) {
        let (octets, element) = Self.legal[index]
        var decoder = ProxyHeaderDecoder()
        var input = ByteBuffer()
        for (number, octet) in octets.enumerated() {
            input.writeInteger(octet)
            let found = decoder.decode(&input)
            #expect(found == (number == octets.count - 1 ? element : nil))
            #expect(input.readableBytes <= 52)
        }
    }

    @Test
    func `the longest header is skipped without being kept`() {
        let body = [198, 51, 100, 7, 203, 0, 113, 5] + Self.ports
        var decoder = ProxyHeaderDecoder()
        var input = ByteBuffer(bytes: Self.header(0x21, 0x11, body, length: 65_535))
        var skipped = body.count
        while skipped < 65_535 {
            #expect(decoder.decode(&input) == nil && input.readableBytes == 0)
            let count = min(1000, 65_535 - skipped)
            input.writeRepeatingByte(0xAA, count: count)
            skipped += count
        }
        input.writeString("QUIT\r\n")
        #expect(decoder.decode(&input) == .client([198, 51, 100, 7]))
        #expect(String(buffer: input) == "QUIT\r\n")
    }

    @Test(arguments: [
        (Array("EHLO x\r\n".utf8), ProxyHeaderDecoder.Fault.missing),
        ([0x16, 3, 1], .missing),
        (Array("PROXY TCP4 198.51.100.7 203.0.113.5 40000 25\r\n".utf8), .version1),
        (Array("PRIV".utf8), .missing),
        (header(0x11, 0x11, [1, 2, 3, 4, 5, 6, 7, 8] + ports), .version),
        (header(0x2F, 0x11, [1, 2, 3, 4, 5, 6, 7, 8] + ports), .version),
        (header(0x21, 0x00, []), .family),
        (header(0x21, 0x12, [1, 2, 3, 4, 5, 6, 7, 8] + ports), .family),
        (header(0x21, 0x31, Array(repeating: 65, count: 216)), .family),
        (header(0x21, 0x11, [1, 2, 3, 4, 5, 6, 7]), .length),
        (header(0x21, 0x21, [1, 2, 3, 4, 5, 6, 7, 8] + ports), .length),
        (header(0x21, 0x11, []), .length),
    ])
    func `what is no header is a fault as soon as it shows`(_ octets: [UInt8], _ fault: ProxyHeaderDecoder.Fault) {
        var decoder = ProxyHeaderDecoder()
        var input = ByteBuffer(bytes: octets)
        #expect(decoder.decode(&input) == .fault(fault))
        #expect(!fault.words.isEmpty)
    }

    @Test
    func `no octets trap, and none but a signature are waited for beyond six`() {
        var generator = SeededGenerator(seed: 41)
        for _ in 0..<20_000 {
            var octets = Self.legal[Int.random(in: Self.legal.indices, using: &generator)].octets
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                octets[Int.random(in: octets.indices, using: &generator)] = UInt8.random(
                    in: .min ... .max,
                    using: &generator
                )
            }
            octets.removeLast(Int.random(in: 0..<octets.count, using: &generator))
            var decoder = ProxyHeaderDecoder()
            var input = ByteBuffer(bytes: octets)
            let element = decoder.decode(&input)
            if !octets.starts(with: Self.signature.prefix(octets.count)), octets.count >= 6 {
                guard case .fault = element else {
                    Issue.record("waits after \(octets)")
                    return
                }
            }
        }
    }
}
