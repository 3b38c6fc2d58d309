// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A gateway that was started for the demo.
public struct DemoGateway: Sendable {
    /// The port of its `exchange` listener on 127.0.0.1.
    public let exchangePort: Int
    /// Runs it until the task is cancelled.
    public let run: @Sendable () async throws -> Void
    /// What the gateway knows of the certified messages at the end of the story, line by line.
    public let tracking: @Sendable () async throws -> [String]

    /// A gateway that listens already; `run` does its work until it is cancelled.
    public init(
        exchangePort: Int,
        run: @escaping @Sendable () async throws -> Void,
        tracking: @escaping @Sendable () async throws -> [String] = { [] }
    ) {
        self.exchangePort = exchangePort
        self.run = run
        self.tracking = tracking
    }

    /// Starts a gateway by the configuration file at a path; its listener for Exchange asks for port 0.
    public typealias Start = @Sendable (_ configurationPath: String) async throws -> DemoGateway
}
