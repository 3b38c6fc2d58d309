// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
public import MailModel

/// What the token endpoint answers (RFC 6749 §5).
///
/// ```text
/// {"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,"refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA"}
/// {"error":"invalid_grant","error_description":"Token has been expired or revoked."}
/// ```
public struct TokenResponse: Hashable, Sendable {
    /// Octets of the longest answer that is read; tokens have a few thousand.
    public static let maximumOctets = 65_536
    /// How long an access token is used whose life the server does not tell.
    static let ordinaryLife = 3600

    /// The access token; empty, with a `lifetime` of zero, where an answer brings a refresh token, which must not be lost, without one.
    public let accessToken: Secret
    /// How long it lives.
    public let lifetime: Duration
    /// A refresh token, where one was given.
    public let refreshToken: Secret?
    /// How long that lives, where the server says it (Google's `refresh_token_expires_in`, Microsoft's none).
    public let refreshTokenLifetime: Duration?
    /// The scopes that were granted, where the server says it.
    public let scope: String?
    /// Whose the tokens are, as the server says in an ID token (OpenID Connect Core §2); nil when it says nothing.
    public let subject: String?

    /// Reads an answer.
    ///
    /// - Parameters:
    ///   - status: of HTTP.
    ///   - octets: the body.
    ///   - secrets: what was sent and must not be shown if the server repeats it.
    /// - Throws: `OAuthError`, also the one that the answer is.
    public init(status: Int, _ octets: [UInt8], concealing secrets: [Secret]) throws(OAuthError) {
        guard octets.count <= Self.maximumOctets else {
            throw OAuthError(.malformed, "the answer is longer than \(Self.maximumOctets) octets")
        }
        let answer = try Answer.read(octets, status: status, concealing: secrets)
        if let refresh = answer.refreshToken, !Self.isToken(refresh) {
            throw OAuthError(.malformed, "the answer holds a refresh token that is none")
        }
        if let token = answer.accessToken, Self.isToken(token), answer.tokenType?.lowercased() == "bearer" {
            accessToken = Secret(token)
            lifetime = .seconds(max(1, answer.expiresIn?.seconds ?? Self.ordinaryLife))
        } else if answer.refreshToken != nil {
            // The refresh token that it was asked with may be over.
            (accessToken, lifetime) = (Secret(""), .zero)
        } else {
            throw OAuthError(.malformed, "the answer holds no access token of the type Bearer (HTTP status \(status))")
        }
        refreshToken = answer.refreshToken.map { Secret($0) }
        refreshTokenLifetime = answer.refreshTokenExpiresIn.flatMap { $0.seconds > 0 ? .seconds($0.seconds) : nil }
        scope = answer.scope
        subject = answer.idToken.flatMap(IdentityClaims.subject)
    }

    /// `1*VSCHAR` (RFC 6749 appendix A.12).
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

/// The objects that the endpoints answer with, as far as they matter here.
struct Answer: Decodable {
    var accessToken: String?
    var tokenType: String?
    var expiresIn: Seconds?
    var refreshToken: String?
    var refreshTokenExpiresIn: Seconds?
    var scope: String?
    var idToken: String?
    var error: String?
    var errorDescription: String?
    var deviceCode: String?
    var userCode: String?
    var verificationUri: String?
    var verificationUrl: String?
    var interval: Seconds?

    /// Everything but the refresh token is read with lenience: what does not fit counts as not there, and costs no token beside it.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func lenient<Value: Decodable>(_ key: CodingKeys) -> Value? {
            do { return try container.decodeIfPresent(Value.self, forKey: key) } catch { return nil }
        }
        accessToken = lenient(.accessToken)
        tokenType = lenient(.tokenType)
        expiresIn = lenient(.expiresIn)
        refreshToken = try container.decodeIfPresent(String.self, forKey: .refreshToken)
        refreshTokenExpiresIn = lenient(.refreshTokenExpiresIn)
        scope = lenient(.scope)
        idToken = lenient(.idToken)
        error = lenient(.error)
        errorDescription = lenient(.errorDescription)
        deviceCode = lenient(.deviceCode)
        userCode = lenient(.userCode)
        verificationUri = lenient(.verificationUri)
        verificationUrl = lenient(.verificationUrl)
        interval = lenient(.interval)
    }

    private enum CodingKeys: String, CodingKey {
        case accessToken, tokenType, expiresIn, refreshToken, refreshTokenExpiresIn, scope, idToken
        case error, errorDescription, deviceCode, userCode, verificationUri, verificationUrl, interval
    }

    /// A number, which some servers write as a text; at most ten years.
    struct Seconds: Decodable {
        let seconds: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let number: Double
            do { number = try container.decode(Double.self) } catch {
                number = Double(try container.decode(String.self)) ?? 0
            }
            seconds = number.isFinite ? Int(min(max(number, 0), 315_360_000)) : 0
        }
    }

    /// Reads an answer, and throws the error that it is.
    static func read(_ octets: [UInt8], status: Int, concealing secrets: [Secret]) throws(OAuthError) -> Answer {
        let answer: Answer?
        do { answer = try SnakeCase.decoder.decode(Answer.self, from: Data(octets)) } catch { answer = nil }
        guard status != 429, status < 500 else {
            let words = answer?.error.map {
                OAuthError(error: $0, description: answer?.errorDescription, concealing: secrets).message
            }
            throw OAuthError(.temporary, "HTTP status \(status)\(words.map { ", \($0)" } ?? "")")
        }
        if let error = answer?.error, status != 200 || answer?.refreshToken == nil {
            throw OAuthError(error: error, description: answer?.errorDescription, concealing: secrets)
        }
        guard status == 200, let answer else {
            throw OAuthError(.malformed, "the answer is none of OAuth (HTTP status \(status))")
        }
        return answer
    }
}

/// Who an ID token speaks of. Its signature is not looked at: it came from the token endpoint itself, in TLS (OpenID Connect Core
/// §3.1.3.7), and nothing but words for a person is drawn from it.
enum IdentityClaims {
    private struct Claims: Decodable {
        var email: String?
        var preferredUsername: String?
    }

    static func subject(_ token: String) -> String? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let octets = CodeVerifier.decodeBase64URL(parts[1]) else { return nil }
        let claims: Claims
        do { claims = try SnakeCase.decoder.decode(Claims.self, from: Data(octets)) } catch { return nil }
        guard let subject = claims.email ?? claims.preferredUsername, !subject.isEmpty, subject.utf8.count <= 320,
            subject.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return subject
    }
}
