// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto

/// A message whose every octet is known, so that what arrives can be compared with what was sent.
///
/// Its first field is `X-Seq`: all that stands before that field at the destination was put on top on the way.
package struct KnownMessage: Sendable {
    /// Its number in the run.
    package let number: Int
    /// Its Message-ID, with angle brackets.
    package let messageID: String
    /// Its octets, with CRLF line ends and no dot stuffed.
    package let octets: [UInt8]
    /// Whether an octet beyond ASCII is in it.
    package let isEightBit: Bool

    /// SHA-256 of `octets`, in hexadecimal.
    package var digest: String { Self.digest(octets) }
    /// True when the last line has no CRLF: only BDAT can carry it unchanged.
    package var endsOpen: Bool { octets.suffix(2) != [13, 10] }

    /// What sort of body a message has.
    package enum Body: Int, CaseIterable, Sendable {
        /// Ordinary lines.
        case plain
        /// Lines that begin with dots, and lines of dots alone.
        case dots
        /// Octets beyond ASCII, in UTF-8 and Latin-1.
        case eightBit
        /// Lines of 998 octets, the longest that RFC 5321 §4.5.3.1.6 allows.
        case longLines
        /// Blank lines, trailing blanks, tabs and `From ` at the start of a line.
        case blanks
        /// A last line without CRLF.
        case open
        /// No body, not even the empty line after the header.
        case headerOnly
    }

    /// Message `number` of `run` with a header From `from`, filled up to about `size` octets.
    package init(
        run: String,
        number: Int,
        from: String,
        to: String,
        size: Int = 4096,
        body: Body = .plain,
        extraFields: String = ""
    ) {
        self.number = number
        messageID = "<\(run).\(number)@test.invalid>"
        var text =
            "X-Seq: \(number)\r\nFrom: Prova \(number) <\(from)>\r\nTo: <\(to)>\r\nSubject: messaggio\r\n numero \(number)\r\n"
        text += "Message-ID: \(messageID)\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
        text +=
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
            + extraFields
        var octets = Array(text.utf8)
        if body != .headerOnly {
            octets += [13, 10]
            let lines = Self.lines(body, number: number)
            while octets.count < size { octets += lines }
        }
        if body == .open { octets += Array("no line end here".utf8) }
        self.octets = octets
        isEightBit = body == .eightBit
    }

    /// SHA-256 in hexadecimal.
    package static func digest(_ octets: some Sequence<UInt8>) -> String {
        hexadecimal(SHA256.hash(data: Array(octets)))
    }

    static func hexadecimal(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func lines(_ body: Body, number: Int) -> [UInt8] {
        switch body {
        case .plain, .open, .headerOnly:
            Array("La presente per comunicare quanto segue, riga dopo riga, messaggio \(number).\r\n".utf8)
        case .dots: Array(".\r\n..\r\n...\r\n.x \(number)\r\nx.\r\n. \r\n\r\n.\r\n".utf8)
        case .eightBit:
            Array("perché così è la verità \(number) \u{20ac}\r\n".utf8) + [0xe8, 0xe9, 0xf9, 0x80, 0xff, 13, 10]
        case .longLines: [UInt8](repeating: UInt8(ascii: "l"), count: 998) + Array("\r\n\(number)\r\n".utf8)
        case .blanks: Array("\r\n\r\nFrom qui in poi \r\n\t tab\t\r\n \r\n>From \(number)\r\n".utf8)
        }
    }
}
