// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Cuts what a milter sends into replies: a length in four octets, which counts what follows, a letter, its data.
public struct MilterFrameDecoder: Sendable {
    /// Octets of the longest reply: the largest piece of a body that any milter sends, and its letter.
    public static let maximumOctets = 1_048_577

    private var pending = ByteBuffer()

    /// A decoder at the beginning of a connection.
    public init() {}

    /// Takes what was read from the connection.
    public mutating func append(_ octets: ByteBuffer) {
        pending.writeImmutableBuffer(octets)
        if pending.readerIndex > 65_536 { pending.discardReadBytes() }
    }

    /// The next reply; nil while none is whole.
    ///
    /// - Throws: when it is too long, or no reply; the connection is of no use then.
    public mutating func next() throws(MilterError) -> MilterReply? {
        guard let length = pending.getInteger(at: pending.readerIndex, as: UInt32.self) else { return nil }
        guard length >= 1, length <= Self.maximumOctets else {
            throw MilterError("a reply of \(length) octets")
        }
        guard pending.readableBytes >= 4 + Int(length) else { return nil }
        pending.moveReaderIndex(forwardBy: 4)
        guard let frame = pending.readSlice(length: Int(length)) else { return nil }
        return try MilterReply(frame)
    }

    /// True when octets are there that no reply took: the milter speaks out of turn.
    public var holdsOctets: Bool { pending.readableBytes > 0 }
}
