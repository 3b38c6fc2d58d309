// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The name of a mailbox, as people write it and as it stands on the wire in modified UTF-7 (RFC 3501 §5.1.3).
///
/// ```text
/// Posta è arrivata & letta   ⇄   Posta &AOg- arrivata &- letta
/// ```
public struct IMAPMailboxName: Hashable, Sendable, CustomStringConvertible {
    /// The mailbox that every account has; its name is written in any case.
    public static let inbox = IMAPMailboxName("INBOX")

    /// The name as people write it; INBOX always in capitals.
    public let text: String

    /// A name in Unicode.
    public init(_ text: String) {
        self.text = text.uppercased() == "INBOX" ? "INBOX" : text
    }

    /// The form of the wire: printable ASCII alone, whatever the name.
    public var encoded: String {
        var result = ""
        var shifted: [UInt16] = []
        for scalar in text.unicodeScalars {
            guard (0x20...0x7E).contains(scalar.value) else {
                shifted += UTF16.encode(scalar).map(Array.init) ?? []
                continue
            }
            result += Self.shift(&shifted)
            result += scalar == "&" ? "&-" : String(Character(scalar))
        }
        return result + Self.shift(&shifted)
    }

    private static func shift(_ units: inout [UInt16]) -> String {
        guard !units.isEmpty else { return "" }
        defer { units = [] }
        return "&\(ModifiedBase64.encode(units))-"
    }

    /// The name as people write it.
    public var description: String { text }
}

/// Base 64 with `,` in place of `/` and without padding, over UTF-16 in network order (RFC 3501 §5.1.3).
enum ModifiedBase64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

    static func encode(_ units: [UInt16]) -> String {
        var result: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for unit in units {
            for octet in [UInt8(unit >> 8), UInt8(unit & 0xFF)] {
                bits = bits << 8 | UInt32(octet)
                count += 8
                while count >= 6 {
                    count -= 6
                    result.append(alphabet[Int(bits >> UInt32(count) & 63)])
                }
                bits &= (1 << UInt32(count)) - 1
            }
        }
        if count > 0 { result.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: result, as: UTF8.self)
    }
}
