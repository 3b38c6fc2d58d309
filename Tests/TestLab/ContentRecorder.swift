// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc

/// Hashes the content from its field X-Seq on and keeps what stood before it, without keeping the content.
struct ContentRecorder {
    static let kept = 65_536
    private static let mark = "X-Seq:"

    private(set) var octets = 0
    private(set) var trace: [UInt8] = []
    private(set) var header: [UInt8] = []
    private var hash = SHA256()
    private var hasMark = false

    mutating func take(_ piece: UnsafeRawBufferPointer) {
        octets += piece.count
        guard !hasMark else { return record(piece) }
        trace.append(contentsOf: piece)
        if let begin = markPosition() {
            hasMark = true
            let rest = Array(trace[begin...])
            trace.removeSubrange(begin...)
            rest.withUnsafeBytes { record($0) }
        } else if trace.count > Self.kept {
            hasMark = true
            let rest = trace
            trace = []
            rest.withUnsafeBytes { record($0) }
        }
    }

    /// The digest of the original content; call once.
    mutating func digest() -> String {
        if !hasMark { trace.withUnsafeBytes { hash.update(bufferPointer: $0) } }
        return KnownMessage.hexadecimal(hash.finalize())
    }

    private mutating func record(_ piece: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: piece)
        if header.count < Self.kept { header.append(contentsOf: piece.prefix(Self.kept - header.count)) }
    }

    private func markPosition() -> Int? {
        trace.withUnsafeBytes { window in
            guard let base = window.baseAddress else { return nil }
            if window.count >= Self.mark.utf8.count, memcmp(base, Self.mark, Self.mark.utf8.count) == 0 { return 0 }
            return Octets.position(of: "\r\nX-Seq:", in: window).map { $0 + 2 }
        }
    }
}
