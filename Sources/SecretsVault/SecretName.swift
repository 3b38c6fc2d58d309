// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import MailModel

/// The name of a secret in the vault: `azienda-pec`, `azienda@pec.it`. Letters, digits and `-_.@`, at most 100; it is no secret itself.
public struct SecretName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name.
    public let description: String

    /// What a name looks like, for those who wrote another one.
    public static let expected = "a name of letters, digits and -_.@ such as azienda-pec, at most 100 of them"

    /// The name `text`; nil when it is none.
    public init?(_ text: String) {
        let isName = text.utf8.allSatisfy { octet in
            (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20) || "-_.@".utf8.contains(octet)
        }
        guard isName, (1...100).contains(text.utf8.count), !text.hasPrefix("-") else { return nil }
        description = text
    }

    /// The name under which the tokens of an account lie that a person signed in for; `account` is its address in comparison form.
    public static func tokens(of account: String) -> SecretName {
        if let name = SecretName(tokensPrefix + account) { return name }
        let digest = SHA256.hash(data: Array(account.utf8)).prefix(16)
        return SecretName(unchecked: tokensPrefix + Hexadecimal.lowerCase(digest))
    }

    /// True for tokens, which no person sets.
    public var isOfTokens: Bool { description.hasPrefix(Self.tokensPrefix) }

    private static let tokensPrefix = "oauth-tokens."

    private init(unchecked text: String) { description = text }

    /// By the octets of the names.
    public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}
