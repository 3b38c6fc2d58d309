// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

import struct NIOCore.ByteBuffer

/// A part of the signed entity while it streams by.
struct ChildPart {
    /// Where its body begins.
    let bodyStart: Int
    /// True when it holds the original: message/rfc822.
    let isMessage: Bool
    /// What is collected of it; nil when it cannot be a document.
    var document: CandidateDocument?
}

/// A part that may be certification data or evidence.
struct CandidateDocument {
    /// Octets of the encoded form that are kept: enough for `CertificationData.maximumOctets` in base 64.
    static let maximumOctets = CertificationData.maximumOctets / 3 * 4 + 65_536

    /// True when its name says that it is certification data.
    let isNamed: Bool
    let encoding: TransferEncoding
    var octets: [UInt8] = []
    var isCut = false
    private var isSniffed = false

    init(isNamed: Bool, encoding: TransferEncoding) {
        self.isNamed = isNamed
        self.encoding = encoding
    }

    /// Takes more of the body; false once it is clear that this is no document.
    mutating func append(_ piece: UnsafeRawBufferPointer) -> Bool {
        let room = Self.maximumOctets - octets.count
        if piece.count > room { isCut = true }
        octets.append(contentsOf: piece.prefix(room))
        guard !isNamed, !isSniffed, octets.count >= 256 else { return true }
        isSniffed = true
        return looksLikeMarkup
    }

    /// True when the first octet that is not blank begins markup, or a byte order mark.
    var looksLikeMarkup: Bool {
        let head = encoding.decode(octets.prefix(256)).octets
        guard let first = head.first(where: { !$0.isSpace }) else { return false }
        return first == UInt8(ascii: "<") || first == 0xEF || first == 0xFF || first == 0xFE || first == 0
    }
}

extension StructureScanner {
    /// Documents that are kept, named and unnamed.
    static let maximumDocuments = 6

    /// What a boundary line says.
    enum Mark: Equatable {
        case outer(isLast: Bool)
        case inner(isLast: Bool)
    }

    /// What a line that begins with a dash says; nil when it is content.
    func mark(_ line: [UInt8]) -> Mark? {
        if let inner, let isLast = Self.isBoundary(line, inner) { return .inner(isLast: isLast) }
        return Self.isBoundary(line, outer).map { .outer(isLast: $0) }
    }

    /// Whether a line is this boundary, and if so whether it is the last one (RFC 2046 §5.1.1).
    private static func isBoundary(_ line: [UInt8], _ boundary: [UInt8]) -> Bool? {
        guard line.starts(with: boundary) else { return nil }
        var rest = line[boundary.count...]
        let isLast = rest.starts(with: "--".utf8)
        if isLast { rest = rest.dropFirst(2) }
        return rest.allSatisfy(\.isSpace) ? isLast : nil
    }

    /// Takes a boundary line; `offset` lies behind it, `previousEnd` where the part before it ended.
    mutating func boundary(_ mark: Mark) {
        switch mark {
        case .inner(let isLast):
            guard stage == .entityPreamble || stage == .childHeader || stage == .childBody else { return }
            if stage == .childHeader { endPartHeader() }
            endChild(at: previousEnd)
            partHeader.clear()
            stage = isLast ? .entityEpilogue : .childHeader
        case .outer(let isLast): outerBoundary(isLast: isLast)
        }
    }

    private mutating func outerBoundary(isLast: Bool) {
        switch stage {
        case .preamble:
            guard !isLast else { return warnings.add(.structureDamaged, "the outer boundary ends before it begins") }
            entityStart = offset
            stage = .entityHeader
        case .entityHeader, .entityPreamble, .entityBody, .childHeader, .childBody, .entityEpilogue:
            if stage == .entityPreamble || stage == .childHeader || stage == .childBody {
                if stage == .childHeader { endPartHeader() }
                warnings.add(.structureDamaged, "the signed multipart never ends")
            }
            endChild(at: previousEnd)
            inner = nil
            structure.entity = entityStart..<max(entityStart, previousEnd)
            partHeader.clear()
            stage = isLast ? .epilogue : .signatureHeader
        case .signatureHeader, .signatureBody:
            endSignature()
            if !isLast { warnings.add(.partsAfterSignature, "what follows the signature is not signed") }
            stage = .epilogue
        case .epilogue: break
        }
    }

    /// Takes octets that are no boundary; a line, or a piece of one.
    mutating func content(_ piece: UnsafeRawBufferPointer) {
        switch stage {
        case .entityHeader, .childHeader, .signatureHeader: takeHeader(piece)
        case .childBody:
            guard child?.document != nil else { return }
            if child?.document?.append(piece) == false { child?.document = nil }
        case .signatureBody:
            let room = SignedStructure.maximumSignatureOctets / 3 * 4 + 16_384 - signatureText.count
            if piece.count > room { warnings.add(.signatureDamaged, "the signature is longer than is read") }
            signatureText.append(contentsOf: piece.prefix(room))
        case .preamble, .entityPreamble, .entityBody, .entityEpilogue, .epilogue: break
        }
    }

    private mutating func takeHeader(_ piece: UnsafeRawBufferPointer) {
        let isEmptyLine = piece.elementsEqual("\n".utf8) || piece.elementsEqual("\r\n".utf8)
        guard isEmptyLine, !isHeaderLineOpen else {
            let room = max(0, Self.maximumPartHeader - partHeader.readableBytes)
            if piece.count > room { warnings.add(.structureDamaged, "the header of a part is longer than is read") }
            partHeader.writeBytes(piece.prefix(room))
            // A lone carriage return may be the first half of an empty line.
            isHeaderLineOpen = piece.last != 0x0A && !(piece.elementsEqual([0x0D]) && !isHeaderLineOpen)
            return
        }
        endPartHeader(bodyStart: offset + piece.count)
    }

    /// Reads the header of a part; the body begins at `bodyStart`.
    mutating func endPartHeader(bodyStart: Int? = nil) {
        let header = HeaderSection(partHeader, limit: Self.maximumPartHeader)
        partHeader.clear()
        isHeaderLineOpen = false
        let bodyStart = bodyStart ?? previousEnd
        switch stage {
        case .entityHeader: beginEntity(header)
        case .childHeader: beginChild(header, at: bodyStart)
        case .signatureHeader:
            signatureEncoding = TransferEncoding(header.first("Content-Transfer-Encoding"))
            stage = .signatureBody
        case .preamble, .entityPreamble, .entityBody, .childBody, .entityEpilogue, .signatureBody, .epilogue: break
        }
    }

    private mutating func beginEntity(_ header: HeaderSection) {
        let type = MIMEParameters(header.first("Content-Type") ?? "text/plain")
        stage = .entityBody
        guard type.value.hasPrefix("multipart/") else { return }
        if type.value != "multipart/mixed" { warnings.add(.entityNotMixed, type.value) }
        guard let boundary = type.token("boundary"), !boundary.isEmpty else {
            return warnings.add(.structureDamaged, "the signed \(type.value) has no boundary")
        }
        inner = Array("--\(boundary)".utf8)
        stage = .entityPreamble
    }

    private mutating func beginChild(_ header: HeaderSection, at bodyStart: Int) {
        stage = .childBody
        children += 1
        let type = MIMEParameters(header.first("Content-Type") ?? "text/plain")
        let isMessage = type.value.hasPrefix("message/")
        child = ChildPart(bodyStart: bodyStart, isMessage: isMessage, document: nil)
        guard !isMessage, !type.value.hasPrefix("multipart/") else { return }
        guard children <= Self.maximumChildren else {
            return warnings.add(.structureDamaged, "more parts than are looked at")
        }
        let disposition = header.first("Content-Disposition").map { MIMEParameters($0) }
        let names = (type.readings("name") + (disposition?.readings("filename") ?? []))
            .map { $0.trimmingSpace.lowercased() }
        let isNamed = names.contains("daticert.xml") || names.contains("certdata.xml")
        guard documents.count < (isNamed ? Self.maximumDocuments : Self.maximumDocuments / 2) else { return }
        let encoding = TransferEncoding(header.first("Content-Transfer-Encoding"))
        child?.document = CandidateDocument(isNamed: isNamed, encoding: encoding)
    }

    mutating func endChild(at end: Int) {
        guard let part = child else { return }
        child = nil
        if part.isMessage, structure.original == nil { structure.original = part.bodyStart..<max(part.bodyStart, end) }
        guard let document = part.document, !document.octets.isEmpty, document.isNamed || document.looksLikeMarkup
        else { return }
        documents.append(document)
    }

    mutating func endSignature() {
        if stage == .signatureHeader { endPartHeader() }
        // DER begins with 30; base 64 that does not say what it is never does.
        if signatureEncoding == .identity, signatureText.first != 0x30 { signatureEncoding = .base64 }
        let decoded = signatureEncoding.decode(signatureText)
        signatureText = []
        guard structure.signatureProtocol?.contains("pgp") != true else { return }
        if !decoded.isClean { warnings.add(.signatureDamaged, "not base 64 throughout") }
        structure.signature = decoded.octets.isEmpty ? nil : decoded.octets
    }
}
