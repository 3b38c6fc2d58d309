// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import struct NIOCore.ByteBuffer

/// Takes the content of DATA off the wire: removes the stuffed dots and finds the end (RFC 5321 §4.5.2).
///
/// The end is CRLF, dot, CRLF and nothing else. `<LF>.<CR><LF>`, `<LF>.<LF>`, `<CR>.<CR>` and their like do not end the
/// content; what servers before and after this one make of them is how messages were smuggled (CVE-2023-51764 to
/// -51766). Content with a CR or LF outside a CRLF is swallowed up to its true end, and the summary says so.
package struct SMTPDataDecoder: Sendable {
    private enum Position {
        /// After a CRLF, and at the very beginning: the CRLF of the DATA command counts.
        case lineStart
        /// After the dot that begins a line; it is not content.
        case dot
        /// After CRLF, dot, CR.
        case dotCarriageReturn
        case middle
        /// After a CR within a line.
        case carriageReturn
    }

    /// What was seen so far.
    package private(set) var summary = SMTPContentSummary()
    private let maximumOctets: Int
    private var position = Position.lineStart

    /// A decoder at the beginning of the content; `maximumOctets` of 0 sets no limit.
    package init(maximumOctets: Int) {
        self.maximumOctets = maximumOctets == 0 ? .max : maximumOctets
    }

    /// True once the content cannot be accepted any more: nothing is written from then on.
    package var isRefused: Bool { summary.hasBareLineEnds || summary.isTooLarge }

    /// Moves content from `input` to `output`.
    ///
    /// - Returns: true when the end was read; octets behind it stay in `input`. Else all of `input` was taken.
    package mutating func decode(_ input: inout ByteBuffer, into output: inout ByteBuffer) -> Bool {
        let (taken, isOver) = input.withUnsafeReadableBytes { octets in decode(octets, into: &output) }
        input.moveReaderIndex(forwardBy: taken)
        return isOver
    }

    private mutating func decode(_ octets: UnsafeRawBufferPointer, into output: inout ByteBuffer) -> (Int, Bool) {
        var index = 0
        /// Where the octets that are content but not yet written begin.
        var start = 0
        while index < octets.count {
            let octet = octets[index]
            switch position {
            case .lineStart where octet == Octets.dot:
                write(octets, start..<index, to: &output)
                index += 1
                start = index
                position = .dot
            case .lineStart, .middle:
                index = scanLine(octets, from: index)
            case .dot where octet == Octets.carriageReturn:
                index += 1
                position = .dotCarriageReturn
            case .dot:
                position = .middle
            case .dotCarriageReturn where octet == Octets.lineFeed:
                return (index + 1, true)
            case .carriageReturn where octet == Octets.lineFeed:
                index += 1
                position = .lineStart
            case .carriageReturn, .dotCarriageReturn:
                summary.hasBareLineEnds = true
                position = .middle
            }
        }
        // A CR after the dot that begins a line is not content until it is known what follows; if it is bare, all is
        // refused.
        if position != .dotCarriageReturn { write(octets, start..<index, to: &output) }
        return (index, false)
    }

    /// Goes to the end of the line, or of what there is of it.
    private mutating func scanLine(_ octets: UnsafeRawBufferPointer, from start: Int) -> Int {
        let lineFeed = Octets.first(Octets.lineFeed, in: octets, start..<octets.count)
        let end = lineFeed ?? octets.count
        let carriageReturn = Octets.first(Octets.carriageReturn, in: octets, start..<end)
        switch (carriageReturn, lineFeed) {
        case (let carriageReturn?, _) where carriageReturn + 1 < end:
            summary.hasBareLineEnds = true
            // On to the line feed at once: a line of CRs alone costs no more than another one.
            let last = octets[end - 1] == Octets.carriageReturn
            guard lineFeed != nil else {
                position = last ? .carriageReturn : .middle
                return end
            }
            position = last ? .lineStart : .middle
            return end + 1
        case (_?, nil):
            position = .carriageReturn
            return end
        case (_?, let lineFeed?):
            position = .lineStart
            return lineFeed + 1
        case (nil, let lineFeed?):
            summary.hasBareLineEnds = true
            position = .middle
            return lineFeed + 1
        case (nil, nil):
            position = .middle
            return end
        }
    }

    private mutating func write(_ octets: UnsafeRawBufferPointer, _ range: Range<Int>, to output: inout ByteBuffer) {
        guard !range.isEmpty, !isRefused else { return }
        guard range.count <= maximumOctets - summary.octets else {
            summary.isTooLarge = true
            return
        }
        let content = UnsafeRawBufferPointer(rebasing: octets[range])
        summary.octets += content.count
        if !summary.isEightBit, Octets.isEightBit(content) { summary.isEightBit = true }
        output.writeBytes(content)
    }
}
