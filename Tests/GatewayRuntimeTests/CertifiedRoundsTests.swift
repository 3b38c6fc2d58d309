// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
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

/// A whole gateway on a state directory that another one left behind.
@Suite struct CertifiedRoundsTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private let group = MultiThreadedEventLoopGroup.singleton

    @Test func `a gateway that starts tells what is late, whom it may concern, and makes up the digest`() async throws {
        let traffic = try CertifiedTraffic()
        let now = SystemClock().now() - CertifiedTraffic.start
        try await traffic.submit("late", after: now - .seconds(7200))
        try await traffic.settle(.delivered, after: now - .seconds(7200))
        try await traffic.submit("lost", after: now - .seconds(3600))
        try await traffic.settle(.uncertain, after: now - .seconds(3600))
        try await traffic.receive(.accepted, of: "other", after: now - .seconds(3 * 86_400), waitsForDigest: true)
        await traffic.store.close()
        let receiver = RecordedMail()
        let exchange = SMTPListener(
            settings: ListenerSettings(hostname: "exch1", address: "127.0.0.1", port: 0),
            receiver: receiver,
            group: group,
            logger: logger
        )
        let configuration = try ConfigurationFile.read(
            """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            state: \(traffic.directory)
            exchange: {servers: ["smtp://127.0.0.1:\(try await exchange.start())"], domains: [azienda.it], tls: none}
            queue: {minimum_free: 1MB}
            accounts:
              - {address: azienda@pec.it, provider: aruba, password: {env: HOME}, deliver_to: [protocollo@azienda.it], fetch: {protocol: none}}
            """,
            path: "test.yaml"
        )
        .configuration
        let gateway = try Gateway(configuration: configuration, group: group, logger: logger)
        _ = try await gateway.start()
        await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await exchange.run() }
            tasks.addTask { try await gateway.run() }
            let wanted = [
                "no receipt of acceptance": "postmaster@azienda.it", "Outcome uncertain": "mario@azienda.it",
                "Receipts of acceptance": "protocollo@azienda.it", "Nobody knows whether": "postmaster@azienda.it",
            ]
            var found: [String: String] = [:]
            while found.count < wanted.count {
                let message = await receiver.next()
                let subject =
                    HeaderSection(.init(string: message.content)).first("Subject").map(EncodedWord.decode) ?? ""
                let name = wanted.keys.first { subject.contains($0) } ?? subject
                found[name] = message.envelope.recipients.first?.forwardPath.description
            }
            #expect(found == wanted)
            tasks.cancelAll()
        }
    }
}
