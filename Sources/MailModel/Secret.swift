// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A password, key or token: it compares and travels, but no description, mirror or interpolation shows it.
///
/// - SeeAlso: promise P7 of the gateway: secrets appear in no log, error, metric, page, process list or world-readable file.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Wraps `value`.
    public init(_ value: String) {
        self.value = value
    }

    /// The secret itself; call it only where it is put on the wire or into a digest.
    public func reveal() -> String { value }

    /// A placeholder, never the secret.
    public var description: String { "<secret>" }
    /// A placeholder, never the secret.
    public var debugDescription: String { "<secret>" }
    /// Nothing: a dump of a value shows no secret either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
