// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Writes multi-line responses: the status line, the content with dots doubled at line starts, the closing dot (RFC 1939 §3).
public enum POP3MultiLine {
    /// The whole response that carries `message`, or its header and `lines` lines of its body (TOP).
    ///
    /// A message that does not end with CRLF gets one: POP3 has no way to say that it does not.
    public static func response(status: String, message: ByteBuffer, lines: Int? = nil) -> ByteBuffer {
        var content = message
        if let lines { content = top(message, lines: lines) }
        var response = ByteBuffer()
        response.reserveCapacity(content.readableBytes + status.utf8.count + 64)
        response.writeString(status)
        response.writeString("\r\n")
        stuff(content, into: &response)
        if content.readableBytes > 0, !endsWithLineEnd(content) { response.writeString("\r\n") }
        response.writeString(".\r\n")
        return response
    }

    /// The whole response that carries a listing.
    public static func response(status: String, lines: [String]) -> ByteBuffer {
        var content = ByteBuffer()
        for line in lines {
            content.writeString(line)
            content.writeString("\r\n")
        }
        return response(status: status, message: content)
    }

    /// The header section, the empty line, and the first `lines` lines of the body (RFC 1939 §7 TOP).
    static func top(_ message: ByteBuffer, lines: Int) -> ByteBuffer {
        let view = message.readableBytesView
        var start = view.startIndex
        var isBody = false
        var left = lines
        while start < view.endIndex, !isBody || left > 0 {
            let end = view[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? view.endIndex
            if isBody {
                left -= 1
            } else {
                isBody = end - start <= 2 && (view[start] == 0x0A || view[start] == 0x0D)
            }
            start = end
        }
        return message.getSlice(at: message.readerIndex, length: start - view.startIndex) ?? message
    }

    private static func stuff(_ content: ByteBuffer, into response: inout ByteBuffer) {
        let view = content.readableBytesView
        var start = view.startIndex
        while start < view.endIndex {
            if view[start] == 0x2E { response.writeInteger(UInt8(0x2E)) }
            // A line starts behind CRLF alone; a bare LF is content.
            var end = start
            repeat {
                end = view[end...].firstIndex(of: 0x0A).map { $0 + 1 } ?? view.endIndex
            } while end < view.endIndex && !(end - view.startIndex >= 2 && view[end - 2] == 0x0D)
            response.writeBytes(view[start..<end])
            start = end
        }
    }

    private static func endsWithLineEnd(_ content: ByteBuffer) -> Bool {
        let view = content.readableBytesView
        return view.count >= 2 && view[view.endIndex - 1] == 0x0A && view[view.endIndex - 2] == 0x0D
    }
}
