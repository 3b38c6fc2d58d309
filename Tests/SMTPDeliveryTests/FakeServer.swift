// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An SMTP server on loopback that takes everything, records it, and does what a script says at the steps that the script names.
final class FakeServer: Sendable {
    /// Where a connection stands when the script is asked.
    struct Step: Sendable {
        /// 1... in the order of the connections.
        var connection: Int
        /// MAIL commands of this connection so far.
        var transaction: Int
        /// The command line, `greeting`, or `content` when all of it has come.
        var command: String
        /// RCPT commands accepted in this transaction.
        var recipients: Int
    }

    enum Answer: Sendable {
        /// What a server that takes everything says.
        case standard
        case reply(String)
        /// The connection is closed after the reply.
        case last(String)
        case cut
        case silence
    }

    struct Message: Sendable, Equatable {
        var connection: Int
        var reversePath: String
        var recipients: [String]
        var content: [UInt8]

        var text: String { String(decoding: content, as: UTF8.self) }
    }

    struct Record: Sendable {
        var connections = 0
        var open = 0
        var mostOpen = 0
        var commands: [String] = []
        var messages: [Message] = []
    }

    typealias Script = @Sendable (Step) -> Answer

    let port: Int
    private let channel: any Channel
    private let group = MultiThreadedEventLoopGroup.singleton
    private let shared: Shared

    final class Shared: Sendable {
        let record = Mutex(Record())
        let script: Mutex<Script>
        let keywords: [String]
        let tls: NIOSSLContext?

        init(script: @escaping Script, keywords: [String], tls: NIOSSLContext?) {
            self.script = Mutex(script)
            self.keywords = keywords
            self.tls = tls
        }
    }

    init(
        _ keywords: [String] = ["PIPELINING", "8BITMIME", "SIZE", "DSN"],
        port: Int = 0,
        tls: NIOSSLContext? = nil,
        script: @escaping Script = { _ in .standard }
    ) async throws {
        let shared = Shared(script: script, keywords: keywords, tls: tls)
        self.shared = shared
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeSession(shared))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
    }

    var record: Record { shared.record.withLock { $0 } }
    var messages: [Message] { record.messages }

    func count(_ prefix: String) -> Int { record.commands.count { $0.hasPrefix(prefix) } }

    /// Changes what the server does from now on.
    func follow(_ script: @escaping Script) { shared.script.withLock { $0 = script } }

    func stop() async throws { try await channel.close() }
}

private final class FakeSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Mode {
        case commands
        case secret
        case dots
        case chunk(Int)
    }

    private let shared: FakeServer.Shared
    private var number = 0
    private var transaction = 0
    private var buffer: [UInt8] = []
    private var scanned = 0
    private var mode = Mode.commands
    private var reversePath = ""
    private var recipients: [String] = []
    private var content: [UInt8] = []
    private var isClosed = false

    init(_ shared: FakeServer.Shared) {
        self.shared = shared
    }

    func channelActive(context: ChannelHandlerContext) {
        number = shared.record.withLock { record in
            record.connections += 1
            record.open += 1
            record.mostOpen = max(record.mostOpen, record.open)
            return record.connections
        }
        answer("greeting", "220 fake ready", context)
    }

    func channelInactive(context: ChannelHandlerContext) { shared.record.withLock { $0.open -= 1 } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        buffer += Array(buffer: unwrapInboundIn(data))
        while !isClosed, step(context) {}
    }

    /// Takes one line, or content; false when more has to come.
    private func step(_ context: ChannelHandlerContext) -> Bool {
        if case .chunk(let count) = mode {
            guard buffer.count >= count else { return false }
            content = Array(buffer[..<count])
            buffer.removeFirst(count)
            mode = .commands
            finish(context)
            return true
        }
        if case .dots = mode { return takeDots(context) }
        guard let end = buffer.firstIndex(of: 0x0A) else { return false }
        let line = String(decoding: buffer[..<end].dropLast(), as: UTF8.self)
        buffer.removeFirst(end + 1)
        if case .secret = mode {
            mode = .commands
            answer("secret", "235 2.7.0 in", context)
        } else {
            command(line, context)
        }
        return true
    }

    /// Looks for CRLF.CRLF from where it looked last, and takes the content before it with its dots unstuffed.
    private func takeDots(_ context: ChannelHandlerContext) -> Bool {
        var end: Int?
        while end == nil, scanned + 2 < buffer.count {
            let isLineStart = scanned == 0 || buffer[scanned - 1] == 0x0A
            if isLineStart, buffer[scanned] == UInt8(ascii: "."), buffer[scanned + 1] == 0x0D,
                buffer[scanned + 2] == 0x0A
            {
                end = scanned
            } else {
                scanned += 1
            }
        }
        guard let end else { return false }
        content = []
        content.reserveCapacity(end)
        for index in 0..<end {
            let isStuffed = buffer[index] == UInt8(ascii: ".") && (index == 0 || buffer[index - 1] == 0x0A)
            if !isStuffed { content.append(buffer[index]) }
        }
        buffer.removeFirst(end + 3)
        scanned = 0
        mode = .commands
        finish(context)
        return true
    }

    private func finish(_ context: ChannelHandlerContext) {
        shared.record.withLock {
            $0.messages.append(
                .init(connection: number, reversePath: reversePath, recipients: recipients, content: content)
            )
        }
        answer("content", recipients.isEmpty ? "503 5.5.1 nobody" : "250 2.0.0 taken", context)
        recipients = []
    }

    private func command(_ line: String, _ context: ChannelHandlerContext) {
        shared.record.withLock { $0.commands.append(line) }
        let verb = line.prefix { $0 != " " }.uppercased()
        switch verb {
        case "EHLO":
            let lines = ["fake"] + shared.keywords
            let text = lines.enumerated().map { "250\($0.offset == lines.count - 1 ? " " : "-")\($0.element)" }
            answer(line, text.joined(separator: "\r\n"), context)
        case "MAIL":
            transaction += 1
            recipients = []
            reversePath = Self.path(line)
            answer(line, "250 2.1.0 ok", context)
        case "RCPT":
            if answer(line, "250 2.1.5 ok", context) { recipients.append(Self.path(line)) }
        case "DATA":
            if answer(line, recipients.isEmpty ? "503 5.5.1 nobody" : "354 go", context) { mode = .dots }
        case "BDAT":
            mode = .chunk(Int(line.split(separator: " ")[1]) ?? 0)
        case "AUTH":
            if answer(line, "334 PDEyMzQ1QGZha2U+", context) { mode = .secret }
        case "STARTTLS":
            guard answer(line, "220 go", context), let tls = shared.tls else { return }
            do {
                try context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
            } catch { context.close(promise: nil) }
        case "QUIT":
            answer(line, "221 bye", context)
            context.close(promise: nil)
        default: answer(line, "250 ok", context)
        }
    }

    private static func path(_ line: String) -> String {
        guard let start = line.firstIndex(of: "<"), let end = line.firstIndex(of: ">") else { return line }
        return String(line[line.index(after: start)..<end])
    }

    /// Answers as the script says; true when it left the standard reply, and that was positive.
    @discardableResult
    private func answer(_ command: String, _ standard: String, _ context: ChannelHandlerContext) -> Bool {
        let script = shared.script.withLock { $0 }
        let step = FakeServer.Step(
            connection: number,
            transaction: transaction,
            command: command,
            recipients: recipients.count
        )
        switch script(step) {
        case .standard:
            write(standard, context)
            return standard.first == "2" || standard.first == "3"
        case .reply(let text): write(text, context)
        case .last(let text):
            write(text, context)
            close(context)
        case .cut: close(context)
        case .silence: break
        }
        return false
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }

    private func close(_ context: ChannelHandlerContext) {
        isClosed = true
        context.close(promise: nil)
    }
}
