// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Cuts a server's octets into statuses, challenges and the content of multi-line responses, dots undoubled (RFC 1939 §3).
///
/// Content comes in slices of what was received, as it comes; nothing is copied and no line is waited for. The end is
/// CRLF.CRLF. A bare LF is content, unless the status line itself ended with one: such a server ends all its lines so.
/// ```text
///            ┌──────────── LF behind CR (or any LF in LF mode) ───────────┐
///            ▼                                                            │
/// status → lineStart ──"."──▶ dot ──CR──▶ dotCR ──LF──▶ end      inside ──┘
///            │ other            │ other      │ other                ▲
///            └──────────────────┴─ dot dropped ─────────────────────┘
/// ```
public struct POP3ResponseDecoder: Sendable {
    /// What was found.
    public enum Frame: Hashable, Sendable {
        /// The status line.
        case status(POP3Status)
        /// A continuation of AUTH, still in base 64 (RFC 5034 §4).
        case challenge(String)
        /// Content of a multi-line response, at least one octet.
        case piece(ByteBuffer)
        /// The multi-line response is over.
        case end
    }

    private enum Position: Sendable {
        case lineStart
        case dot
        case dotCR
        case inside(afterCR: Bool)
    }

    /// Octets of the longest status line or challenge.
    public let limit: Int
    private var buffer = ByteBuffer()
    private var content: Position?
    private var endsLinesWithLF = false

    /// A decoder for one session. Challenges may have 12,288 octets (RFC 4954 §4).
    public init(limit: Int = 12_288) {
        self.limit = limit
    }

    /// Adds octets that came.
    public mutating func append(_ octets: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = octets
        } else {
            var octets = octets
            buffer.writeBuffer(&octets)
        }
    }

    /// Octets that came and were not looked at.
    public var pendingOctets: Int { buffer.readableBytes }

    /// The next frame.
    ///
    /// - Parameter isMultiLine: true when content follows a positive status of the command that is now answered.
    /// - Returns: nil until more octets come.
    /// - Throws: `malformed` for a line that is no status, `limit` for one that is too long.
    public mutating func next(isMultiLine: Bool) throws(POP3Failure) -> Frame? {
        if content != nil { return nextOfContent() }
        guard let line = try nextLine() else { return nil }
        if line == "+" || line.hasPrefix("+ ") { return .challenge(String(line.dropFirst(2))) }
        guard let status = POP3Status(line: line) else {
            let quoted = POP3ServerMachine.printable(String(line.prefix(100)))
            throw POP3Failure(.malformed, "the server sent \"\(quoted)\" where +OK or -ERR is due")
        }
        if isMultiLine, status.isPositive { content = .lineStart }
        return .status(status)
    }

    private mutating func nextLine() throws(POP3Failure) -> String? {
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(of: 0x0A) else {
            guard view.count <= limit + 1 else { throw tooLong() }
            return nil
        }
        var line = view[view.startIndex..<end]
        endsLinesWithLF = line.last != 0x0D
        if !endsLinesWithLF { line = line.dropLast() }
        guard line.count <= limit else { throw tooLong() }
        let text = String(decoding: line, as: UTF8.self)
        consume(end + 1 - view.startIndex)
        return text
    }

    private func tooLong() -> POP3Failure {
        POP3Failure(.limit, "the server sent a line of more than \(limit) octets")
    }

    private mutating func consume(_ count: Int) {
        buffer.moveReaderIndex(forwardBy: count)
        // Lets go of the storage, which slices handed out may still share.
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
    }

    private mutating func nextOfContent() -> Frame? {
        while let position = content, let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) {
            switch (position, first) {
            case (.lineStart, 0x2E):
                consume(1)
                content = .dot
            case (.dot, 0x0D):
                consume(1)
                content = .dotCR
            case (.dotCR, 0x0A):
                consume(1)
                content = nil
                return .end
            case (.dot, 0x0A) where endsLinesWithLF:
                consume(1)
                content = nil
                return .end
            case (.dotCR, _):
                content = .inside(afterCR: true)
                return .piece(ByteBuffer(bytes: [0x0D]))
            case (.lineStart, _), (.dot, _): return piece(afterCR: false)
            case (.inside(let afterCR), _): return piece(afterCR: afterCR)
            }
        }
        return nil
    }

    /// Everything up to the next dot at a line start, or all that there is.
    private mutating func piece(afterCR: Bool) -> Frame? {
        let (length, position) = scan(afterCR: afterCR)
        content = position
        let slice = buffer.getSlice(at: buffer.readerIndex, length: length)
        consume(length)
        return slice.map(Frame.piece)
    }

    /// How many octets are content without a dot to drop, and where the content stands behind them.
    private func scan(afterCR: Bool) -> (length: Int, position: Position) {
        let isLenient = endsLinesWithLF
        return buffer.withUnsafeReadableBytes { octets in
            var previousIsCR = afterCR
            var index = 0
            while index < octets.count {
                let octet = octets[index]
                index += 1
                if octet == 0x0A, previousIsCR || isLenient {
                    if index == octets.count || octets[index] == 0x2E { return (index, .lineStart) }
                }
                previousIsCR = octet == 0x0D
            }
            return (index, .inside(afterCR: previousIsCR))
        }
    }
}
