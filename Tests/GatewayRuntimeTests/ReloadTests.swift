// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import NIOCore
import NIOPosix
import QueueSQLite
import Testing

import struct TestLab.CertificateAuthority

@testable import GatewayRuntime

/// What a changed configuration does to a gateway that runs.
@Suite struct ReloadTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private let group = MultiThreadedEventLoopGroup.singleton

    init() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data("segreto\n".utf8).write(to: directory.appendingPathComponent("pec"))
        let path = directory.appendingPathComponent("pec").path
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    private func configuration(
        _ listeners: [String],
        minimumFree: String = "1MB",
        accounts: [String] = []
    ) throws -> Configuration {
        let accounts = accounts.map { address in
            "{address: \(address), provider: p, password: {file: \(directory.path)/pec}, deliver_to: [a@azienda.it]}"
        }
        return try ConfigurationFile.read(
            """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            state: \(directory.path)/state
            exchange: {servers: ["smtp://127.0.0.1:1"], domains: [azienda.it], tls: none}
            internet: {relay: "smtp://127.0.0.1:1", tls: none}
            queue: {minimum_free: \(minimumFree)}
            providers: {p: {submit: "smtps://127.0.0.1:1", pop3: "pop3s://127.0.0.1:1"}}
            accounts: [\(accounts.joined(separator: ", "))]
            listeners: [\(listeners.map { "{\($0)}" }.joined(separator: ", "))]
            """,
            path: "test.yaml"
        ).configuration
    }

    private func serve(
        _ first: Configuration,
        _ body: (Gateway) async throws -> Void
    ) async throws {
        let gateway = try Gateway(configuration: first, group: group, logger: logger)
        _ = try await gateway.start()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await gateway.run() }
            do { try await body(gateway) } catch {
                tasks.cancelAll()
                throw error
            }
            tasks.cancelAll()
        }
    }

    private func greet(_ port: Int) async throws {
        let reply = try await Conversation.open(port: port).say("NOOP")
        #expect(reply.hasPrefix("250"))
    }

    /// The reply to a recipient outside: what an exchange listener takes and an internet listener refuses.
    private func relayReply(_ session: Conversation) async throws -> String {
        _ = try await session.say("EHLO client.example")
        _ = try await session.say("MAIL FROM:<a@fuori.example>")
        return try await session.say("RCPT TO:<b@altrove.example>")
    }

    @Test func `a listener takes another role, and open sessions keep the one they were admitted under`() async throws {
        let port = try await FreePort.two().0
        let internet = "role: internet, address: \"127.0.0.1:\(port)\""
        let exchange = "role: exchange, address: \"127.0.0.1:\(port)\", allow: [127.0.0.1]"
        try await serve(configuration([internet])) { gateway in
            let before = try await Conversation.open(port: port)
            try await gateway.reload(configuration([exchange]))
            #expect(try await relayReply(before).hasPrefix("550"))
            let after = try await Conversation.open(port: port)
            #expect(try await relayReply(after).hasPrefix("250"))
            try await gateway.reload(configuration([internet]))
            let again = try await Conversation.open(port: port)
            #expect(try await relayReply(again).hasPrefix("550"))
        }
    }

    @Test func `a secret suffix opens a listener, and what it opened is closed when it goes`() async throws {
        let port = try await FreePort.two().0
        let secret = directory.appendingPathComponent("suffix").path
        try Data("4f9k2m7q1x8w3z6h\n".utf8).write(to: URL(fileURLWithPath: secret))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
        let provider = "role: provider, address: \"127.0.0.1:\(port)\""
        func reply(_ session: Conversation, _ recipient: String) async throws -> String {
            _ = try await session.say("EHLO client.example")
            _ = try await session.say("MAIL FROM:<>")
            return try await session.say("RCPT TO:<\(recipient)>")
        }
        let account = "azienda@pec.example.it"
        let suffixed = "azienda+4f9k2m7q1x8w3z6h@relay.azienda.it"
        func listeners(_ entries: String) throws -> Configuration {
            try configuration(["\(provider), \(entries)"], accounts: [account])
        }
        let open = "allow: [192.0.2.0/24], recipient_suffix: {file: \(secret)}"
        try await serve(listeners(open)) { gateway in
            let stranger = try await Conversation.open(port: port)
            #expect(try await reply(stranger, account).hasPrefix("550 5.1.1"))
            #expect(try await reply(stranger, suffixed).hasPrefix("250"))
            try Data("another-secret-0123\n".utf8).write(to: URL(fileURLWithPath: secret))
            try await gateway.reload(listeners(open))
            #expect(try await reply(stranger, suffixed).hasPrefix("550 5.1.1"))
            #expect(try await reply(stranger, "azienda+another-secret-0123@relay.azienda.it").hasPrefix("250"))
            try await gateway.reload(listeners("allow: [127.0.0.1]"))
            #expect(try await reply(stranger, "azienda+another-secret-0123@relay.azienda.it").hasPrefix("550 5.1.1"))
            #expect(try await reply(stranger, account).hasPrefix("550 5.1.1"), "it was admitted for a secret alone")
            #expect(try await reply(try await Conversation.open(port: port), account).hasPrefix("250"))
        }
    }

    @Test func `a listener gets and loses TLS on its address`() async throws {
        let port = try await FreePort.two().0
        let plain = "role: internet, address: \"127.0.0.1:\(port)\""
        let authority = try CertificateAuthority(in: "\(directory.path)/tls")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: authority.key)
        let secured = "\(plain), tls: {certificate: \(authority.certificate), key: \(authority.key)}"
        try await serve(configuration([plain])) { gateway in
            try await gateway.reload(configuration([secured]))
            let session = try await Conversation.open(port: port)
            #expect(try await session.say("EHLO client.example").contains("STARTTLS"))
            try await gateway.reload(configuration([plain]))
            let bare = try await Conversation.open(port: port)
            #expect(try await bare.say("EHLO client.example").contains("STARTTLS") == false)
        }
    }

    @Test func `an address that cannot be bound changes nothing`() async throws {
        let free = try await FreePort.two()
        let taken = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = taken.localAddress?.port ?? 0
        let old = "role: internet, address: \"127.0.0.1:\(free.0)\""
        try await serve(configuration([old])) { gateway in
            let changed = try configuration(
                [
                    "role: exchange, address: \"127.0.0.1:\(free.0)\", allow: [127.0.0.1]",
                    "role: internet, address: \"127.0.0.1:\(free.1)\"",
                    "role: internet, address: \"127.0.0.1:\(port)\"",
                ],
                minimumFree: "900000GB"
            )
            let error = await #expect(throws: GatewayError.self) { try await gateway.reload(changed) }
            #expect(error?.description.contains("127.0.0.1:\(port)") == true)
            let session = try await Conversation.open(port: free.0)
            #expect(try await relayReply(session).hasPrefix("550"))
            await #expect(throws: (any Error).self) { try await Conversation.open(port: free.1) }
            try await taken.close()
            // The same configuration is tried as a whole once more.
            try await gateway.reload(changed)
            try await greet(port)
        }
    }

    @Test func `a listener of one address makes way for one of all addresses`() async throws {
        let port = try await FreePort.two().0
        let one = "role: internet, address: \"127.0.0.1:\(port)\""
        let all = "role: internet, address: \"0.0.0.0:\(port)\""
        try await serve(configuration([one])) { gateway in
            try await gateway.reload(configuration([all]))
            try await greet(port)
            try await gateway.reload(configuration([one]))
            try await greet(port)
        }
    }

    @Test func `one that has made way listens again when the change fails`() async throws {
        let free = try await FreePort.two()
        let other = try await ServerBootstrap(group: group).bind(host: "127.0.0.2", port: free.0).get()
        let one = "role: internet, address: \"127.0.0.1:\(free.0)\""
        try await serve(configuration([one])) { gateway in
            await #expect(throws: GatewayError.self) {
                try await gateway.reload(configuration(["role: internet, address: \"0.0.0.0:\(free.0)\""]))
            }
            try await greet(free.0)
        }
        try await other.close()
    }

    @Test func `the room that is to stay free changes at once`() async throws {
        let port = try await FreePort.two().0
        let listener = "role: internet, address: \"127.0.0.1:\(port)\""
        try await serve(configuration([listener])) { gateway in
            let session = try await Conversation.open(port: port)
            _ = try await session.say("EHLO client.example")
            try await gateway.reload(configuration([listener], minimumFree: "900000GB"))
            #expect(try await session.say("MAIL FROM:<a@fuori.example>").hasPrefix("452"))
            try await gateway.reload(configuration([listener]))
            #expect(try await session.say("MAIL FROM:<a@fuori.example>").hasPrefix("250"))
        }
    }

    @Test func `alerts of what is not configured any more end with the reload`() async throws {
        let port = try await FreePort.two().0
        let listener = "role: internet, address: \"127.0.0.1:\(port)\""
        try await serve(configuration([listener], accounts: ["a@pec.it", "b@pec.it"])) { gateway in
            let store = try SQLiteQueue.open(directory: "\(directory.path)/state", minimumFree: 0)
            let keys = ["account:a@pec.it:login", "account:b@pec.it:mailbox-full", "lane:account:b@pec.it:down"]
            for key in keys {
                let alert = Alert(key: key, since: SystemClock().now(), summary: "s", affects: "a", remedy: "r")
                _ = try await store.raise(alert, notice: nil)
            }
            try await gateway.reload(configuration([listener], accounts: ["a@pec.it"]))
            #expect(try await store.openAlerts().map(\.key) == ["account:a@pec.it:login"])
            await store.close()
        }
    }

    @Test func `alerts of what left the configuration while no gateway ran end at the start`() async throws {
        let port = try await FreePort.two().0
        let listener = "role: internet, address: \"127.0.0.1:\(port)\""
        let store = try SQLiteQueue.open(directory: "\(directory.path)/state", minimumFree: 0)
        let old = Alert(
            key: "account:gone@pec.it:login-pop3",
            since: SystemClock().now(),
            summary: "s",
            affects: "a",
            remedy: "r"
        )
        _ = try await store.raise(old, notice: nil)
        try await serve(configuration([listener])) { _ in
            let deadline = ContinuousClock.now + .seconds(60)
            while try await !store.openAlerts().isEmpty, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await store.openAlerts().map(\.key) == [])
        }
        await store.close()
    }
}
