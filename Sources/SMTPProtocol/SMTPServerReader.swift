// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import struct NIOCore.ByteBuffer

/// Turns the octets of a connection into the events of an `SMTPServerMachine`: lines or content, as its stage asks.
///
/// Content is gathered into pieces of about `pieceOctets`; a message that is smaller comes as one piece, with its end.
/// What lies behind a command that must be answered first stays in the buffer.
package struct SMTPServerReader: Sendable {
    /// Octets of content that are handed on together.
    package static let pieceOctets = 65536

    private var inbound = ByteBuffer()
    private var lines: SMTPLineDecoder
    private let maximumOctets: Int
    private var data: SMTPDataDecoder?
    private var chunks = SMTPChunkDecoder()
    /// Octets of the present chunk still to come; nil between chunks.
    private var remaining: Int?
    private var content = ByteBuffer()
    private var hasReportedRefusal = false

    /// A reader at the beginning of a session.
    package init(limits: SMTPServerLimits) {
        lines = SMTPLineDecoder(maximumOctets: limits.commandOctets)
        maximumOctets = limits.messageOctets
    }

    /// Octets received and not yet read.
    package var bufferedOctets: Int { inbound.readableBytes }

    /// Takes octets off the connection.
    package mutating func receive(_ octets: ByteBuffer) {
        if inbound.readableBytes == 0 {
            inbound = octets
        } else {
            var octets = octets
            inbound.discardReadBytes()
            inbound.writeBuffer(&octets)
        }
    }

    /// Forgets all that was received (RFC 3207 §4.2).
    package mutating func forget() {
        inbound = ByteBuffer()
        content = ByteBuffer()
        lines = SMTPLineDecoder(maximumOctets: lines.maximumOctets)
    }

    /// The next event for a machine in this stage; nil while it waits, and when more octets are needed.
    package mutating func next(for stage: SMTPServerMachine.Stage) -> SMTPServerMachine.Event? {
        let event: SMTPServerMachine.Event?
        switch stage {
        case .commands, .authentication: event = line()
        case .data: event = dataContent()
        case .chunk(let octets, let isFirst, let isLast):
            event = chunk(octets, isFirst: isFirst, isLast: isLast)
        case .swallowing(let octets, _): event = swallow(octets)
        case .waitingForGreeting, .judgingSender, .judgingRecipient, .checkingPassword, .negotiatingTLS,
            .adoptingClient, .taking, .finishing, .abandoning, .closed:
            return nil
        }
        // The receive buffer goes back to the channel as soon as it is read.
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        return event
    }

    private mutating func line() -> SMTPServerMachine.Event? {
        switch lines.decode(&inbound) {
        case .line(let line): .line(line)
        case .fault(let fault): .lineFault(fault)
        case nil: nil
        }
    }

    private mutating func dataContent() -> SMTPServerMachine.Event? {
        guard inbound.readableBytes > 0 else { return nil }
        var decoder = data ?? startData()
        let isOver = decoder.decode(&inbound, into: &content)
        data = isOver ? nil : decoder
        if isOver { return .dataEnded(decoder.isRefused ? discard() : takeContent(), decoder.summary) }
        if decoder.isRefused {
            _ = discard()
            guard !hasReportedRefusal else { return nil }
            hasReportedRefusal = true
            return .contentRefused
        }
        return content.readableBytes >= Self.pieceOctets ? .content(takeContent()) : nil
    }

    private mutating func startData() -> SMTPDataDecoder {
        content = ByteBuffer()
        hasReportedRefusal = false
        return SMTPDataDecoder(maximumOctets: maximumOctets)
    }

    private mutating func chunk(_ octets: Int, isFirst: Bool, isLast: Bool) -> SMTPServerMachine.Event? {
        if remaining == nil, isFirst {
            chunks = SMTPChunkDecoder()
            content = ByteBuffer()
        }
        let before = remaining ?? octets
        // A piece at a time, so that a chunk that was received whole does not double in memory.
        let room = max(0, Self.pieceOctets - content.readableBytes)
        let after = before - chunks.decode(&inbound, upTo: min(before, room), into: &content)
        if after > 0 {
            remaining = after
            return content.readableBytes >= Self.pieceOctets ? .content(takeContent()) : nil
        }
        remaining = nil
        if isLast { chunks.finish() }
        return .chunkEnded(isLast ? takeContent() : ByteBuffer(), chunks.summary)
    }

    private mutating func swallow(_ octets: Int) -> SMTPServerMachine.Event? {
        let before = remaining ?? octets
        let taken = min(before, inbound.readableBytes)
        inbound.moveReaderIndex(forwardBy: taken)
        remaining = before == taken ? nil : before - taken
        content = ByteBuffer()
        return remaining == nil ? .chunkEnded(ByteBuffer(), SMTPContentSummary()) : nil
    }

    private mutating func takeContent() -> ByteBuffer {
        defer { content = ByteBuffer() }
        return content
    }

    private mutating func discard() -> ByteBuffer {
        content = ByteBuffer()
        return content
    }
}
