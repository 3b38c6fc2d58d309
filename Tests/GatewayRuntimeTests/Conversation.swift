// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import NIOCore
import NIOPosix
import SMTPServer

/// The client's side of an SMTP session, line by line.
struct Conversation: Sendable {
    private let connection: MailConnection

    /// Connects and reads the greeting.
    static func open(port: Int) async throws -> Conversation {
        let connection = try await MailConnector(group: MultiThreadedEventLoopGroup.singleton)
            .connect(to: Endpoint(scheme: .smtp, host: "127.0.0.1", port: port, tls: .none), within: .seconds(5))
        let conversation = Conversation(connection: connection)
        let greeting = try await conversation.reply()
        guard greeting.hasPrefix("220") else { throw TransportError(.closed, greeting) }
        return conversation
    }

    /// Says a line and reads the reply.
    func say(_ line: String) async throws -> String {
        try await connection.write(ByteBuffer(string: line + "\r\n"), within: .seconds(5))
        return try await reply()
    }

    /// Sends one message in a session of its own; the reply is that to the end of data.
    static func send(_ content: String, to recipient: String, port: Int) async throws -> String {
        let session = try await open(port: port)
        for line in ["EHLO client.example", "MAIL FROM:<a@fuori.example>", "RCPT TO:<\(recipient)>", "DATA"] {
            let reply = try await session.say(line)
            guard reply.hasPrefix("2") || reply.hasPrefix("3") else { return reply }
        }
        return try await session.say(content + ".")
    }

    private func reply() async throws -> String {
        var text = ""
        while true {
            text += String(buffer: try await connection.read(within: .seconds(10)))
            let lines = text.split(separator: "\r\n")
            if text.hasSuffix("\r\n"), let last = lines.last, last.dropFirst(3).first != "-" { return text }
        }
    }
}

/// Two ports that nobody listens on.
enum FreePort {
    static func two() async throws -> (Int, Int) {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let first = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        let second = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        let ports = (first.localAddress?.port ?? 0, second.localAddress?.port ?? 0)
        try await first.close()
        try await second.close()
        return ports
    }
}
