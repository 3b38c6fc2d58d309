// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A gateway that was started for the demo.
public struct DemoGateway: Sendable {
    /// The port of its `exchange` listener on 127.0.0.1.
    public let exchangePort: Int
    /// Runs it until the task is cancelled.
    public let run: @Sendable () async throws -> Void
    /// What the gateway knows of the certified messages.
    public let tracking: @Sendable () async throws -> Tracking

    /// A gateway that listens already; `run` does its work until it is cancelled.
    public init(
        exchangePort: Int,
        run: @escaping @Sendable () async throws -> Void,
        tracking: @escaping @Sendable () async throws -> Tracking = { Tracking() }
    ) {
        self.exchangePort = exchangePort
        self.run = run
        self.tracking = tracking
    }

    /// What a gateway knows of certified messages.
    public struct Tracking: Sendable {
        /// The state of each message's one recipient, in the gateway's words, by Message-ID.
        public var states: [String: String]
        /// All of it as a command shows it, line by line.
        public var lines: [String]

        /// Nothing is known unless it is given.
        public init(states: [String: String] = [:], lines: [String] = []) {
            self.states = states
            self.lines = lines
        }
    }

    /// Starts a gateway by the configuration file at a path; its listener for Exchange asks for port 0.
    public typealias Start = @Sendable (_ configurationPath: String) async throws -> DemoGateway
}
