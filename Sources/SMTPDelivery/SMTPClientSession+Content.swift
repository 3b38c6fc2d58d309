// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import SMTPProtocol

import struct NIOCore.ByteBuffer

extension SMTPClientSession {
    /// Sends the content after DATA, dots stuffed, and the end of data.
    /// - Returns: nil once all is sent; a refusal when the content turns out not to be fit for DATA (nothing of its end was sent).
    func sendDotStuffed(_ outgoing: OutgoingContent, accepted: [Int]) async throws(SMTPClientError) -> SMTPReply? {
        var stuffer = DotStuffer()
        switch outgoing.content {
        case .octets(let octets):
            var all = stuffer.stuff(octets)
            let end = stuffer.end()
            guard !stuffer.sawBareLineEnd else { return Self.bareLineEnd }
            all.writeImmutableBuffer(end)
            try await prepareEnd(outgoing, accepted)
            try await write(all)
        case .reader(let reader):
            while let piece = try await nextPiece(reader) {
                let stuffed = stuffer.stuff(piece)
                guard !stuffer.sawBareLineEnd else { return Self.bareLineEnd }
                try await write(stuffed)
            }
            let end = stuffer.end()
            guard !stuffer.sawBareLineEnd else { return Self.bareLineEnd }
            try await prepareEnd(outgoing, accepted)
            try await write(end)
        }
        return nil
    }

    /// Sends the content that BDAT announced, `lines` before it in the same write.
    func sendChunk(
        _ outgoing: OutgoingContent,
        after lines: ByteBuffer,
        accepted: [Int]
    ) async throws(SMTPClientError) {
        switch outgoing.content {
        case .octets(let octets):
            guard octets.readableBytes == outgoing.size else { throw mismatch(octets.readableBytes, outgoing.size) }
            var all = lines
            all.writeImmutableBuffer(octets)
            try await prepareEnd(outgoing, accepted)
            try await write(all)
        case .reader(let reader):
            try await sendPieces(of: reader, outgoing, after: lines, accepted: accepted)
        }
    }

    private func sendPieces(
        of reader: any BodyReader,
        _ outgoing: OutgoingContent,
        after lines: ByteBuffer,
        accepted: [Int]
    ) async throws(SMTPClientError) {
        var sent = 0
        if outgoing.size == 0 { try await prepareEnd(outgoing, accepted) }
        try await write(lines)
        while let piece = try await nextPiece(reader) {
            guard sent + piece.readableBytes <= outgoing.size else {
                throw mismatch(sent + piece.readableBytes, outgoing.size)
            }
            sent += piece.readableBytes
            if sent == outgoing.size { try await prepareEnd(outgoing, accepted) }
            try await write(piece)
        }
        guard sent == outgoing.size else { throw mismatch(sent, outgoing.size) }
    }

    private func nextPiece(_ reader: any BodyReader) async throws(SMTPClientError) -> ByteBuffer? {
        do {
            return try await reader.read(upTo: settings.pieceOctets)
        } catch {
            throw lost("the content could not be read: \(error)", otherwise: .content)
        }
    }

    private func prepareEnd(_ outgoing: OutgoingContent, _ accepted: [Int]) async throws(SMTPClientError) {
        do {
            try await outgoing.beforeEnd?(accepted)
        } catch {
            throw SMTPClientError(.content, "the submission could not be recorded before its end: \(error)")
        }
        noteEndOfData()
    }

    private func mismatch(_ found: Int, _ expected: Int) -> SMTPClientError {
        lost("the content has \(found) octets where the queue says \(expected)", otherwise: .content)
    }

    private static let bareLineEnd = SMTPReply(
        550,
        EnhancedStatus(5, 6, 11),
        "the message has CR or LF characters outside its line ends, which DATA must not carry; the server offers no CHUNKING"
    )
}
