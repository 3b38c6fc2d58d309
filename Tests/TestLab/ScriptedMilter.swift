// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Synchronization

/// A milter on loopback that answers as it is told to, and remembers what it heard.
package final class ScriptedMilter: Sendable {
    /// What it does.
    package struct Script: Sendable {
        package var version: UInt32
        package var actions: UInt32
        package var steps: UInt32
        /// By the letter of a command, what it sends; `continue` where nothing stands here.
        package var answers: [Character: [UInt8]]
        /// The letter of the command behind whose answer it closes the connection.
        package var closesAfter: Character?

        /// A milter that agrees to everything, unless told otherwise.
        package init(
            version: UInt32 = 6,
            actions: UInt32 = 0xFF,
            steps: UInt32 = 0,
            answers: [Character: [UInt8]] = [:],
            closesAfter: Character? = nil
        ) {
            self.version = version
            self.actions = actions
            self.steps = steps
            self.answers = answers
            self.closesAfter = closesAfter
        }
    }

    /// Its port on 127.0.0.1.
    package let port: Int
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let memory = Memory()

    /// What it heard, a command each: its letter and its data, NUL as `|`.
    package var heard: [String] { memory.heard.withLock(\.self) }
    /// Connections that it took.
    package var connections: Int { memory.connections.withLock(\.self) }

    /// Listens.
    package init(_ script: Script) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let memory = memory
        channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script, memory))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// Stops listening.
    package func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }

    /// A reply: letter, perhaps a number, data.
    package static func frame(_ letter: Character, _ data: String = "", number: UInt32? = nil) -> [UInt8] {
        var content = ByteBuffer(string: String(letter))
        if let number { content.writeInteger(number) }
        content.writeString(data)
        var frame = ByteBuffer(integer: UInt32(content.readableBytes))
        frame.writeImmutableBuffer(content)
        return Array(frame.readableBytesView)
    }

    private final class Memory: Sendable {
        let heard = Mutex<[String]>([])
        let connections = Mutex(0)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let script: Script
        private let memory: Memory
        private var pending = ByteBuffer()

        init(_ script: Script, _ memory: Memory) {
            self.script = script
            self.memory = memory
        }

        func channelActive(context: ChannelHandlerContext) { memory.connections.withLock { $0 += 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending.writeImmutableBuffer(unwrapInboundIn(data))
            while let length = pending.getInteger(at: pending.readerIndex, as: UInt32.self),
                pending.readableBytes >= 4 + Int(length)
            {
                pending.moveReaderIndex(forwardBy: 4)
                guard let command = pending.readString(length: Int(length)), let letter = command.first else { return }
                memory.heard.withLock { $0.append(command.replacing("\0", with: "|")) }
                answer(letter, context)
            }
        }

        private func answer(_ letter: Character, _ context: ChannelHandlerContext) {
            if letter == "D" || letter == "A" { return }
            if letter == "Q" { return context.close(promise: nil) }
            var reply = ByteBuffer()
            if let told = script.answers[letter] {
                reply.writeBytes(told)
            } else if letter == "O" {
                reply.writeInteger(UInt32(13))
                reply.writeString("O")
                for number in [script.version, script.actions, script.steps] { reply.writeInteger(number) }
            } else {
                reply.writeBytes(ScriptedMilter.frame("c"))
            }
            context.writeAndFlush(wrapOutboundOut(reply), promise: nil)
            if letter == script.closesAfter { context.close(promise: nil) }
        }
    }
}
