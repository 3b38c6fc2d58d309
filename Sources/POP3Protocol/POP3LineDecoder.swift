// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Cuts what comes from a peer into lines that end with CRLF or, from a lenient peer, with LF alone.
public struct POP3LineDecoder: Sendable {
    /// What was found.
    public enum Line: Hashable, Sendable {
        /// A line without its end; octets that are not UTF-8 are replaced.
        case text(String)
        /// A line longer than the limit; it was passed over up to its end.
        case tooLong
    }

    /// Octets of the longest line, without its end.
    public let limit: Int
    private var buffer = ByteBuffer()
    private var isSkipping = false

    /// A decoder of lines up to `limit` octets; RFC 2449 §4 allows commands of 255.
    public init(limit: Int = 4096) {
        self.limit = limit
    }

    /// Adds octets that came.
    public mutating func append(_ octets: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = octets
        } else {
            var octets = octets
            buffer.discardReadBytes()  // what is left is a part of a line
            buffer.writeBuffer(&octets)
        }
    }

    /// Octets that came and do not yet make a line; behind a STLS there must be none.
    public var pendingOctets: Int { buffer.readableBytes }

    /// The next line; nil until more octets come.
    public mutating func next() -> Line? {
        guard let end = buffer.readableBytesView.firstIndex(of: 0x0A) else {
            if buffer.readableBytes > limit + 1 {
                isSkipping = true
                buffer.clear()
            }
            return nil
        }
        let length = end - buffer.readerIndex
        let octets = buffer.readSlice(length: length) ?? ByteBuffer()
        buffer.moveReaderIndex(forwardBy: 1)
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
        if isSkipping {
            isSkipping = false
            return .tooLong
        }
        var view = octets.readableBytesView
        if view.last == 0x0D { view = view.dropLast() }
        return view.count > limit ? .tooLong : .text(String(decoding: view, as: UTF8.self))
    }
}
