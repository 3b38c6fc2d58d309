// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CertifiedTracking
internal import GatewayConfiguration
internal import GatewayRuntime
internal import Glibc
internal import Logging
internal import MailQueue
internal import NIOPosix
internal import Sandbox

/// `demo`: the whole world on loopback.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract:
            "Run a whole world on loopback: the gateway, a simulated certified provider and a simulated Exchange.",
        discussion:
            "It sends three PECs (delivered, refused, not delivered), shows their receipts and what tracking says of them, then goes on until Ctrl-C. Nothing needs to be configured."
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
                return DemoGateway(exchangePort: port, run: run) { try await Self.tracking(path) }
            }
        )
        let status = await withTaskCancellationOnInterrupt { await demo.run() }
        guard status == 0 else { throw SilentExit(status: status) }
    }

    /// What `pec list` shows of the gateway with the configuration at `path`.
    private static func tracking(_ path: String) async throws -> DemoGateway.Tracking {
        let configuration = try ConfigurationFile.load(path, checkingFiles: false).configuration
        let store = try CommandEnvironment.current.open(configuration.state)
        do {
            let messages = try await store.trackedMessages(.all, limit: 10)
            await store.close()
            let states = messages.map { ($0.messageID, $0.recipients.map(\.state.rawValue).joined(separator: ", ")) }
            return DemoGateway.Tracking(
                states: Dictionary(states, uniquingKeysWith: { first, _ in first }),
                lines: messages.isEmpty ? [] : PecListing.table(messages).lines
            )
        } catch {
            await store.close()
            throw error
        }
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
