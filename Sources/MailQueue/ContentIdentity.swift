// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import MailModel

public import struct NIOCore.ByteBuffer

/// What makes two copies of a message the same one, whichever way they came: a digest over the fields that its author and its certifier wrote,
/// Message-ID among them, and over its body, made while the message streams by in constant memory.
///
/// What servers put on the way (Received, Return-Path, Delivered-To, results of checks, `X-` fields) counts for nothing. Folding and runs of
/// blanks in a field count for nothing (RFC 6376 §3.4.2), nor do empty lines at the end of the body (RFC 6376 §3.4.3), which POP3 and SMTP
/// end in ways of their own. Everything else counts octet for octet: what a hop re-encoded is another message.
/// ```text
/// header ──section whole──→ body ──finish──→ digest
///    └──no single Message-ID, not a whole header──→ void
/// ```
public struct ContentIdentity: Sendable {
    /// The fields that count, in lower case and in the order in which they are digested: RFC 5322 §3.6.1 to §3.6.5 without Bcc, which hops
    /// take off, RFC 2045 §3, and what says of certified mail what it is (RFC 6109; ETSI EN 319 532-3 for `REM-`).
    package static let names = [
        "message-id", "date", "from", "sender", "reply-to", "to", "cc", "subject", "in-reply-to", "references",
        "comments", "keywords", "mime-version", "content-type", "content-transfer-encoding", "content-id",
        "content-description", "content-disposition", "content-language", "x-trasporto", "x-ricevuta", "x-tiporicevuta",
        "x-trasplorto", "x-verificasicurezza", "x-riferimento-message-id", "rem-messagetype", "rem-eventidentifier",
        "rem-uamessageidentifier", "rem-reasonidentifier",
    ]

    private var collector = HeaderCollector()
    private var taken = 0
    private var body: SimpleBody?
    private var isVoid = false

    /// Of a message of which nothing has come yet.
    public init() {}

    /// Takes the next octets.
    public mutating func append(_ piece: ByteBuffer) {
        guard !isVoid else { return }
        guard body == nil else {
            body?.append(piece)
            return
        }
        collector.append(piece)
        if collector.isComplete {
            var rest = piece
            rest.moveReaderIndex(forwardBy: min(max(0, begin() - taken), piece.readableBytes))
            body?.append(rest)
        }
        taken += piece.readableBytes
    }

    /// The digest in lower-case hexadecimal, once the message is whole.
    ///
    /// - Returns: nil for a message that nothing can be said of: its header is not whole and well formed, or it has not one Message-ID.
    public mutating func finish() -> String? {
        if body == nil, !isVoid { _ = begin() }
        return body.map { Hexadecimal.lowerCase($0.finish()) }
    }

    /// Digests the header section.
    /// - Returns: where the body begins.
    private mutating func begin() -> Int {
        let section = collector.section
        collector = HeaderCollector(limit: 0)
        guard section.isWellFormed, !section.isTruncated, section.count("Message-ID") == 1, section.messageID != nil,
            Self.isPlain(section)
        else {
            isVoid = true
            return 0
        }
        var digest = SHA256()
        for name in Self.names {
            for text in section.all(name) { digest.update(data: Array("\(name):\(Self.canonical(text))\n".utf8)) }
        }
        digest.update(data: [UInt8(ascii: "\n")])
        body = SimpleBody(digest)
        return section.octets
    }

    /// False where what counts for nothing might count for a reader: a counted field with a blank before its colon, which some take for a field
    /// and others do not, or a run of blanks inside a quoted string of Content-*, such as a file's name.
    private static func isPlain(_ section: HeaderSection) -> Bool {
        for field in section.fields {
            let name = field.name.lowercased()
            guard names.contains(name) else { continue }
            let written = field.written
            guard written.getInteger(at: written.readerIndex + name.utf8.count) == UInt8(ascii: ":") else {
                return false
            }
            if name.hasPrefix("content-"), hasQuotedRun(field.body) { return false }
        }
        return true
    }

    /// True when two blanks in a row, or a tab, stand inside a quoted string (RFC 5322 §3.2.4).
    private static func hasQuotedRun(_ body: String) -> Bool {
        var (isQuoted, isEscaped, isBlank) = (false, false, false)
        for octet in body.utf8 {
            if isQuoted, octet == UInt8(ascii: "\t") || (isBlank && octet == UInt8(ascii: " ")) { return true }
            isBlank = octet == UInt8(ascii: " ")
            if isEscaped {
                isEscaped = false
            } else if isQuoted, octet == UInt8(ascii: "\\") {
                isEscaped = true
            } else if octet == UInt8(ascii: "\"") {
                isQuoted.toggle()
            }
        }
        return false
    }

    /// A field body with runs of blanks as one.
    private static func canonical(_ text: String) -> String {
        text.unicodeScalars.split { $0 == " " || $0 == "\t" }.map { String($0) }.joined(separator: " ")
    }
}

/// The digest of a body whose empty lines at the end count for nothing (RFC 6376 §3.4.3, "simple").
private struct SimpleBody {
    private var digest: SHA256
    /// Line ends that may be the last ones.
    private var lineEnds = 0
    private var hasReturn = false

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    init(_ digest: SHA256) { self.digest = digest }

    mutating func append(_ piece: ByteBuffer) {
        piece.withUnsafeReadableBytes { octets in
            var end = octets.count
            while end > 0, octets[end - 1] == 0x0D || octets[end - 1] == 0x0A { end -= 1 }
            if end > 0 {
                flush()
                digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: octets[..<end]))
            }
            for octet in octets[end...] { take(octet) }
        }
    }

    consuming func finish() -> SHA256.Digest {
        lineEnds = 0
        flush()
        digest.update(data: Self.lineEnd)
        return digest.finalize()
    }

    /// A CR or an LF.
    private mutating func take(_ octet: UInt8) {
        switch (octet, hasReturn) {
        case (0x0A, true):
            hasReturn = false
            lineEnds += 1
        case (0x0A, false):
            flush()
            digest.update(data: [octet])
        default:
            if hasReturn { flush() }
            hasReturn = true
        }
    }

    /// What was held back was not the end.
    private mutating func flush() {
        while lineEnds > 0 {
            digest.update(data: Self.lineEnd)
            lineEnds -= 1
        }
        if hasReturn { digest.update(data: [0x0D]) }
        hasReturn = false
    }
}
