// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

public import struct NIOCore.ByteBuffer

/// Why the octets of a server are no SMTP reply; the message quotes them.
public struct SMTPReplyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, with what the server sent, for the operator.
    public let message: String

    /// The message.
    public var description: String { message }
}

/// Reads the replies of an SMTP server (RFC 5321 §4.2), within bounds.
///
/// ```text
/// S: 250-relay.example.it greets you          code 250, not the last line
/// S: 250 SIZE 37748736                        code 250, the last line
/// S: 550 5.1.1 no such user here              code 550, enhanced status 5.1.1 (RFC 2034)
/// ```
/// Each reply is read for itself: nothing of an earlier one, its enhanced status in particular, is kept.
public struct SMTPReplyDecoder: Sendable {
    /// Octets of a line with its end. RFC 5321 §4.5.3.1.5 says 512; servers that quote addresses go beyond.
    public static let maximumLineOctets = 4096
    /// Lines of one reply.
    public static let maximumLines = 256
    /// Octets of text that are kept of one reply; the rest is passed over.
    public static let maximumTextOctets = 8192

    private var buffer = ByteBuffer()
    private var code: Int?
    private var lines: [Substring] = []
    private var lineCount = 0
    private var textOctets = 0

    /// A decoder that has read nothing.
    public init() {}

    /// True when nothing is left over and no reply is half read.
    public var isEmpty: Bool { buffer.readableBytes == 0 && code == nil }

    /// Adds what the server sent.
    public mutating func append(_ octets: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = octets
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(octets)
        }
    }

    /// The next whole reply, or nil when its end has not come.
    public mutating func next() throws(SMTPReplyError) -> SMTPReply? {
        while let line = try nextLine() {
            if let reply = try take(line) { return reply }
        }
        return nil
    }

    private mutating func nextLine() throws(SMTPReplyError) -> String? {
        let view = buffer.readableBytesView
        guard let end = view.prefix(Self.maximumLineOctets).firstIndex(of: 0x0A) else {
            guard view.count < Self.maximumLineOctets else {
                throw SMTPReplyError(
                    message: "the server's reply has a line of more than \(Self.maximumLineOctets) octets: "
                        + Self.quote(view.prefix(80))
                )
            }
            return nil
        }
        var line = view[view.startIndex..<end]
        if line.last == 0x0D { line = line.dropLast() }
        let text = Self.clean(line)
        buffer.moveReaderIndex(forwardBy: end - view.startIndex + 1)
        return text
    }

    private mutating func take(_ line: String) throws(SMTPReplyError) -> SMTPReply? {
        let octets = line.utf8
        guard octets.count >= 3, let number = Int(line.prefix(3)), (200..<600).contains(number) else {
            throw SMTPReplyError(message: "the server sent \"\(line.prefix(200))\", which is no SMTP reply")
        }
        let rest = line.dropFirst(3)
        guard rest.isEmpty || rest.first == " " || rest.first == "-" else {
            throw SMTPReplyError(message: "the server sent \"\(line.prefix(200))\", which is no SMTP reply")
        }
        if let code, code != number {
            throw SMTPReplyError(
                message: "the lines of the server's reply disagree: \(code) and then \"\(line.prefix(200))\""
            )
        }
        code = number
        lineCount += 1
        textOctets += rest.utf8.count
        if textOctets <= Self.maximumTextOctets { lines.append(rest.dropFirst()) }
        guard lineCount <= Self.maximumLines else {
            throw SMTPReplyError(message: "the server's reply has more than \(Self.maximumLines) lines")
        }
        guard rest.first != "-" else { return nil }
        defer {
            code = nil
            lines = []
            lineCount = 0
            textOctets = 0
        }
        return Self.assemble(number, lines)
    }

    private static func assemble(_ code: Int, _ lines: [Substring]) -> SMTPReply {
        var status: EnhancedStatus?
        var texts: [String] = []
        for line in lines {
            guard let (found, text) = splitStatus(line), found.statusClass == code / 100 else {
                texts.append(String(line))
                continue
            }
            status = status ?? found
            texts.append(String(text))
        }
        return SMTPReply(code, status, lines: texts)
    }

    /// Splits `5.1.1 text` into code and text; nil when the line does not begin with an enhanced status.
    private static func splitStatus(_ line: Substring) -> (EnhancedStatus, Substring)? {
        let word = line.prefix { $0 != " " }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(isDigit) }),
            let statusClass = Int(parts[0]), [2, 4, 5].contains(statusClass), let subject = Int(parts[1]),
            let detail = Int(parts[2])
        else { return nil }
        return (EnhancedStatus(statusClass, subject, detail), line.dropFirst(word.count + 1))
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }

    /// The text with control characters made visible as `?`, so that no reply forges a line of a log.
    private static func clean(_ octets: some Collection<UInt8>) -> String {
        guard octets.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return String(decoding: octets, as: UTF8.self)
        }
        return String(decoding: octets.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }

    private static func quote(_ octets: some Collection<UInt8>) -> String { "\"\(clean(octets))…\"" }
}
