// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Doubles the dot that begins a line of the content sent by DATA (RFC 5321 §4.5.2), piece by piece.
///
/// A piece without such a dot passes as it is, uncopied. The stuffer also notes a line feed without its carriage return: no such
/// content may be sent by DATA, where some server might take it for a line end (RFC 5321 §2.3.8).
public struct DotStuffer: Sendable {
    private var atLineStart = true
    private var afterCarriageReturn = false
    /// True once a line feed came without a carriage return before it, or a carriage return without a line feed behind.
    public private(set) var sawBareLineEnd = false

    /// A stuffer at the beginning of the content.
    public init() {}

    /// The piece with its dots doubled.
    public mutating func stuff(_ piece: ByteBuffer) -> ByteBuffer {
        let dots = scan(piece)
        guard !dots.isEmpty else { return piece }
        var stuffed = ByteBuffer()
        stuffed.reserveCapacity(piece.readableBytes + dots.count)
        let view = piece.readableBytesView
        var start = view.startIndex
        for dot in dots {
            stuffed.writeBytes(view[start..<view.startIndex + dot])
            stuffed.writeInteger(UInt8(ascii: "."))
            start = view.startIndex + dot
        }
        stuffed.writeBytes(view[start...])
        return stuffed
    }

    /// What ends the data: the dot on a line of its own, and before it the CRLF that the content's last line lacks.
    public mutating func end() -> ByteBuffer {
        if afterCarriageReturn { sawBareLineEnd = true }
        return ByteBuffer(string: atLineStart ? ".\r\n" : "\r\n.\r\n")
    }

    /// The offsets of the dots to double.
    private mutating func scan(_ piece: ByteBuffer) -> [Int] {
        var dots: [Int] = []
        var (lineStart, carriageReturn, isBare) = (atLineStart, afterCarriageReturn, sawBareLineEnd)
        piece.withUnsafeReadableBytes { octets in
            for index in 0..<octets.count {
                let octet = octets[index]
                if octet == 0x0A {
                    if !carriageReturn { isBare = true }
                    lineStart = carriageReturn
                    carriageReturn = false
                    continue
                }
                if carriageReturn { isBare = true }
                if lineStart, octet == UInt8(ascii: ".") { dots.append(index) }
                lineStart = false
                carriageReturn = octet == 0x0D
            }
        }
        (atLineStart, afterCarriageReturn, sawBareLineEnd) = (lineStart, carriageReturn, isBare)
        return dots
    }
}
