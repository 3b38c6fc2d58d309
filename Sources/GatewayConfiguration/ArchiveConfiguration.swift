// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The archive of certified mail, as `archive` describes it.
public struct ArchiveConfiguration: Hashable, Sendable {
    /// How long certified messages and receipts are kept; nil for ever.
    public var keep: Duration?

    /// Ten years unless told otherwise.
    public init(keep: Duration? = .seconds(3650 * 86_400)) {
        self.keep = keep
    }
}
