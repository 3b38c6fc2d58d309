// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The quarantine, as `quarantine` describes it.
public struct QuarantineConfiguration: Hashable, Sendable {
    /// How long mail from the Internet waits in it for a person; nil for ever. Other mail always waits for a person.
    public var keep: Duration?

    /// Thirty days unless told otherwise.
    public init(keep: Duration? = .seconds(30 * 86_400)) {
        self.keep = keep
    }
}
