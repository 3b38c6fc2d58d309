// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The unique identifier of a message in its mailbox, under one UIDVALIDITY (RFC 3501 §2.3.1.1).
public struct IMAPUID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 1...
    public let rawValue: UInt32

    /// An identifier; nil for 0, which names no message.
    public init?(_ rawValue: UInt32) {
        guard rawValue > 0 else { return nil }
        self.rawValue = rawValue
    }

    /// Reads a decimal number.
    public init?(_ text: some StringProtocol) {
        guard let number = IMAPNumber.read(text), let value = UInt32(exactly: number) else { return nil }
        self.init(value)
    }

    /// Orders by age in the mailbox.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The number.
    public var description: String { "\(rawValue)" }
}

/// What the unique identifiers of a mailbox are worth: under another value they name other messages (RFC 3501 §2.3.1.1).
public struct UIDValidity: Hashable, Sendable, CustomStringConvertible {
    /// 1...
    public let rawValue: UInt32

    /// A value; nil for 0.
    public init?(_ rawValue: UInt32) {
        guard rawValue > 0 else { return nil }
        self.rawValue = rawValue
    }

    /// Reads a decimal number.
    public init?(_ text: some StringProtocol) {
        guard let number = IMAPNumber.read(text), let value = UInt32(exactly: number) else { return nil }
        self.init(value)
    }

    /// The number.
    public var description: String { "\(rawValue)" }
}

/// Numbers as they stand on the wire.
enum IMAPNumber {
    /// A decimal number without a sign, of 18 digits at most; nil for anything else.
    static func read(_ text: some StringProtocol) -> Int? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
