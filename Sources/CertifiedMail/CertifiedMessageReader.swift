// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

public import struct NIOCore.ByteBuffer

/// Reads what a message is while it streams by, in constant memory.
///
/// ```swift
/// var reader = CertifiedMessageReader()
/// for piece in pieces { reader.append(piece) }
/// let message = reader.finish()
/// ```
/// Holds the top-level header up to `HeaderSection.maximumOctets`, the header of one part, the signature, and a few candidates for the
/// certification data of at most `CertificationData.maximumOctets` each, whatever the message holds. Never fails, never traps.
///
/// A signed message that a mailing list or a disclaimer has made the first part of a multipart/mixed is read all the same, and is suspect.
public struct CertifiedMessageReader: Sendable {
    private enum Stage {
        /// The message's own header, or that of the first part of the multipart around the signed message.
        case header
        /// What stands before that first part.
        case wrapper(BoundarySeeker)
        case body
    }

    private var stage = Stage.header
    private var collector = HeaderCollector()
    /// The octets that the collector has seen, and where in the message they begin.
    private var head = ByteBuffer()
    private var headStart = 0
    private var mark = ByteOrderMark()
    private var header: HeaderSection?
    private var scanner: StructureScanner?
    private var total = 0

    /// A reader at the head of a message.
    public init() {}

    /// Takes the next piece of the message, of any size.
    public mutating func append(_ piece: ByteBuffer) {
        total += piece.readableBytes
        var piece = piece
        mark.take(from: &piece)
        take(piece)
    }

    private mutating func take(_ piece: ByteBuffer) {
        switch stage {
        case .header:
            collector.append(piece)
            head.writeImmutableBuffer(piece)
            if collector.isComplete { endHeader() }
        case .wrapper(var seeker):
            let end = piece.withUnsafeReadableBytes { seeker.append($0) }
            stage = .wrapper(seeker)
            guard let end else { return }
            headStart = seeker.offset
            stage = .header
            collector = HeaderCollector()
            if let rest = piece.getSlice(at: piece.readerIndex + end, length: piece.readableBytes - end) { take(rest) }
        case .body: piece.withUnsafeReadableBytes { scanner?.append($0) }
        }
    }

    /// What the message is; the reader has done its work.
    public consuming func finish() -> CertifiedMessage {
        var rest = mark.unfinished
        if rest.readableBytes > 0 { take(rest) }
        rest.clear()
        if case .header = stage { endHeader() }
        scanner?.finish()
        return Classifier(header: header ?? collector.section, scanner: scanner, octets: total).message()
    }

    /// Octets of the message that are held now.
    package var heldOctets: Int { head.readableBytes * 2 + (scanner?.heldOctets ?? 0) }

    private mutating func endHeader() {
        let section = collector.section
        let isWrapped = header != nil
        if !isWrapped {
            headStart = mark.octets
            header = section
        }
        let type = MIMEParameters(section.first("Content-Type") ?? "")
        let start = section.isTruncated ? head.readableBytes : min(section.octets, head.readableBytes)
        let rest = head.getSlice(at: head.readerIndex + start, length: head.readableBytes - start) ?? ByteBuffer()
        head = ByteBuffer()
        stage = .body
        guard let boundary = type.token("boundary"), !boundary.isEmpty else { return }
        if type.value == "multipart/signed" {
            var scanner = StructureScanner(boundary: boundary, at: headStart + start)
            scanner.structure.signatureProtocol = type.token("protocol")?.lowercased()
            scanner.structure.announcedDigest = type.token("micalg")
            scanner.structure.isWrapped = isWrapped
            self.scanner = scanner
        } else if !isWrapped, type.value == "multipart/mixed", Classifier.announces(section) {
            stage = .wrapper(BoundarySeeker(boundary, at: headStart + start))
        }
        take(rest)
    }
}

extension CertifiedMessage {
    /// Reads a message that is whole in memory.
    public init(_ octets: ByteBuffer) {
        var reader = CertifiedMessageReader()
        reader.append(octets)
        self = reader.finish()
    }
}
