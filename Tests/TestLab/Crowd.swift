// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// SMTP clients on loopback, each few from an address of their own: some greet and then say nothing, others send a message an octet a second.
package final class Crowd: Sendable {
    private let idle: [Int32]
    private let slow: [Int32]
    private let drip: Task<Void, Never>

    /// Clients that share an address.
    private static let perAddress = 40

    /// Connects all of them to `port`; returns when each has its place in the dialogue.
    package init(port: Int, idle: Int, slow: Int, recipient: String) throws(LabError) {
        var connected: [Int32] = []
        do throws(LabError) {
            for number in 0..<(idle + slow) { connected.append(try Self.connect(number, port)) }
            for (number, descriptor) in connected.enumerated() {
                try Self.say("EHLO crowd\r\n", to: descriptor)
                guard number >= idle else { continue }
                try Self.say("MAIL FROM:<lento@fuori.test>\r\n", to: descriptor)
                try Self.say("RCPT TO:<\(recipient)>\r\n", to: descriptor)
                try Self.say("DATA\r\n", to: descriptor)
            }
        } catch {
            for descriptor in connected { close(descriptor) }
            throw error
        }
        self.idle = Array(connected[..<idle])
        let senders = Array(connected[idle...])
        self.slow = senders
        drip = Task.detached {
            let text = Array("Subject: lento\r\n\r\nuna lettera al secondo\r\n".utf8)
            var place = 0
            while !Task.isCancelled {
                var octet = text[place % text.count]
                for sender in senders { send(sender, &octet, 1, Int32(MSG_NOSIGNAL)) }
                place += 1
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
            }
        }
    }

    /// How many connections the other side has closed.
    package var lost: Int {
        (idle + slow).count { descriptor in
            var octet: UInt8 = 0
            let count = recv(descriptor, &octet, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
            return count == 0 || (count < 0 && errno != EAGAIN)
        }
    }

    /// Closes all connections.
    package func leave() async {
        drip.cancel()
        await drip.value
        for descriptor in idle + slow { close(descriptor) }
    }

    private static func connect(_ number: Int, _ port: Int) throws(LabError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // 127.0.1.2 and on.
        let source = try? SocketAddress(ipAddress: "127.0.1.\(2 + number / perAddress)", port: 0)
        let isBound = source?.bind(descriptor) ?? false
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard isBound, (try? SocketAddress.loopback(port))?.connect(descriptor) ?? false else {
            close(descriptor)
            throw LabError("client \(number) of the crowd: \(String(cString: strerror(errno)))")
        }
        do throws(LabError) { try expectReply(descriptor) } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func say(_ line: String, to descriptor: Int32) throws(LabError) {
        let octets = Array(line.utf8)
        send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL))
        try expectReply(descriptor)
    }

    private static func expectReply(_ descriptor: Int32) throws(LabError) {
        var reply = [UInt8](repeating: 0, count: 2048)
        let count = recv(descriptor, &reply, reply.count, 0)
        guard count > 0, reply[0] == UInt8(ascii: "2") || reply[0] == UInt8(ascii: "3") else {
            throw LabError("the crowd is answered: \(String(decoding: reply.prefix(max(0, count)), as: UTF8.self))")
        }
    }
}
