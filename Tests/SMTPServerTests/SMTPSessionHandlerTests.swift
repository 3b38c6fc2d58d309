// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailTransport
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import SMTPServer

/// The handler on a channel without a network.
@Suite(.timeLimit(.minutes(5)))
struct SMTPSessionHandlerTests {
    /// A channel whose greeting was read.
    private func channel(_ receiver: RecordingReceiver = RecordingReceiver()) async throws -> NIOAsyncTestingChannel {
        let channel = NIOAsyncTestingChannel()
        let settings = ListenerSettings(hostname: "relay.azienda.it", address: "127.0.0.1", port: 0)
        try await channel.testingEventLoop.executeInContext {
            let handler = SMTPSessionHandler(
                profile: ListenerProfile(settings),
                receiver: receiver,
                registry: SessionRegistry(),
                executor: EventLoopExecutor(channel.testingEventLoop),
                loop: channel.testingEventLoop,
                peer: PeerAddress(try SocketAddress(ipAddress: "::ffff:192.0.2.1", port: 25)),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 25))
        #expect(try await text(channel) == "220 relay.azienda.it ESMTP Ceralacca\r\n")
        return channel
    }

    private func text(_ channel: NIOAsyncTestingChannel) async throws -> String? {
        await channel.testingEventLoop.run()
        return try await channel.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) }
    }

    @Test
    func `the replies to the commands of one read go out in one write`() async throws {
        let channel = try await channel()
        try await channel.writeInbound(ByteBuffer(string: "HELO x\r\nNOOP\r\nVRFY a\r\nRSET\r\n"))
        let replies = try #require(try await text(channel))
        #expect(replies.split(separator: "\r\n").map { $0.prefix(3) } == ["250", "250", "252", "250"])
        #expect(try await text(channel) == nil)
        _ = try await channel.finish()
    }

    @Test
    func `a small message is one append and its session's facts name the client's IPv4 address`() async throws {
        let receiver = RecordingReceiver()
        let channel = try await channel(receiver)
        try await channel.writeInbound(ByteBuffer(string: "HELO x\r\nMAIL FROM:<>\r\n"))
        var replies = ""
        try await hear(&replies, until: "250 2.1.0 sender accepted\r\n", channel)
        try await channel.writeInbound(ByteBuffer(string: "RCPT TO:<a@b.it>\r\nDATA\r\nSubject: a\r\n"))
        try await channel.writeInbound(ByteBuffer(string: "\r\nb\r\n"))
        try await channel.writeInbound(ByteBuffer(string: ".\r\n"))
        try await hear(&replies, until: "queued as 1\r\n", channel)
        let message = try #require(receiver.messages.first)
        #expect(message.appends == 1 && message.content == "Subject: a\r\n\r\nb\r\n")
        #expect(message.session.peer == "192.0.2.1" && !message.session.isExtended)
        _ = try await channel.finish()
    }

    @Test
    func `a client that does not read its replies is not answered further until it does`() async throws {
        let channel = try await channel()
        try await channel.testingEventLoop.executeInContext {
            channel.isWritable = false
            channel.pipeline.fireChannelWritabilityChanged()
        }
        try await channel.writeInbound(ByteBuffer(string: "NOOP\r\nNOOP\r\n"))
        #expect(try await text(channel) == nil)
        try await channel.testingEventLoop.executeInContext {
            channel.isWritable = true
            channel.pipeline.fireChannelWritabilityChanged()
        }
        #expect(try await text(channel) == "250 2.0.0 OK\r\n250 2.0.0 OK\r\n")
        _ = try await channel.finish()
    }

    /// The receiver answers on the loop, in ticks of its own.
    private func hear(_ replies: inout String, until end: String, _ channel: NIOAsyncTestingChannel) async throws {
        while !replies.hasSuffix(end) {
            if let more = try await text(channel) { replies += more } else { await Task.yield() }
        }
    }
}
