// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// What the next hop must be able to carry, learnt while a message streams by.
struct ContentScanner: Sendable {
    /// True when an octet beyond ASCII was seen.
    private(set) var isEightBit = false
    private var sawBareEnd = false
    private var isBehindCR = false

    /// True when a CR or LF stood outside a CRLF.
    var hasBareLineEnds: Bool { sawBareEnd || isBehindCR }

    /// Looks at the next octets.
    mutating func scan(_ octets: ByteBuffer) {
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
