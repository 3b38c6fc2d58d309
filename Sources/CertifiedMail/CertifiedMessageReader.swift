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
public struct CertifiedMessageReader: Sendable {
    private var collector = HeaderCollector()
    /// The octets that the collector has seen.
    private var head = ByteBuffer()
    private var header: HeaderSection?
    private var scanner: StructureScanner?
    private var total = 0

    /// A reader at the head of a message.
    public init() {}

    /// Takes the next piece of the message, of any size.
    public mutating func append(_ piece: ByteBuffer) {
        total += piece.readableBytes
        guard header == nil else {
            piece.withUnsafeReadableBytes { scanner?.append($0) }
            return
        }
        collector.append(piece)
        head.writeImmutableBuffer(piece)
        guard collector.isComplete else { return }
        beginBody()
    }

    /// What the message is; the reader has done its work.
    public consuming func finish() -> CertifiedMessage {
        if header == nil { beginBody() }
        scanner?.finish()
        let header = header ?? collector.section
        return Classifier(header: header, scanner: scanner, octets: total).message()
    }

    /// Octets of the message that are held now.
    package var heldOctets: Int { head.readableBytes * 2 + (scanner?.heldOctets ?? 0) }

    private mutating func beginBody() {
        let section = collector.section
        header = section
        let type = MIMEParameters(section.first("Content-Type") ?? "")
        if type.value == "multipart/signed", let boundary = type.token("boundary"), !boundary.isEmpty {
            let start = section.isTruncated ? head.readableBytes : min(section.octets, head.readableBytes)
            var scanner = StructureScanner(boundary: boundary, at: start)
            scanner.structure.signatureProtocol = type.token("protocol")?.lowercased()
            scanner.structure.announcedDigest = type.token("micalg")
            head.withUnsafeReadableBytes { scanner.append(UnsafeRawBufferPointer(rebasing: $0[start...])) }
            self.scanner = scanner
        }
        head = ByteBuffer()
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
