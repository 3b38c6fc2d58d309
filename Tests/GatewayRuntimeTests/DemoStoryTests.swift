// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayRuntime
import Logging
import NIOPosix
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
                return DemoGateway(exchangePort: ports[0], run: run)
            }
        )
        let status = await demo.run()
        #expect(status == 0, "\(lines.text)")
        #expect(lines.text.contains("6 of 6 signatures valid"), "\(lines.text)")
    }
}
