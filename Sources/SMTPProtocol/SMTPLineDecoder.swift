// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import struct NIOCore.ByteBuffer

/// Cuts command lines out of octets. A line ends with CRLF and with nothing else (RFC 5321 §2.3.8).
///
/// A line at fault is reported once, as soon as the fault is seen, and then swallowed up to its CRLF: its rest is never
/// taken for a command. No more than `maximumOctets` are kept, whatever arrives.
package struct SMTPLineDecoder: Sendable {
    /// What was found.
    package enum Element: Equatable, Sendable {
        /// A line without its CRLF.
        case line(ByteBuffer)
        /// A line that is none.
        case fault(Fault)
    }

    /// What is wrong with a line.
    package enum Fault: Equatable, Sendable {
        /// A LF without CR before it.
        case bareLineFeed
        /// A CR without LF after it.
        case bareCarriageReturn
        /// More octets than the limit without a CRLF.
        case tooLong
    }

    /// The longest line with its CRLF.
    package let maximumOctets: Int
    /// Octets after the reader index that were searched before.
    private var searched = 0
    private var isSwallowing = false
    private var endsInCarriageReturn = false

    /// A decoder at the beginning of a line.
    package init(maximumOctets: Int) {
        self.maximumOctets = maximumOctets
    }

    /// Takes the next line out of `input`; nil when more octets are needed.
    package mutating func decode(_ input: inout ByteBuffer) -> Element? {
        if isSwallowing, !swallow(&input) { return nil }
        let result = input.withUnsafeReadableBytes { octets in
            search(octets)
        }
        switch result {
        case .line(let count):
            searched = 0
            let line = input.readSlice(length: count)
            input.moveReaderIndex(forwardBy: 2)
            return line.map(Element.line)
        case .fault(let fault):
            searched = 0
            isSwallowing = true
            endsInCarriageReturn = false
            _ = swallow(&input)
            return .fault(fault)
        case .incomplete:
            return nil
        }
    }

    private enum Found {
        case line(Int)
        case fault(Fault)
        case incomplete
    }

    private mutating func search(_ octets: UnsafeRawBufferPointer) -> Found {
        let end = min(octets.count, maximumOctets)
        // The last octet searched may have been a CR whose LF is still to be seen.
        let start = max(0, searched - 1)
        let lineFeed = Octets.first(Octets.lineFeed, in: octets, start..<end)
        let carriageReturn = Octets.first(Octets.carriageReturn, in: octets, start..<(lineFeed ?? end))
        if let carriageReturn {
            if carriageReturn + 1 == lineFeed { return .line(carriageReturn) }
            if carriageReturn + 1 < end { return .fault(.bareCarriageReturn) }
        } else if lineFeed != nil {
            return .fault(.bareLineFeed)
        }
        guard end < maximumOctets else { return .fault(.tooLong) }
        searched = end
        return .incomplete
    }

    /// Drops octets up to the CRLF of the line at fault; true when it was found.
    private mutating func swallow(_ input: inout ByteBuffer) -> Bool {
        let (dropped, isOver) = input.withUnsafeReadableBytes { octets in
            var position = 0
            if endsInCarriageReturn, octets.first == Octets.lineFeed { return (1, true) }
            while let lineFeed = Octets.first(Octets.lineFeed, in: octets, position..<octets.count) {
                if lineFeed > 0, octets[lineFeed - 1] == Octets.carriageReturn { return (lineFeed + 1, true) }
                position = lineFeed + 1
            }
            return (octets.count, false)
        }
        if dropped > 0, !isOver {
            endsInCarriageReturn = input.getInteger(at: input.writerIndex - 1, as: UInt8.self) == Octets.carriageReturn
        }
        input.moveReaderIndex(forwardBy: dropped)
        isSwallowing = !isOver
        return isOver
    }
}
