// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
public import Logging
import MailModel
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// `ceralacca serve`: the gateway as a process, with its signals.
public enum GatewayProgram {
    /// How long a stop may take in all; what is still in flight then is cut, and nothing that was acknowledged is lost by it.
    static let longestStop = Duration.seconds(9)

    /// Runs the gateway by the file at `configurationPath` until SIGTERM or SIGINT; SIGHUP reads the file again.
    ///
    /// - Throws: `ConfigurationError` for a file with mistakes, `GatewayError` and the system's errors when it cannot start.
    public static func serve(configurationPath: String, logger: Logger) async throws {
        let loaded = try ConfigurationFile.load(configurationPath)
        for warning in loaded.warnings { logger.warning("configuration", metadata: ["remark": "\(warning)"]) }
        try StateOwner.check(loaded.configuration.state)
        let gateway = try Gateway(
            configuration: loaded.configuration,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        try await gateway.start()
        var group = ServiceGroupConfiguration(
            services: [
                .init(service: gateway, failureTerminationBehavior: .gracefullyShutdownGroup),
                .init(
                    service: Reloading(
                        gateway: gateway,
                        path: configurationPath,
                        outcome: ReloadOutcome(state: loaded.configuration.state),
                        logger: logger
                    )
                ),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = longestStop
        try await ServiceGroup(configuration: group).run()
    }

    /// Starts a gateway by the file at `configurationPath` inside another program.
    ///
    /// - Returns: the ports of its listeners, and what runs it until its task is cancelled.
    public static func start(
        configurationPath: String,
        logger: Logger
    ) async throws -> (ports: [Int], run: @Sendable () async throws -> Void) {
        let loaded = try ConfigurationFile.load(configurationPath)
        let gateway = try Gateway(
            configuration: loaded.configuration,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        let ports = try await gateway.start()
        return (ports, { try await gateway.run() })
    }

    /// Returns at SIGINT or SIGTERM, or when the task is cancelled.
    public static func awaitInterrupt() async {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return }
    }
}

/// Reads the configuration again at each SIGHUP; a file with mistakes changes nothing.
private struct Reloading: Service {
    let gateway: Gateway
    let path: String
    let outcome: ReloadOutcome
    let logger: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do {
                let loaded = try ConfigurationFile.load(path)
                for warning in loaded.warnings { logger.warning("configuration", metadata: ["remark": "\(warning)"]) }
                try await gateway.reload(loaded.configuration)
                tell(.applied(path: path))
            } catch {
                logger.error("the changed configuration is not used", metadata: ["error": "\(error)"])
                tell(.refused(reason: "\(error)"))
            }
        }
    }

    private func tell(_ ending: ReloadOutcome.Ending) {
        do throws(GatewayError) {
            try outcome.write(ending, at: SystemClock().now())
        } catch {
            logger.warning("`ceralacca reload` is not told", metadata: ["error": "\(error)"])
        }
    }
}
