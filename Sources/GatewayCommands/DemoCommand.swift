// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayRuntime
internal import Glibc
internal import Logging
internal import NIOPosix
internal import Sandbox

/// `demo`: the whole world on loopback.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract:
            "Run a whole world on loopback: the gateway, a simulated certified provider and a simulated Exchange.",
        discussion: "It sends a PEC and shows its receipts, then goes on until Ctrl-C. Nothing needs to be configured."
    )

    @Flag(help: "End after the receipts, with exit status 0.")
    var once = false
    @Flag(help: "Show the gateway's log too, on standard error.")
    var verbose = false

    func run() async throws {
        let environment = CommandEnvironment.current
        let level: Logger.Level = verbose ? .info : .error
        LoggingSystem.bootstrap { GatewayLogHandler(label: $0, format: .text, level: level) }
        let logger = Logger(label: "demo")
        let demo = Demo(
            settings: .init(endsAfterReceipts: once),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logger,
            say: { line in
                do { try environment.print(line) } catch { environment.warn(line) }
            },
            start: { path in
                let (ports, run) = try await GatewayProgram.start(configurationPath: path, logger: logger)
                guard let port = ports.first else { throw GatewayError("the demo's configuration opens no port") }
                return DemoGateway(exchangePort: port, run: run)
            }
        )
        let status = await withTaskCancellationOnInterrupt { await demo.run() }
        guard status == 0 else { throw SilentExit(status: status) }
    }

    /// Cancels `operation` at Ctrl-C or SIGTERM.
    private func withTaskCancellationOnInterrupt(_ operation: @escaping @Sendable () async -> Int32) async -> Int32 {
        await withTaskGroup(of: Int32?.self) { tasks in
            tasks.addTask { await operation() }
            tasks.addTask {
                await GatewayProgram.awaitInterrupt()
                return nil
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            return first ?? 0
        }
    }
}
