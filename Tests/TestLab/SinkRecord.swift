// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One message as the recording sink took it, or refused it, or cut the connection under it.
package struct SinkRecord: Sendable {
    /// How the sink answered the end of the data.
    package enum Answer: String, Sendable {
        /// 250: the message counts as taken.
        case accepted
        /// The message counts as taken, but the connection was cut in place of the 250: the window that SMTP has.
        case cut
        /// 4xx or 5xx.
        case refused
    }

    /// When the end of the data came.
    package var time: ContinuousClock.Instant
    /// The connection's number.
    package var session: Int
    /// When the connection began.
    package var sessionBegan: ContinuousClock.Instant
    /// The login of AUTH; nil without.
    package var login: String?
    /// True when the connection was in TLS.
    package var isSecure = false
    /// The reverse-path, without angle brackets.
    package var sender: String
    /// Parameters of MAIL FROM as they came.
    package var parameters: String
    /// The forward-paths, without angle brackets.
    package var recipients: [String]
    /// True when the content came by BDAT.
    package var isChunked: Bool
    /// Octets of the whole content, dots unstuffed.
    package var octets: Int
    /// What stood before the field X-Seq, or the first 64 KB when there is none.
    package var trace: String
    /// The header section from X-Seq on, or the first 64 KB of it.
    package var header: String
    /// SHA-256 of the content from X-Seq on, in hexadecimal.
    package var digest: String
    /// How the sink answered.
    package var answer: Answer

    /// The number in X-Seq; nil when there is none.
    package var number: Int? { field("X-Seq").flatMap { Int($0) } }
    /// The Message-ID with angle brackets; empty when there is none.
    package var messageID: String { field("Message-ID") ?? "" }

    /// The body of the first field `name` in the original header, on one line.
    package func field(_ name: String) -> String? { Self.field(name, in: header) }
    /// The body of the first field `name` among those put on top.
    package func traceField(_ name: String) -> String? { Self.field(name, in: trace) }
    /// The names of the fields put on top, in order.
    package var traceNames: [String] {
        trace.split(separator: "\r\n").filter { !$0.hasPrefix(" ") && !$0.hasPrefix("\t") }
            .map { String($0.prefix { $0 != ":" }) }
    }

    private static func field(_ name: String, in text: String) -> String? {
        let prefix = name.lowercased() + ":"
        for line in text.split(separator: "\r\n") where line.lowercased().hasPrefix(prefix) {
            let body = line.dropFirst(prefix.count).drop { $0 == " " }
            return String(body)
        }
        return nil
    }
}
