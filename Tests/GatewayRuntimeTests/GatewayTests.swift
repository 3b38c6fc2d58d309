// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import GatewayRuntime
import Logging
import MailModel
import MailQueue
import NIOCore
import NIOPosix
import QueueSQLite
import SMTPServer
import Testing

/// A whole gateway in the test's process, on free ports of loopback.
@Suite struct GatewayTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private let group = MultiThreadedEventLoopGroup.singleton

    init() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func configuration(listeners: [Int], exchangePort: Int = 1, state: String = "state") throws -> Configuration
    {
        let ports = listeners.map { "  - {role: internet, address: \"127.0.0.1:\($0)\"}" }.joined(separator: "\n")
        return try ConfigurationFile.read(
            """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            state: \(directory.path)/\(state)
            exchange: {servers: ["smtp://127.0.0.1:\(exchangePort)"], domains: [azienda.it], tls: none}
            queue: {minimum_free: 1MB}
            listeners:
            \(ports)
            """,
            path: "test.yaml"
        ).configuration
    }

    @Test func `mail by a listener reaches Exchange`() async throws {
        let receiver = RecordedMail()
        let exchange = SMTPListener(
            settings: ListenerSettings(hostname: "exch1", address: "127.0.0.1", port: 0),
            receiver: receiver,
            group: group,
            logger: logger
        )
        let exchangePort = try await exchange.start()
        let gateway = try Gateway(
            configuration: configuration(listeners: [0], exchangePort: exchangePort),
            group: group,
            logger: logger
        )
        let port = try await gateway.start()[0]
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await exchange.run() }
            tasks.addTask { try await gateway.run() }
            let reply = try await Conversation.send(
                "From: a@fuori.example\r\nSubject: prova\r\n\r\nciao\r\n",
                to: "ugo@azienda.it",
                port: port
            )
            #expect(reply.hasPrefix("250"))
            let message = await receiver.next()
            #expect(message.envelope.recipients.map(\.forwardPath.description) == ["ugo@azienda.it"])
            #expect(message.content.hasSuffix("From: a@fuori.example\r\nSubject: prova\r\n\r\nciao\r\n"))
            tasks.cancelAll()
        }
    }

    @Test func `a number that cannot be written keeps no gateway from its work`() async throws {
        let gateway = try Gateway(configuration: configuration(listeners: [0]), group: group, logger: logger)
        // What stands in the way of the file, as a full disk would.
        try FileManager.default.createDirectory(
            atPath: ProcessFile(state: "\(directory.path)/state").path,
            withIntermediateDirectories: false
        )
        let port = try await gateway.start()[0]
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await gateway.run() }
            let session = try await Conversation.open(port: port)
            #expect(try await session.say("NOOP").hasPrefix("250"))
            tasks.cancelAll()
        }
    }

    @Test func `the outcome of a reload is one line, and is read back`() throws {
        let outcome = ReloadOutcome(state: directory.path)
        let moment = Timestamp(milliseconds: 1_795_428_000_000)
        #expect(ReloadOutcome.read("") == nil)
        for ending in [ReloadOutcome.Ending.applied(path: "/etc/un file.yaml"), .refused(reason: "a; b")] {
            try outcome.write(ending, at: moment)
            let text = try String(contentsOfFile: outcome.path, encoding: .utf8)
            #expect(ReloadOutcome.read(text) == ending)
        }
        try outcome.write(.refused(reason: "a\nb"), at: moment)
        #expect(try String(contentsOfFile: outcome.path, encoding: .utf8) == "1795428000000 refused a; b\n")
    }

    @Test func `a second gateway on the same state is refused`() async throws {
        let first = try Gateway(configuration: configuration(listeners: [0]), group: group, logger: logger)
        let error = #expect(throws: GatewayError.self) {
            try Gateway(configuration: configuration(listeners: [0]), group: group, logger: logger)
        }
        #expect(error?.description.isEmpty == false)
        withExtendedLifetime(first) {}
    }

    @Test func `a reload opens and closes listeners and leaves open sessions alone`() async throws {
        let free = try await FreePort.two()
        let gateway = try Gateway(configuration: configuration(listeners: [free.0]), group: group, logger: logger)
        _ = try await gateway.start()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await gateway.run() }
            let session = try await Conversation.open(port: free.0)
            try await gateway.reload(configuration(listeners: [free.0, free.1]))
            #expect(try await session.say("NOOP").hasPrefix("250"))
            let second = try await Conversation.open(port: free.1)
            #expect(try await second.say("NOOP").hasPrefix("250"))
            try await gateway.reload(configuration(listeners: [free.0]))
            await #expect(throws: (any Error).self) { try await Conversation.open(port: free.1) }
            #expect(try await session.say("NOOP").hasPrefix("250"))
            tasks.cancelAll()
        }
    }

    @Test func `a changed state directory needs a restart, and nothing else of the file applies`() async throws {
        let gateway = try Gateway(configuration: configuration(listeners: [0]), group: group, logger: logger)
        let error = await #expect(throws: GatewayError.self) {
            try await gateway.reload(configuration(listeners: [0], state: "elsewhere"))
        }
        #expect(error?.description.contains("restart") == true)
    }
}
