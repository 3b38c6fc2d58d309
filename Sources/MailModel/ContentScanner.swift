// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import struct NIOCore.ByteBuffer

/// What the next hop must be able to carry, learnt while a message streams by.
package struct ContentScanner: Sendable {
    /// True when an octet beyond ASCII was seen.
    package private(set) var isEightBit = false
    private var sawBareEnd = false
    private var isBehindCR = false

    /// Before the first octet.
    package init() {}

    /// True when a CR or LF stood outside a CRLF.
    package var hasBareLineEnds: Bool { sawBareEnd || isBehindCR }

    /// Looks at the next octets.
    package mutating func scan(_ octets: ByteBuffer) {
        var eight: UInt8 = 0
        var bare = sawBareEnd
        var previousIsCR = isBehindCR
        octets.withUnsafeReadableBytes { octets in
            for octet in octets {
                eight |= octet
                let isLF = octet == 0x0A
                if isLF != previousIsCR { bare = true }
                previousIsCR = octet == 0x0D
            }
        }
        isEightBit = isEightBit || eight >= 0x80
        sawBareEnd = bare
        isBehindCR = previousIsCR
    }
}
