// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Parameters in `application/x-www-form-urlencoded`, as requests and redirections have them (RFC 6749 appendix B).
///
/// ```text
/// grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA&client_id=s6BhdRkqt3
/// ```
public struct OAuthForm: Hashable, Sendable {
    /// Octets of the longest query that is read.
    public static let maximumOctets = 16_384

    private var pairs: [(name: String, value: Secret)] = []

    init(_ pairs: [(String, String)]) {
        self.pairs = pairs.map { ($0.0, Secret($0.1)) }
    }

    /// Reads a query; nil when it is too long, not encoded as it must be, or has a parameter twice (RFC 6749 §3.1).
    public init?(query: String) {
        guard query.utf8.count <= Self.maximumOctets else { return nil }
        for part in query.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(sides[0]), let value = Self.decode(sides.count == 2 ? sides[1] : ""),
                self[name] == nil
            else { return nil }
            pairs.append((name, Secret(value)))
        }
    }

    /// The value of a parameter, which may be secret.
    public subscript(_ name: String) -> Secret? { pairs.first { $0.name == name }?.value }

    mutating func add(_ name: String, _ value: Secret) { pairs.append((name, value)) }

    /// The octets to send.
    public var encoded: Secret {
        Secret(pairs.map { "\(Self.encode($0.name))=\(Self.encode($0.value.reveal()))" }.joined(separator: "&"))
    }

    private static func encode(_ text: String) -> String {
        var octets: [UInt8] = []
        for octet in text.utf8 {
            let isPlain = (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20)
            if isPlain || "-._~".utf8.contains(octet) {
                octets.append(octet)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                octets += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private static func decode(_ text: Substring) -> String? {
        var octets: [UInt8] = []
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "+"): octets.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(Hexadecimal.value),
                    let low = rest.popFirst().flatMap(Hexadecimal.value)
                else { return nil }
                octets.append(high << 4 | low)
            default: octets.append(octet)
            }
        }
        return String(validating: octets, as: UTF8.self)
    }

    /// By names and values in their order.
    public static func == (left: Self, right: Self) -> Bool {
        left.pairs.elementsEqual(right.pairs) { $0.name == $1.name && $0.value == $1.value }
    }

    /// By the names alone.
    public func hash(into hasher: inout Hasher) {
        for pair in pairs { hasher.combine(pair.name) }
    }
}
