// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import struct NIOCore.ByteBuffer

/// Takes the chunks of BDAT off the wire as they are (RFC 3030 §2), and notes what a later hop by DATA would stumble
/// over.
package struct SMTPChunkDecoder: Sendable {
    /// What was seen so far, over all chunks of the message.
    package private(set) var summary = SMTPContentSummary()
    private var endsInCarriageReturn = false

    /// A decoder before the first chunk.
    package init() {}

    /// Moves up to `count` octets from `input` to `output` and returns how many they were.
    package mutating func decode(_ input: inout ByteBuffer, upTo count: Int, into output: inout ByteBuffer) -> Int {
        let taken = min(count, input.readableBytes)
        input.withUnsafeReadableBytes { octets in
            let chunk = UnsafeRawBufferPointer(rebasing: octets[..<taken])
            inspect(chunk)
            output.writeBytes(chunk)
        }
        input.moveReaderIndex(forwardBy: taken)
        return taken
    }

    /// Notes that the message is complete.
    package mutating func finish() {
        if endsInCarriageReturn { summary.hasBareLineEnds = true }
    }

    private mutating func inspect(_ octets: UnsafeRawBufferPointer) {
        summary.octets += octets.count
        if !summary.isEightBit { summary.isEightBit = Octets.isEightBit(octets) }
        guard !summary.hasBareLineEnds, !octets.isEmpty else { return }
        var position = 0
        if endsInCarriageReturn {
            endsInCarriageReturn = false
            guard octets[0] == Octets.lineFeed else {
                summary.hasBareLineEnds = true
                return
            }
            position = 1
        }
        while position < octets.count {
            let lineFeed = Octets.first(Octets.lineFeed, in: octets, position..<octets.count)
            let end = lineFeed ?? octets.count
            let carriageReturn = Octets.first(Octets.carriageReturn, in: octets, position..<end)
            switch (carriageReturn, lineFeed) {
            case (nil, nil): return
            case (nil, _?):
                summary.hasBareLineEnds = true
                return
            case (let carriageReturn?, _) where carriageReturn + 1 < end:
                summary.hasBareLineEnds = true
                return
            case (_?, nil):
                endsInCarriageReturn = true
                return
            case (_?, let lineFeed?): position = lineFeed + 1
            }
        }
    }
}
