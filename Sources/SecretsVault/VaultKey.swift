// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import MailModel

/// The key of the vault: 256 bits, which seal and open every secret in it.
///
/// No description shows it; its `identifier` tells two keys apart and says nothing of them.
public struct VaultKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// 32.
    public static let octets = 32

    let symmetric: SymmetricKey

    /// Eight hexadecimal digits of a keyed digest of a constant: they stand beside each secret, so that a wrong key is told from damage.
    public let identifier: String

    /// The key in the content of a file or variable: 32 octets, or 64 hexadecimal digits and a line end.
    ///
    /// Nil for anything else, and for 32 printable characters: those are a text that somebody typed, or half a key in hexadecimal.
    public init?(content: [UInt8]) {
        guard let octets = Self.octets(content) else { return nil }
        symmetric = SymmetricKey(data: octets)
        let digest = HMAC<SHA256>.authenticationCode(for: Array("ceralacca vault key".utf8), using: symmetric)
        identifier = Hexadecimal.lowerCase(digest.prefix(4))
    }

    private static func octets(_ content: [UInt8]) -> [UInt8]? {
        if content.count == octets {
            return content.allSatisfy { (0x20...0x7E).contains($0) } ? nil : content
        }
        let text = content.filter { !" \t\r\n".utf8.contains($0) }
        guard text.count == 2 * octets else { return nil }
        var key: [UInt8] = []
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = Hexadecimal.value(text[index]), let low = Hexadecimal.value(text[index + 1]) else {
                return nil
            }
            key.append(high << 4 | low)
        }
        return key
    }

    /// 32 octets of the system's generator, for a new key.
    public static func makeContent() -> [UInt8] {
        while true {
            var generator = SystemRandomNumberGenerator()
            let content = (0..<octets).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            if VaultKey(content: content) != nil { return content }
        }
    }

    /// A placeholder with the identifier, never the key.
    public var description: String { "<vault key \(identifier)>" }
    /// Nothing: a dump shows no key either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
