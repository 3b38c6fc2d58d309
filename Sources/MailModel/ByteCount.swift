// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A size in octets.
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of octets, 0 or more.
    public let octets: Int

    /// A size of `octets` octets.
    public init(octets: Int) {
        self.octets = octets
    }

    /// `count` megabytes of 1,000,000 octets, as providers state their limits.
    public static func megabytes(_ count: Int) -> Self { Self(octets: count * 1_000_000) }

    /// The smaller size first.
    public static func < (left: Self, right: Self) -> Bool { left.octets < right.octets }

    /// The size in the largest decimal unit that leaves a short number: `12 MB`, `340 kB`, `17 B`.
    public var description: String {
        switch octets {
        case 1_000_000_000...: "\(octets / 1_000_000_000).\(octets / 100_000_000 % 10) GB"
        case 1_000_000...: "\(octets / 1_000_000) MB"
        case 1000...: "\(octets / 1000) kB"
        default: "\(octets) B"
        }
    }
}
