// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import struct NIOCore.ByteBuffer

/// Takes the byte order mark of UTF-8 off the front of a message, where programs that save messages as text put it.
struct ByteOrderMark: Sendable {
    private static let octets: [UInt8] = [0xEF, 0xBB, 0xBF]

    private var matched = 0
    private var isDecided = false

    /// Octets that were taken off.
    var octets: Int { isDecided && matched == Self.octets.count ? matched : 0 }
    /// What was taken for the beginning of a mark, when the message ends there.
    var unfinished: ByteBuffer { ByteBuffer(bytes: isDecided ? [] : Self.octets.prefix(matched)) }

    /// Takes the mark, or the next octets of it, off `piece`; puts back what turned out to be none.
    mutating func take(from piece: inout ByteBuffer) {
        while !isDecided, let octet = piece.readableBytesView.first {
            guard octet == Self.octets[matched] else {
                isDecided = true
                guard matched > 0 else { return }
                var whole = ByteBuffer(bytes: Self.octets.prefix(matched))
                whole.writeImmutableBuffer(piece)
                piece = whole
                return
            }
            piece.moveReaderIndex(forwardBy: 1)
            matched += 1
            isDecided = matched == Self.octets.count
        }
    }
}
