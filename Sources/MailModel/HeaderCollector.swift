// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Picks the header section out of a message that arrives in pieces of any size, holding no more than its limit.
public struct HeaderCollector: Sendable {
    private let limit: Int
    private var scanner = HeaderScanner()
    private var storage = ByteBuffer()

    /// A collector that holds at most `limit` octets.
    public init(limit: Int = HeaderSection.maximumOctets) {
        self.limit = max(0, limit)
    }

    /// True when further pieces change nothing: the section ended, or the limit is reached.
    public var isComplete: Bool { scanner.isDone || storage.readableBytes >= limit }

    /// Takes the next piece of the message; what lies beyond the section or the limit is not looked at.
    public mutating func append(_ piece: ByteBuffer) {
        guard !isComplete,
            let part = piece.getSlice(
                at: piece.readerIndex,
                length: min(piece.readableBytes, limit - storage.readableBytes)
            )
        else { return }
        if storage.readableBytes == 0 {
            storage = part
        } else {
            storage.writeImmutableBuffer(part)
        }
        storage.withUnsafeReadableBytes { scanner.scan($0, isFinal: false) }
    }

    /// The section as far as it came; a last line without line end counts as a line.
    public var section: HeaderSection {
        var final = scanner
        let isCut = !scanner.isDone && storage.readableBytes >= limit && limit > 0
        storage.withUnsafeReadableBytes { final.scan($0, isFinal: true) }
        let isTruncated = isCut || final.isFull
        return HeaderSection(final, storage: storage, isTruncated: isTruncated)
    }
}
