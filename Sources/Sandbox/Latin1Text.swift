// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Text as certified providers write it: ISO-8859-1 in quoted-printable.
enum Latin1Text {
    /// `text` in ISO-8859-1, quoted-printable, in lines of at most 76 octets that end with CRLF.
    ///
    /// Lines of `text` end with LF; a character that ISO-8859-1 lacks becomes a question mark, as providers write it.
    static func encode(_ text: String) -> [UInt8] {
        let octets = text.unicodeScalars.map { $0.value <= 0xFF ? UInt8($0.value) : UInt8(ascii: "?") }
        let lines = octets.split(separator: 0x0A, omittingEmptySubsequences: false)
        return Array(lines.map { QuotedPrintable.encodeLine($0) }.joined(separator: [0x0D, 0x0A]))
    }
}
