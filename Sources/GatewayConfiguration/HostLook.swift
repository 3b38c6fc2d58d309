// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a configuration needs of the machine that the gateway is to run on.
public enum HostQuestion: Hashable, Sendable {
    /// The state directory, an absolute path, for the gateway's user alone.
    case state(String)
    /// The address and the port of a listener.
    case listener(address: String, port: Int)
}

/// Why the machine does not give what a configuration needs.
public struct HostAnswer: Hashable, Sendable {
    /// What is wrong and what to do.
    public var words: String
    /// True when the gateway cannot start for it.
    public var isObstacle: Bool

    /// An answer.
    public init(_ words: String, isObstacle: Bool) {
        self.words = words
        self.isObstacle = isObstacle
    }
}

/// Looks whether the machine gives what is asked for; nil when it does. `state` is the configured state directory.
public typealias HostLook = (_ question: HostQuestion, _ state: String) -> HostAnswer?
