// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOPosix
import Testing

@testable import Sandbox

struct DemoTests {
    private final class Lines: Sendable {
        let all = Arrivals<String>()
        func add(_ line: String) { all.add(line) }
        var text: String { all.all.joined(separator: "\n") }
    }

    private func demo(_ lines: Lines, start: @escaping DemoGateway.Start) -> Demo {
        Demo(
            settings: Demo.Settings(endsAfterReceipts: true),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Fixtures.quiet,
            say: { lines.add($0) },
            start: start
        )
    }

    @Test
    func `a gateway that takes the message and does nothing is found out, with the missing steps in words`()
        async throws
    {
        let lines = Lines()
        var demo = demo(lines) { _ in
            let idle = try await SimulatedExchange.open(
                domains: [DemoWorld.supplier.domain],
                group: MultiThreadedEventLoopGroup.singleton,
                logger: Fixtures.quiet
            )
            return DemoGateway(exchangePort: idle.port, run: idle.run)
        }
        demo.expiry = { _ = try await lines.all.first { $0.contains("took it: 250") } }
        #expect(await demo.run() == 1)
        #expect(lines.text.contains("Missing:\n  - \(DemoStep.submitted.rawValue)"))
        #expect(!lines.text.contains("- \(DemoStep.handedOver.rawValue)"))
    }

    @Test
    func `a gateway that does not start, and one that stops, end the demo with their reason`() async throws {
        for isStarted in [false, true] {
            let lines = Lines()
            let demo = demo(lines) { _ in
                guard isStarted else { throw SandboxError(.start, "port taken") }
                return DemoGateway(exchangePort: 1) { throw SandboxError(.start, "port taken") }
            }
            #expect(await demo.run() == 1)
            #expect(lines.text.contains("The demo could not run: "))
        }
    }

    @Test
    func `the demo that goes on ends when its task is cancelled`() async throws {
        let lines = Lines()
        let started = Arrivals<Int>()
        let demo = Demo(
            settings: Demo.Settings(endsAfterReceipts: false),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Fixtures.quiet,
            say: { lines.add($0) },
            start: { _ in
                let idle = try await SimulatedExchange.open(
                    domains: [DemoWorld.supplier.domain],
                    group: MultiThreadedEventLoopGroup.singleton,
                    logger: Fixtures.quiet
                )
                return DemoGateway(exchangePort: idle.port) {
                    started.add(1)
                    try await idle.run()
                }
            }
        )
        let task = Task { await demo.run() }
        _ = try await started.first { $0 == 1 }
        task.cancel()
        #expect(await task.value == 0)
    }
}
