// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Takes the octets after DATA apart: content with dots unstuffed, up to CRLF.CRLF (RFC 5321 §4.5.2).
struct DotDecoder {
    private var carry: [UInt8] = []
    private var isAtLineStart = true

    /// Decodes `octets`; hands pieces of content to `take`.
    /// - Returns: the octets after the end of the data; nil when it has not come.
    mutating func decode(_ octets: [UInt8], _ take: (UnsafeRawBufferPointer) -> Void) -> [UInt8]? {
        let window = carry + octets
        carry = []
        return window.withUnsafeBytes { decode(window: $0, take) }
    }

    private mutating func decode(
        window: UnsafeRawBufferPointer,
        _ take: (UnsafeRawBufferPointer) -> Void
    ) -> [UInt8]? {
        var begin = 0
        while true {
            if isAtLineStart, begin < window.count, window[begin] == UInt8(ascii: ".") {
                guard begin + 2 < window.count else {
                    carry = Array(window[begin...])
                    return nil
                }
                if window[begin + 1] == 13, window[begin + 2] == 10 { return Array(window[(begin + 3)...]) }
                begin += 1
            }
            guard let dot = lineWithDot(window, from: begin) else {
                let kept = trailing(window, from: begin)
                if window.count - kept > begin {
                    take(UnsafeRawBufferPointer(rebasing: window[begin..<(window.count - kept)]))
                    isAtLineStart = false
                }
                carry = Array(window[(window.count - kept)...])
                return nil
            }
            take(UnsafeRawBufferPointer(rebasing: window[begin..<dot]))
            begin = dot
            isAtLineStart = true
        }
    }

    private func lineWithDot(_ window: UnsafeRawBufferPointer, from begin: Int) -> Int? {
        Octets.position(of: "\r\n.", in: window, from: begin).map { $0 + 2 }
    }

    /// How many octets at the end may be the beginning of CRLF-dot.
    private func trailing(_ window: UnsafeRawBufferPointer, from begin: Int) -> Int {
        let count = window.count
        if count - begin >= 2, window[count - 2] == 13, window[count - 1] == 10 { return 2 }
        if count - begin >= 1, window[count - 1] == 13 { return 1 }
        return 0
    }
}
