// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

import struct NIOCore.ByteBuffer

/// Follows the structure of a multipart/signed message while it streams by, two levels deep and no deeper: the signed entity and the signature,
/// and the direct children of the signed entity. Parts within parts are never looked into, whatever they claim to hold.
///
/// ```text
/// preamble → entityHeader → entityPreamble → childHeader ⇄ childBody → entityEpilogue → signatureHeader → signatureBody → epilogue
///                        └→ entityBody ─────────────────────────────────────────────┘
/// ```
/// Holds at most the header of one part, one candidate for the certification data, and the signature.
struct StructureScanner {
    /// Octets of a part's header that are read.
    static let maximumPartHeader = 65_536
    /// Direct children of the signed entity that are looked at.
    static let maximumChildren = 100
    /// The longest boundary line that is looked at; RFC 2046 §5.1.1 allows 74.
    static let maximumBoundaryLine = 512

    enum Stage: Equatable {
        case preamble, entityHeader, entityPreamble, entityBody, childHeader, childBody, entityEpilogue
        case signatureHeader, signatureBody, epilogue
    }

    let outer: [UInt8]
    var inner: [UInt8]?
    var stage = Stage.preamble
    var structure = SignedStructure()
    var warnings = Warnings()
    /// Documents that may be certification data or evidence, the named ones first when they come to be read.
    var documents: [CandidateDocument] = []

    var partHeader = ByteBuffer()
    /// True while a line of a part's header has come without its end.
    var isHeaderLineOpen = false
    var child: ChildPart?
    var children = 0
    var signatureText: [UInt8] = []
    var signatureEncoding = TransferEncoding.base64
    var entityStart = 0

    /// Offset of the next octet in the message.
    var offset: Int
    /// Where the current line begins.
    private var lineStart: Int
    /// Where the content of the line before this one ended.
    var previousEnd: Int
    private var held: [UInt8] = []
    private var isAtLineStart = true
    private var lastOctet: UInt8 = 0

    /// A scanner for the body that begins at `offset`.
    init(boundary: String, at offset: Int) {
        outer = Array("--\(boundary)".utf8)
        self.offset = offset
        lineStart = offset
        previousEnd = offset
    }

    /// Takes the next octets of the body.
    mutating func append(_ octets: UnsafeRawBufferPointer) {
        var index = 0
        while index < octets.count {
            let end = Self.lineFeed(octets, from: index)
            let isWhole = end < octets.count
            let next = isWhole ? end + 1 : end
            let piece = UnsafeRawBufferPointer(rebasing: octets[index..<next])
            takePiece(piece, endsLine: isWhole)
            index = next
        }
    }

    /// The first line feed from `start` on, or the end; eight octets at a time.
    private static func lineFeed(_ octets: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index &+ 8 <= octets.count {
            let word = octets.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
            if (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0 { break }
            index &+= 8
        }
        while index < octets.count, octets[index] != 0x0A { index &+= 1 }
        return index
    }

    /// Takes a line or a piece of one.
    private mutating func takePiece(_ piece: UnsafeRawBufferPointer, endsLine: Bool) {
        let mayBeBoundary = !held.isEmpty || (isAtLineStart && piece[0] == UInt8(ascii: "-"))
        isAtLineStart = false
        if mayBeBoundary {
            if held.count + piece.count <= Self.maximumBoundaryLine {
                held.append(contentsOf: piece)
                offset += piece.count
                if endsLine { judgeHeld() }
                return endLine(if: endsLine, piece)
            }
            let waiting = held
            held = []
            waiting.withUnsafeBytes { content($0) }
        }
        content(piece)
        offset += piece.count
        endLine(if: endsLine, piece)
    }

    /// Decides about a whole line that begins with a dash.
    private mutating func judgeHeld() {
        let line = held
        held = []
        if let mark = mark(line) { return boundary(mark) }
        line.withUnsafeBytes { content($0) }
    }

    private mutating func endLine(if endsLine: Bool, _ piece: UnsafeRawBufferPointer) {
        let before = piece.count > 1 ? piece[piece.count - 2] : lastOctet
        lastOctet = piece[piece.count - 1]
        guard endsLine else { return }
        let hasReturn = before == 0x0D && offset - 1 > lineStart
        previousEnd = offset - (hasReturn ? 2 : 1)
        if !hasReturn, isInEntity { structure.hasBareLineFeeds = true }
        lineStart = offset
        isAtLineStart = true
        lastOctet = 0
    }

    /// Octets of the message that are held now.
    var heldOctets: Int {
        held.count + partHeader.readableBytes + signatureText.count + (child?.document?.octets.count ?? 0)
            + documents.reduce(0) { $0 + $1.octets.count }
    }

    private var isInEntity: Bool {
        switch stage {
        case .entityHeader, .entityPreamble, .entityBody, .childHeader, .childBody, .entityEpilogue: true
        case .preamble, .signatureHeader, .signatureBody, .epilogue: false
        }
    }

    /// Takes the end of the message.
    mutating func finish() {
        if !held.isEmpty { judgeHeld() }
        switch stage {
        case .preamble: warnings.add(.structureDamaged, "the outer boundary never comes")
        case .entityHeader, .entityPreamble, .entityBody, .childHeader, .childBody, .entityEpilogue:
            if stage == .childHeader { endPartHeader() }
            endChild(at: offset)
            warnings.add(.structureDamaged, "the signed entity never ends")
        case .signatureHeader, .signatureBody:
            endSignature()
            warnings.add(.structureDamaged, "the last boundary is missing")
        case .epilogue: break
        }
    }
}
