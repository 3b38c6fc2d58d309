// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// A blocking SMTP client in clear that sends exactly the octets it is told to.
package final class SMTPConversation {
    /// A server's reply.
    package struct Reply: Sendable, CustomStringConvertible {
        /// Its three digits; 0 when the connection ended first.
        package var code: Int
        /// Its lines without the digits.
        package var lines: [String]
        /// True for 2xx and 3xx.
        package var isPositive: Bool { (200..<400).contains(code) }
        /// `250 2.0.0 fine`.
        package var description: String { "\(code) \(lines.joined(separator: " / "))" }
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// What the server said in its greeting.
    package private(set) var greeting = Reply(code: 0, lines: [])
    /// True once the whole content of the last message was written, until the next MAIL.
    package private(set) var isContentWritten = false
    /// What the server offered at the last EHLO, in upper case.
    package private(set) var offers: [String] = []

    /// Connects to `port` of 127.0.0.1, writes `preface`, and reads the greeting; every wait ends after `patience` seconds.
    /// - Throws: when there is no connection, or the greeting is not 220 although it `mustGreet`.
    package init(
        port: Int,
        patience: Int = 60,
        preface: [UInt8] = [],
        mustGreet: Bool = true
    ) throws(LabError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard (try? SocketAddress.loopback(port))?.connect(descriptor) ?? false else {
            throw LabError("cannot connect to port \(port): \(String(cString: strerror(errno)))")
        }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        write(preface)
        greeting = readReply()
        guard !mustGreet || greeting.code == 220 else { throw LabError("port \(port) greeted with \(greeting)") }
    }

    deinit { close(descriptor) }

    /// The header by which a proxy hands over an IPv4 client (PROXY protocol, version 2).
    package static func proxyHeader(_ client: [UInt8]) -> [UInt8] {
        [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10, 0x21, 0x11, 0, 12] + client
            + [127, 0, 0, 1, 0x9C, 0x40, 0, 25]
    }

    /// Sends `line` with CRLF and reads the reply.
    @discardableResult
    package func command(_ line: String) -> Reply {
        write(Array((line + "\r\n").utf8))
        return readReply()
    }

    /// Says EHLO and keeps what is offered.
    @discardableResult
    package func greet(as name: String = "exchange.azienda.test") -> Reply {
        let reply = command("EHLO \(name)")
        offers = reply.lines.dropFirst().map { $0.uppercased() }
        return reply
    }

    /// Sends `octets` by DATA with dots stuffed; the final CRLF is added when it is not there.
    package func data(_ octets: [UInt8]) -> Reply {
        let go = command("DATA")
        guard go.code == 354 else { return go }
        isContentWritten = write(Self.stuffed(octets))
        return readReply()
    }

    /// Sends `octets` by BDAT in pieces of at most `piece` octets; the replies to all but the last must be positive.
    package func chunks(_ octets: [UInt8], piece: Int = 65_536) -> Reply {
        var sent = 0
        repeat {
            let count = min(piece, octets.count - sent)
            let isLast = sent + count == octets.count
            write(Array("BDAT \(count)\(isLast ? " LAST" : "")\r\n".utf8))
            let isWritten = write(Array(octets[sent..<(sent + count)]))
            if isLast { isContentWritten = isWritten }
            sent += count
            let reply = readReply()
            if isLast || reply.code != 250 { return reply }
        } while true
    }

    /// Sends one message: MAIL, RCPT for each recipient, and the content by BDAT when `isChunked`.
    /// - Returns: the first reply that was not positive, or the one to the end of the data; code 0 when the connection ended.
    package func send(
        _ message: KnownMessage,
        from sender: String,
        to recipients: [String],
        isChunked: Bool,
        parameters: String = ""
    ) -> Reply {
        isContentWritten = false
        let eight = message.isEightBit ? " BODY=8BITMIME" : ""
        var reply = command("MAIL FROM:<\(sender)>\(eight)\(parameters)")
        guard reply.isPositive else { return reply }
        for recipient in recipients {
            reply = command("RCPT TO:<\(recipient)>")
            guard reply.isPositive else { return reply }
        }
        return isChunked ? chunks(message.octets) : data(message.octets)
    }

    /// Writes octets as they are; false when the connection ended.
    @discardableResult
    package func write(_ octets: [UInt8]) -> Bool {
        var written = 0
        while written < octets.count {
            let count = octets.withUnsafeBytes {
                Glibc.send(
                    descriptor,
                    $0.baseAddress?.advanced(by: written),
                    octets.count - written,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// Reads one reply; code 0 when the connection ended or the patience did.
    package func readReply() -> Reply {
        var lines: [String] = []
        while let line = readLine() {
            lines.append(String(line.dropFirst(4)))
            if line.dropFirst(3).first != "-" { return Reply(code: Int(line.prefix(3)) ?? 0, lines: lines) }
        }
        return Reply(code: 0, lines: lines + ["connection ended"])
    }

    /// `octets` with a dot put before each line that begins with one, and CRLF.CRLF at the end (RFC 5321 §4.5.2).
    package static func stuffed(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + octets.count / 64 + 8)
        octets.withUnsafeBytes { window in
            if window.first == UInt8(ascii: ".") { result.append(UInt8(ascii: ".")) }
            var begin = 0
            while let found = Octets.position(of: "\r\n.", in: window, from: begin) {
                let dot = found + 2
                result.append(contentsOf: window[begin..<dot])
                result.append(UInt8(ascii: "."))
                begin = dot
            }
            result.append(contentsOf: window[begin...])
        }
        if octets.suffix(2) != [13, 10] { result += [13, 10] }
        return result + Array(".\r\n".utf8)
    }

    private func readLine() -> String? {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let line = String(
                    decoding: buffer[..<end].last == 13 ? buffer[..<(end - 1)] : buffer[..<end],
                    as: UTF8.self
                )
                buffer.removeSubrange(...end)
                return line
            }
            var piece = [UInt8](repeating: 0, count: 8192)
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            buffer += piece[..<count]
        }
    }
}
