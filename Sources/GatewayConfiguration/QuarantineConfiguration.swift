// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The quarantine, as `quarantine` describes it.
public struct QuarantineConfiguration: Hashable, Sendable {
    /// How long mail from the Internet waits in it for a person; nil for ever. Other mail always waits for a person.
    public var keep: Duration?

    /// Who gets the day's list of what scanners held back of the Internet's mail.
    public var digest: Reader

    /// The readers of the day's list.
    public enum Reader: String, Hashable, Sendable, CaseIterable {
        /// Nobody: the alert alone.
        case none
        /// The postmaster, of all.
        case postmaster
        /// Each recipient, of what was for him.
        case recipients
    }

    /// Thirty days, and a list for the postmaster, unless told otherwise.
    public init(keep: Duration? = .seconds(30 * 86_400), digest: Reader = .postmaster) {
        self.keep = keep
        self.digest = digest
    }
}
