// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import GatewayRuntime
import Logging
import NIOPosix
import Testing

/// What the configuration says of a provider is what Exchange is told.
@Suite(.timeLimit(.minutes(5)))
struct SubmissionRulesTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    private func configuration(_ limits: String) throws -> Configuration {
        try ConfigurationFile.read(
            """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            state: \(directory.path)/state
            exchange: {servers: ["smtp://127.0.0.1:1"], domains: [azienda.it], tls: none}
            queue: {minimum_free: 1MB}
            listeners: [{role: exchange, address: "127.0.0.1:0", allow: [127.0.0.1]}]
            providers: {comune: {certified: true, submit: "smtps://127.0.0.1:1", limits: \(limits)}}
            accounts:
              - address: azienda@pec.comune.it
                provider: comune
                password: {env: PATH}
                deliver_to: [protocollo@azienda.it]
            """,
            path: "test.yaml",
            checkingFiles: false
        ).configuration
    }

    private static let file =
        "From: azienda@pec.comune.it\r\nTo: ente@pec.fuori.example\r\nContent-Type: x/y; name=setup.exe\r\n\r\n"
        + String(repeating: "0123456789\r\n", count: 100)

    @Test(arguments: [
        ("{refused_extensions: [exe]}", "550-5.7.1 PEC non inviata: il gestore comune non ammette allegati .exe"),
        (
            "{total_bytes: 1kB}",
            "552-5.3.4 PEC non inviata: il messaggio e' di 1"
        ),
    ])
    func `the limits of a provider are judged while Exchange listens`(_ limits: String, _ wanted: String) async throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let gateway = try Gateway(
            configuration: configuration(limits),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let port = try await gateway.start()[0]
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await gateway.run() }
            let reply = try await Conversation.send(Self.file, to: "ente@pec.fuori.example", port: port)
            #expect(reply.hasPrefix(wanted), "\(reply)")
            tasks.cancelAll()
        }
        try FileManager.default.removeItem(at: directory)
    }
}
