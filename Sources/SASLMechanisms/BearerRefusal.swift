// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a server says of an access token that it refuses, in the challenge before the refusal (RFC 7628 §3.2.2).
///
/// ```text
/// S: {"status":"invalid_token","scope":"mail","openid-configuration":"https://example.com/.well-known/openid-configuration"}
/// ```
/// XOAUTH2 has the same object with other words: `{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}`.
struct BearerRefusal: Sendable {
    private static let maximumCharacters = 200

    /// `invalid_token` or what the server has instead, with the scope that it asks for; nil when it is no such object or says nothing.
    let words: String?

    /// Reads a challenge, which is never longer than `SASLClientExchange.maximumChallengeOctets`; what repeats the token is not shown.
    init(_ challenge: [UInt8], token: String) {
        guard let object = Self.decode(challenge), let status = Self.printable(object.status) else {
            words = nil
            return
        }
        let scope = Self.printable(object.scope).map { ", it asks for the scope \($0)" } ?? ""
        let words = "status \(status)\(scope)"
        self.words = words.contains(token) ? nil : words
    }

    private struct Object: Decodable {
        let status: String?
        let scope: String?
    }

    private static func decode(_ challenge: [UInt8]) -> Object? {
        do { return try JSONDecoder().decode(Object.self, from: Data(challenge)) } catch { return nil }
    }

    private static func printable(_ text: String?) -> String? {
        guard let text else { return nil }
        let shown = text.unicodeScalars.prefix(maximumCharacters).filter { (0x20..<0x7F).contains($0.value) }
        return shown.isEmpty ? nil : String(String.UnicodeScalarView(shown))
    }
}
