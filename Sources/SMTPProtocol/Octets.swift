// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import func Glibc.memchr

/// Octets that the grammar of RFC 5321 gives a meaning, and the search for them at the speed of memory.
enum Octets {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let dot: UInt8 = 0x2E

    /// The position of the first `octet` in `range`; nil when there is none.
    @inline(__always)
    static func first(_ octet: UInt8, in octets: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
        guard let base = octets.baseAddress, !range.isEmpty,
            let found = memchr(base + range.lowerBound, Int32(octet), range.count)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// True when an octet beyond ASCII stands among `octets`.
    static func isEightBit(_ octets: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        var seen: UInt64 = 0
        while position + 8 <= octets.count {
            seen |= octets.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            position += 8
        }
        var last: UInt8 = 0
        while position < octets.count {
            last |= octets[position]
            position += 1
        }
        return seen & 0x8080_8080_8080_8080 != 0 || last & 0x80 != 0
    }
}
