// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import func Glibc.memchr
import func Glibc.memcmp
public import struct NIOCore.ByteBuffer

/// Tells the parts of a message while it streams by: their media types and file names, those in attached messages too (RFC 2046 §5).
///
/// It holds the boundaries of the multiparts that are open, a few fields of one header, and the beginning of a line that came in pieces,
/// whatever the size of the message. In a body only lines that begin with a dash are looked at. It never fails: what is damaged is read as
/// far as it goes, and `exceedsLimits` tells of what was not looked into. Contents are not decoded: what lies in an archive, or in a part
/// that S/MIME encrypted or wrapped, stays unseen.
/// ```text
/// header ──empty line──→ body ──boundary──→ header        message/rfc822: header ──empty line──→ header of the attached message
/// ```
public struct AttachmentScanner: Sendable {
    /// How deep multiparts and attached messages may lie in each other.
    public static let maximumDepth = 100
    /// The longest boundary that is looked for; RFC 2046 §5.1.1 allows 70.
    public static let maximumBoundaryOctets = 1000

    private enum Stage: Sendable {
        case header
        case body
    }

    /// A multipart that has begun and not ended.
    private struct Multipart: Sendable {
        var boundary: [UInt8]
        var attachedDepth: Int
        /// The parts of multipart/digest are messages unless they say otherwise (RFC 2046 §5.1.5).
        var isDigest: Bool
    }

    /// True when the message has something that was not looked into: parts too deep in each other, a boundary or header fields too long.
    public private(set) var exceedsLimits = false

    private var multiparts: [Multipart] = []
    private var stage = Stage.header
    private var header = PartHeader()
    private var attachedDepth = 0
    private var isInDigest = false
    /// The beginning of a line whose end has not come.
    private var line: [UInt8] = []
    private var skipsLine = false

    /// A scanner at the beginning of a message.
    public init() {}

    /// Takes the next octets of the message; `found` is called for each part that is no multipart, once its header has ended.
    public mutating func scan(_ octets: ByteBuffer, found: (MessagePart) -> Void) {
        octets.withUnsafeReadableBytes { scan($0, found) }
    }

    /// The message is over: a header that has not ended counts as one.
    public mutating func finish(found: (MessagePart) -> Void) {
        if !line.isEmpty {
            let last = line
            line = []
            last.withUnsafeBytes { take($0, found) }
        }
        if stage == .header { endHeader(hasBody: false, found) }
    }

    private mutating func scan(_ octets: UnsafeRawBufferPointer, _ found: (MessagePart) -> Void) {
        guard let base = octets.baseAddress else { return }
        var index = 0
        while index < octets.count {
            if stage == .body {
                guard !multiparts.isEmpty else { return }
                if line.isEmpty, octets[index] != UInt8(ascii: "-") { skipsLine = true }
            }
            let lineFeed = memchr(base + index, 0x0A, octets.count - index).map { UnsafeRawPointer($0) - base }
            let end = lineFeed ?? octets.count
            if !skipsLine {
                let piece = UnsafeRawBufferPointer(rebasing: octets[index..<end])
                if lineFeed == nil {
                    hold(piece)
                } else if line.isEmpty {
                    take(piece, found)
                } else {
                    hold(piece)
                    endHeldLine(found)
                }
            }
            if lineFeed != nil { skipsLine = false }
            index = end + 1
        }
    }

    /// Keeps the beginning of a line, as long as it may mean something.
    private mutating func hold(_ piece: UnsafeRawBufferPointer) {
        let limit = stage == .header ? PartHeader.maximumOctets : Self.maximumBoundaryOctets + 200
        guard line.count + piece.count <= limit else {
            if stage == .header, line.withUnsafeBytes({ header.isInteresting($0) }) || header.isInteresting(piece) {
                header.cut()
            }
            line.removeAll()
            skipsLine = true
            return
        }
        line.append(contentsOf: piece)
    }

    private mutating func endHeldLine(_ found: (MessagePart) -> Void) {
        guard !skipsLine else { return }
        let whole = line
        line.removeAll(keepingCapacity: true)
        whole.withUnsafeBytes { take($0, found) }
    }

    /// Takes a whole line without its line feed.
    private mutating func take(_ line: UnsafeRawBufferPointer, _ found: (MessagePart) -> Void) {
        if line.count > 2, line[0] == UInt8(ascii: "-"), line[1] == UInt8(ascii: "-"), let mark = mark(line) {
            if stage == .header { endHeader(hasBody: false, found) }
            return pass(mark)
        }
        guard stage == .header else { return }
        if line.isEmpty || (line.count == 1 && line[0] == 0x0D) {
            endHeader(hasBody: true, found)
        } else {
            header.take(line)
        }
    }
}

/// Boundaries.
extension AttachmentScanner {
    private struct Mark {
        var multipart: Int
        var isLast: Bool
    }

    /// What a line that begins with two dashes delimits, the innermost multipart first; nil when it is content. An outer boundary ends the
    /// inner multiparts that forgot their own end.
    private func mark(_ line: UnsafeRawBufferPointer) -> Mark? {
        var end = line.count
        while end > 2, [0x20, 0x09, 0x0D].contains(line[end - 1]) { end -= 1 }
        let text = UnsafeRawBufferPointer(rebasing: line[2..<end])
        let isClosing =
            text.count > 2 && text[text.count - 1] == UInt8(ascii: "-") && text[text.count - 2] == UInt8(ascii: "-")
        for index in multiparts.indices.reversed() {
            let count = multiparts[index].boundary.count
            guard count == text.count || (isClosing && count == text.count - 2) else { continue }
            let isEqual = multiparts[index].boundary.withUnsafeBytes { boundary in
                boundary.baseAddress.flatMap { wanted in text.baseAddress.map { memcmp($0, wanted, count) == 0 } }
            }
            if isEqual == true { return Mark(multipart: index, isLast: count != text.count) }
        }
        return nil
    }

    private mutating func pass(_ mark: Mark) {
        attachedDepth = multiparts[mark.multipart].attachedDepth
        isInDigest = multiparts[mark.multipart].isDigest
        multiparts.removeSubrange((mark.isLast ? mark.multipart : mark.multipart + 1)...)
        header = PartHeader()
        stage = mark.isLast ? .body : .header
    }
}

/// Headers.
extension AttachmentScanner {
    private mutating func endHeader(hasBody: Bool, _ found: (MessagePart) -> Void) {
        let header = header
        self.header = PartHeader()
        stage = .body
        if header.isCut { exceedsLimits = true }
        let type = header.type
        let mediaType = type.map(\.value) ?? (isInDigest ? "message/rfc822" : "text/plain")
        if let type, mediaType.hasPrefix("multipart/"), let boundary = boundary(type) {
            if isTooDeep {
                exceedsLimits = true
            } else if hasBody {
                let isDigest = mediaType == "multipart/digest"
                multiparts.append(Multipart(boundary: boundary, attachedDepth: attachedDepth, isDigest: isDigest))
            }
            return
        }
        found(MessagePart(mediaType: mediaType, fileNames: header.fileNames, attachedDepth: attachedDepth))
        guard hasBody, header.isIdentity, mediaType == "message/rfc822" || mediaType == "message/global" else { return }
        if isTooDeep {
            exceedsLimits = true
        } else {
            attachedDepth += 1
            isInDigest = false
            stage = .header
        }
    }

    private var isTooDeep: Bool { multiparts.count + attachedDepth >= Self.maximumDepth }

    /// The boundary of a multipart; nil when it has none that can be looked for.
    private mutating func boundary(_ type: MIMEParameters) -> [UInt8]? {
        guard var boundary = type.octets("boundary") else { return nil }
        while boundary.last == 0x20 || boundary.last == 0x09 { boundary.removeLast() }
        guard boundary.count <= Self.maximumBoundaryOctets else {
            exceedsLimits = true
            return nil
        }
        return boundary.isEmpty ? nil : boundary
    }
}
