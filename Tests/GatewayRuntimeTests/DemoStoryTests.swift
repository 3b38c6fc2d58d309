// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import GatewayConfiguration
import GatewayRuntime
import Logging
import MailQueue
import NIOPosix
import QueueSQLite
import Sandbox
import Synchronization
import Testing

struct DemoStoryTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var text: String { lines.withLock { $0.joined(separator: "\n") } }
    }

    @Test
    func `PECs delivered, refused and not delivered: receipts come back, signatures whole, maildrops empty`() async {
        let quiet = Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() }
        let lines = Lines()
        let demo = Demo(
            settings: Demo.Settings(endsAfterReceipts: true),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: quiet,
            say: { lines.add($0) },
            start: { path in
                let (ports, run) = try await GatewayProgram.start(configurationPath: path, logger: quiet)
                return DemoGateway(exchangePort: ports[0], run: run) { try await Self.tracking(path) }
            }
        )
        let status = await demo.run()
        #expect(status == 0, "\(lines.text)")
        #expect(lines.text.contains("6 of 6 signatures valid"), "\(lines.text)")
        for words in [
            "fornitore@pec.gestore.example is delivered", "riservato@pec.gestore.example is refused",
            "casella-piena@pec.gestore.example is failed",
        ] { #expect(lines.text.contains(words), "\(lines.text)") }
    }

    private static func tracking(_ path: String) async throws -> DemoGateway.Tracking {
        let configuration = try ConfigurationFile.load(path, checkingFiles: false).configuration
        let store = try SQLiteQueue.open(directory: configuration.state)
        let messages = try await store.trackedMessages(.all, limit: 10)
        await store.close()
        let states = messages.map { ($0.messageID, $0.recipients.map(\.state.rawValue).joined(separator: ", ")) }
        return DemoGateway.Tracking(states: Dictionary(states, uniquingKeysWith: { first, _ in first }))
    }
}
