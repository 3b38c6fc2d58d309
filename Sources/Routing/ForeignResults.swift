// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

public import struct NIOCore.ByteBuffer

/// Fields of mail from the Internet that say what this gateway found, and that it did not write.
public enum ForeignResults {
    /// The message without Authentication-Results under this gateway's name, which a rule of Exchange would believe (RFC 8601 §5), and without
    /// scan fields; nil when it has none. `octets` are the message's own as far as they have come, all of `header` at their head.
    public static func takenOff(_ octets: ByteBuffer, _ header: HeaderSection, hostname: String) -> ByteBuffer? {
        let foreign = header.foreignResults(hostname)
        return foreign.isEmpty ? nil : foreign.map(\.range).taken(off: octets)
    }
}

extension [Range<Int>] {
    /// `octets` without these ranges, which are in order.
    func taken(off octets: ByteBuffer) -> ByteBuffer {
        guard !isEmpty else { return octets }
        var kept = ByteBuffer()
        kept.reserveCapacity(octets.readableBytes)
        var start = 0
        for range in self + [octets.readableBytes..<octets.readableBytes] {
            let end = Swift.min(range.lowerBound, octets.readableBytes)
            if start < end, let slice = octets.getSlice(at: octets.readerIndex + start, length: end - start) {
                kept.writeImmutableBuffer(slice)
            }
            start = Swift.max(start, Swift.min(range.upperBound, octets.readableBytes))
        }
        return kept
    }
}
