// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import struct NIOCore.ByteBuffer

/// The part of the original message that a report gives back, made safe to stand inside another message.
struct HeaderReturn {
    /// How much of a message is searched for the end of its header section.
    static let maximumOctets = 262_144
    /// The longest line that RFC 5322 §2.1.1 allows, without its CRLF.
    static let maximumLine = 998

    /// The octets of the part, every line ending with CRLF.
    let octets: [UInt8]
    /// True when an octet is beyond ASCII.
    let isEightBit: Bool

    /// The header section that `original` begins with: up to the empty line, without it.
    ///
    /// Line ends become CRLF, NUL becomes `?`, and a line beyond 998 octets is folded: the part is for reading, not for proof.
    init(headerOf original: ByteBuffer) {
        var lines: [UInt8] = []
        var eightBit = false
        let limit = Self.maximumLine - 8
        for line in Self.lines(of: original.readableBytesView.prefix(Self.maximumOctets)) {
            guard !line.isEmpty else { break }
            var length = 0
            for octet in line {
                // A UTF-8 sequence is never cut: a fold comes before its first octet.
                if length >= limit && octet & 0xC0 != 0x80 || length >= Self.maximumLine {
                    lines += [0x0D, 0x0A, 0x20]
                    length = 1
                }
                eightBit = eightBit || octet >= 0x80
                lines.append(octet == 0 ? UInt8(ascii: "?") : octet)
                length += 1
            }
            lines += [0x0D, 0x0A]
        }
        octets = lines
        isEightBit = eightBit
    }

    /// The whole message; nil when it cannot stand inside another one as it is: a bare CR or LF, a NUL, or a line beyond 998 octets.
    init?(whole original: ByteBuffer) {
        var length = 0
        var previous: UInt8 = 0
        var eightBit = false
        for octet in original.readableBytesView {
            switch octet {
            case 0: return nil
            case 0x0A:
                guard previous == 0x0D, length - 1 <= Self.maximumLine else { return nil }
                length = 0
            default:
                guard previous != 0x0D else { return nil }
                eightBit = eightBit || octet >= 0x80
                length += 1
            }
            previous = octet
        }
        guard length <= Self.maximumLine, previous != 0x0D else { return nil }
        octets = Array(original.readableBytesView) + (length > 0 ? [0x0D, 0x0A] : [])
        isEightBit = eightBit
    }

    /// The lines of `octets`: ended by CRLF, and leniently by a bare LF or a bare CR.
    private static func lines(of octets: some Collection<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var previous: UInt8 = 0
        for octet in octets {
            switch octet {
            case 0x0A where previous == 0x0D: break
            case 0x0A, 0x0D:
                lines.append(line)
                line = []
            default: line.append(octet)
            }
            previous = octet
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
