// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
public import MailModel

/// The tokens of one account as they are kept: in the vault, as one secret.
public struct AccountTokens: Hashable, Sendable {
    /// Who the tokens were given to: application and token endpoint. Under another registration they are of no use.
    public let registration: String
    /// The access token.
    public let accessToken: Secret
    /// When it was given out.
    public let obtained: Timestamp
    /// When it ends.
    public let expires: Timestamp
    /// The refresh token.
    public let refreshToken: Secret?
    /// When the refresh token was given out, or last used.
    public let refreshTokenObtained: Timestamp
    /// When the life of the refresh token began that ends at `refreshTokenExpires`: renewals that do not put off its end leave it.
    public let refreshTokenBegun: Timestamp
    /// When it ends; nil when nobody said.
    public let refreshTokenExpires: Timestamp?
    /// When a person signed in.
    public let signedIn: Timestamp
    /// Whose they are, as the server said.
    public let subject: String?

    /// The tokens of an answer at `now`; what it leaves out stays as it is in `former`.
    public init(_ response: TokenResponse, of client: OAuthClient, now: Timestamp, former: AccountTokens? = nil) {
        registration = Self.registration(of: client)
        accessToken = response.accessToken
        obtained = now
        expires = now + response.lifetime
        refreshToken = response.refreshToken ?? former?.refreshToken
        refreshTokenObtained = now
        let end: Timestamp?
        if let lifetime = response.refreshTokenLifetime ?? client.server.refreshTokenLifetime {
            end = now + lifetime
        } else {
            end = response.refreshToken == nil ? former?.refreshTokenExpires : nil
        }
        if let former, let end, let formerEnd = former.refreshTokenExpires,
            end - formerEnd <= min(Self.sameEnd, (end - now) / 10)
        {
            // The end that was known, to within what clocks and roundings do.
            (refreshTokenBegun, refreshTokenExpires) = (former.refreshTokenBegun, min(end, formerEnd))
        } else {
            (refreshTokenBegun, refreshTokenExpires) = (now, end)
        }
        signedIn = former?.signedIn ?? now
        subject = response.subject ?? former?.subject
    }

    /// An end that is later by no more than this is the same, or less where a tenth of what is left of the life is less.
    private static let sameEnd = Duration.seconds(3600)

    /// The words by which tokens are known to be of `client`.
    public static func registration(of client: OAuthClient) -> String {
        "\(client.clientID) \(client.server.tokenEndpoint)"
    }

    // MARK: Decisions

    /// What an access token is good for.
    public enum Standing: Hashable, Sendable {
        /// It is used.
        case fresh
        /// It may be used, and another one is to be had.
        case due
        /// It is over, or so nearly that it may be over on the way.
        case over
    }

    /// How the access token stands at `now`: due at 80 % of its life or 5 minutes before its end, whichever comes first, and never before half
    /// of its life; over 30 seconds before its end, or a tenth of its life when that is less.
    public func standing(now: Timestamp) -> Standing {
        let life = expires - obtained
        let margin = min(Duration.seconds(30), life / 10)
        if now >= expires - margin || now < obtained - .seconds(300) { return .over }
        let due = max(min(obtained + life * 0.8, expires - .seconds(300)), obtained + life / 2)
        return now >= due ? .due : .fresh
    }

    /// True when the refresh token is to be used though nobody asks for an access token, so that it does not end for want of use.
    public func needsUse(now: Timestamp) -> Bool {
        guard refreshToken != nil, standing(now: now) != .fresh else { return false }
        // A last use that is still to come was noted by a clock that was wrong.
        return now - refreshTokenObtained >= .seconds(86_400) || now < refreshTokenObtained - .seconds(300)
    }

    /// When a person is to be told that the refresh token ends; nil when its end is not known: 14 days before, or at two thirds of its life.
    public var warns: Timestamp? {
        guard refreshToken != nil, let refreshTokenExpires else { return nil }
        return refreshTokenExpires - min(.seconds(14 * 86_400), (refreshTokenExpires - refreshTokenBegun) / 3)
    }

    // MARK: As a secret

    private struct Stored: Codable {
        var version = 1
        var registration: String
        var accessToken: String
        var obtained: Int64
        var expires: Int64
        var refreshToken: String?
        var refreshTokenObtained: Int64
        var refreshTokenBegun: Int64?
        var refreshTokenExpires: Int64?
        var signedIn: Int64
        var subject: String?
    }

    /// The tokens in `secret`; nil when it holds none, or those of a newer program.
    public init?(_ secret: Secret) {
        let stored: Stored
        do { stored = try SnakeCase.decoder.decode(Stored.self, from: Data(secret.reveal().utf8)) } catch { return nil }
        guard stored.version == 1 else { return nil }
        registration = stored.registration
        accessToken = Secret(stored.accessToken)
        obtained = Timestamp(milliseconds: stored.obtained)
        expires = Timestamp(milliseconds: stored.expires)
        refreshToken = stored.refreshToken.map { Secret($0) }
        refreshTokenObtained = Timestamp(milliseconds: stored.refreshTokenObtained)
        refreshTokenBegun = Timestamp(milliseconds: stored.refreshTokenBegun ?? stored.refreshTokenObtained)
        refreshTokenExpires = stored.refreshTokenExpires.map { Timestamp(milliseconds: $0) }
        signedIn = Timestamp(milliseconds: stored.signedIn)
        subject = stored.subject
    }

    /// The tokens as one secret.
    public var secret: Secret {
        let stored = Stored(
            registration: registration,
            accessToken: accessToken.reveal(),
            obtained: obtained.milliseconds,
            expires: expires.milliseconds,
            refreshToken: refreshToken?.reveal(),
            refreshTokenObtained: refreshTokenObtained.milliseconds,
            refreshTokenBegun: refreshTokenBegun.milliseconds,
            refreshTokenExpires: refreshTokenExpires?.milliseconds,
            signedIn: signedIn.milliseconds,
            subject: subject
        )
        do { return Secret(String(decoding: try SnakeCase.encoder.encode(stored), as: UTF8.self)) } catch {
            preconditionFailure("texts and numbers are always JSON")
        }
    }
}
