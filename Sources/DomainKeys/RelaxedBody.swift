// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto

import struct NIOCore.ByteBuffer

/// The digest of a body in "relaxed" form, as it streams by (RFC 6376 §3.4.4): blanks at the ends of lines and empty lines at the end count
/// for nothing, other runs of blanks count for one.
struct RelaxedBody {
    private var digest = SHA256()
    private var output: [UInt8] = []
    private var emptyLines = 0
    private var hasBlank = false
    private var hasCR = false
    private var hasContent = false

    private static let cr = UInt8(ascii: "\r")
    private static let lf = UInt8(ascii: "\n")

    mutating func append(_ octets: ByteBuffer) {
        for octet in octets.readableBytesView { take(octet) }
        flush()
    }

    mutating func finish() -> SHA256.Digest {
        if hasCR {
            hasCR = false
            emit(Self.cr)
        }
        if hasContent { output += [Self.cr, Self.lf] }
        flush()
        return digest.finalize()
    }

    private mutating func take(_ octet: UInt8) {
        if hasCR {
            hasCR = false
            guard octet == Self.lf else {
                emit(Self.cr)
                return take(octet)
            }
            endLine()
        } else if octet == Self.cr {
            hasCR = true
        } else if octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t") {
            hasBlank = true
        } else {
            emit(octet)
        }
    }

    private mutating func endLine() {
        if hasContent { output += [Self.cr, Self.lf] } else { emptyLines += 1 }
        hasContent = false
        hasBlank = false
    }

    private mutating func emit(_ octet: UInt8) {
        while emptyLines > 0 {
            output += [Self.cr, Self.lf]
            emptyLines -= 1
            if output.count > 65_536 { flush() }
        }
        if hasBlank { output.append(UInt8(ascii: " ")) }
        hasBlank = false
        hasContent = true
        output.append(octet)
    }

    private mutating func flush() {
        output.withUnsafeBytes { digest.update(bufferPointer: $0) }
        output.removeAll(keepingCapacity: true)
    }
}
