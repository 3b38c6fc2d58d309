// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The identifier that follows a message from its arrival to its end, in the queue, the log and the Received field.
///
/// Sixteen characters of Crockford's base 32: 48 bits of milliseconds since 1970 and 32 random bits, so that identifiers sort by
/// arrival and two gateways on one store do not meet.
public struct QueueID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The sixteen characters.
    public let rawValue: String

    /// An identifier read back from where it was stored or typed; nil unless it is sixteen characters of the alphabet.
    public init?(_ text: String) {
        let upper = text.uppercased()
        guard upper.utf8.count == 16, upper.utf8.allSatisfy({ Self.alphabet.contains($0) }) else { return nil }
        rawValue = upper
    }

    /// A new identifier for a message that arrived at `arrival`.
    public init(arrival: Timestamp, using generator: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(clamping: arrival.milliseconds) & 0xFFFF_FFFF_FFFF
        let random = UInt64(UInt32.random(in: .min ... .max, using: &generator))
        var characters: [UInt8] = []
        characters.reserveCapacity(16)
        // 80 bits from the top: 48 of time, 32 of chance, five at a time.
        for position in 0..<16 {
            var value = 0
            for bit in position * 5..<position * 5 + 5 {
                let isSet = bit < 48 ? milliseconds >> UInt64(47 - bit) & 1 : random >> UInt64(79 - bit) & 1
                value = value << 1 | Int(isSet)
            }
            characters.append(Self.alphabet[value])
        }
        rawValue = String(decoding: characters, as: UTF8.self)
    }

    /// A new identifier with the system's random numbers.
    public init(arrival: Timestamp) {
        var generator = SystemRandomNumberGenerator()
        self.init(arrival: arrival, using: &generator)
    }

    /// The earlier arrival first.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The identifier as logs, commands and the queue write it.
    public var description: String { rawValue }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}
