// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A reply of an SMTP server: code, enhanced status and lines of text (RFC 5321 §4.2, RFC 2034).
public struct SMTPReply: Hashable, Sendable, CustomStringConvertible {
    /// The three-digit code, 200...599.
    public let code: Int
    /// The enhanced status, nil where RFC 2034 wants none (greeting, EHLO, 354) or the server gave none.
    public let status: EnhancedStatus?
    /// The text, a line each, without code and status; at least one line, which may be empty.
    public let lines: [String]

    /// A reply of several lines.
    public init(_ code: Int, _ status: EnhancedStatus? = nil, lines: [String]) {
        self.code = code
        self.status = status
        self.lines = lines.isEmpty ? [""] : lines
    }

    /// A reply of one line.
    public init(_ code: Int, _ status: EnhancedStatus? = nil, _ text: String) {
        self.init(code, status, lines: [text])
    }

    /// 2xx: done.
    public var isPositive: Bool { (200..<300).contains(code) }
    /// 3xx: more is expected.
    public var isIntermediate: Bool { (300..<400).contains(code) }
    /// 4xx: try again later.
    public var isTransient: Bool { (400..<500).contains(code) }
    /// 5xx: do not try this again.
    public var isPermanent: Bool { (500..<600).contains(code) }

    /// The reply on one line, as an operator reads it: `550 5.1.1 no such user here`.
    public var description: String {
        let text = lines.joined(separator: " ")
        return status.map { "\(code) \($0) \(text)" } ?? "\(code) \(text)"
    }
}
