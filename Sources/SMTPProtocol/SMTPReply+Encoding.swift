// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import MailModel

package import struct NIOCore.ByteBuffer

extension SMTPReply {
    /// The most octets of text on one line of a reply, so that code, status and CRLF keep it within 512 (RFC 5321
    /// §4.5.3.1.5).
    static let maximumTextOctets = 490

    /// Appends the reply as it goes over the wire, its status on every line (RFC 2034 §4).
    ///
    /// ```text
    /// S: 250-2.1.5 two lines
    /// S: 250 2.1.5 of one reply
    /// ```
    /// What is not printable ASCII becomes `?`, so that no text that came from elsewhere can end the line; a text too
    /// long for one line goes on in the next.
    package func encode(into buffer: inout ByteBuffer) {
        var pieces: [Substring.UTF8View] = []
        for line in lines {
            var rest = line[...].utf8
            while rest.count > Self.maximumTextOctets {
                pieces.append(rest.prefix(Self.maximumTextOctets))
                rest = rest.dropFirst(Self.maximumTextOctets)
            }
            pieces.append(rest)
        }
        let prefix = status.map { " \($0) " } ?? " "
        for (index, piece) in pieces.enumerated() {
            let start = buffer.writerIndex
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(clamping: code / 100 % 10))
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(clamping: code / 10 % 10))
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(clamping: code % 10))
            buffer.writeString(prefix)
            if index < pieces.count - 1 { buffer.setInteger(UInt8(ascii: "-"), at: start + 3) }
            if piece.allSatisfy({ (0x20...0x7E).contains($0) }) {
                buffer.writeBytes(piece)
            } else {
                buffer.writeBytes(piece.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") })
            }
            buffer.writeInteger(UInt16(0x0D0A))
        }
    }
}
