// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import OAuthProtocol
import SASLMechanisms
import SecretsVault

/// The access tokens of one account: the one that is kept while it is good, and another one in time.
///
/// ```text
/// kept ──80 % of its life, or refused by a server──▶ one request, whoever asks meanwhile waits for it ──▶ kept, durable ──▶ used
///                                                        │ temporary: used as long as it lives, then mail waits
///                                                        │ a person must sign in, or mend the registration: an alert
/// ```
/// What a person signed in for from the command line is found in the vault at the next login.
actor AccountTokenSource: CredentialSource {
    /// What a source is made of.
    struct Parts: Sendable {
        let address: AddrSpec
        let oauth: OAuthConfiguration
        let vault: AccountTokenVault
        let secrets: any VaultReading
        let server: any AuthorizationServerReaching
        let alerts: TokenAlerts
        let clock: any WallClock
        let logger: Logger
    }

    /// An access token younger than this that a server refuses is not worth another one.
    private static let youngest = Duration.seconds(10)

    private let parts: Parts
    private var kept: AccountTokenVault.Kept?
    /// Tokens that are not in the vault: those of `client_credentials`, and renewed ones that could not be written yet.
    private var unkept: AccountTokens?
    private var refusedToken: Secret?
    private var pause = RefreshPause()
    private var notBefore: Timestamp?
    private var failure: OAuthError?
    private var renewal: Task<Void, Never>?
    /// The kept tokens that `unkept` are to replace.
    private var pending: AccountTokenVault.Kept?
    /// True from the moment that a person was asked to do something until that has helped.
    private var waitsForPerson = false

    init(_ parts: Parts) {
        self.parts = parts
    }

    // MARK: CredentialSource

    func credential() async throws(CredentialError) -> SASLCredential {
        await save()
        if let token = try usable(.fresh) { return .accessToken(token) }
        await renewOnce()
        if let token = try usable(.due) { return .accessToken(token) }
        throw missing
    }

    func refused(_ credential: SASLCredential) async -> Bool {
        guard case .accessToken(let token) = credential else { return false }
        do {
            guard let tokens = try tokens(), tokens.accessToken == token else { return true }
            guard refusedToken != token, parts.clock.now() - tokens.obtained >= Self.youngest else { return false }
            refusedToken = token
            return true
        } catch { return false }
    }

    // MARK: What there is

    private func tokens() throws(CredentialError) -> AccountTokens? {
        if let unkept { return unkept }
        guard parts.oauth.client.grant != .clientCredentials else { return nil }
        do throws(SecretError) {
            let mark = try parts.vault.mark()
            if kept?.sealed != mark {
                // A person has signed in, the key was changed, or it is the first look.
                kept = mark == nil ? nil : try parts.vault.read()
                if kept?.tokens.accessToken != refusedToken { (notBefore, failure, refusedToken) = (nil, nil, nil) }
            }
        } catch {
            throw CredentialError(.unavailable, "the tokens cannot be read: \(error.message)", remedy: error.remedy)
        }
        guard kept?.tokens.registration == AccountTokens.registration(of: parts.oauth.client) else { return nil }
        return kept?.tokens
    }

    /// The access token while it stands so, or better.
    private func usable(_ standing: AccountTokens.Standing) throws(CredentialError) -> Secret? {
        guard let tokens = try tokens(), tokens.accessToken != refusedToken else { return nil }
        switch (tokens.standing(now: parts.clock.now()), standing) {
        case (.fresh, _), (.due, .due): return tokens.accessToken
        case (.due, _), (.over, _): return nil
        }
    }

    private var missing: CredentialError {
        let unwritten = OAuthError(.temporary, "renewed tokens cannot be written")
        let error = failure ?? (pending == nil ? nobody : unwritten)
        let code: CredentialError.Code = error.needsPerson ? .signInNeeded : .delayed
        return CredentialError(
            code,
            "no access token for \(parts.address): \(error.message)",
            remedy: error.needsPerson ? parts.alerts.remedy(error) : ""
        )
    }

    private var nobody: OAuthError { OAuthError(.signInNeeded, "nobody has signed in for it yet") }

    // MARK: Another one

    /// One request for all who ask at the same time.
    private func renewOnce() async {
        if let renewal { return await renewal.value }
        // Ends by itself: its one request has a deadline. It is not the caller's to cancel, for a rotated refresh token must be kept.
        let task = Task { await self.renew() }
        renewal = task
        await task.value
        renewal = nil
    }

    private func renew() async {
        if let notBefore, parts.clock.now() < notBefore { return }
        guard pending == nil else { return }  // the refresh token that would be used is not durable
        do throws(OAuthError) {
            let (request, former) = try request()
            let secret = try clientSecret()
            let response = try await parts.server.tokens(request, parts.oauth.client, secret: secret)
            let now = parts.clock.now()
            let tokens = AccountTokens(response, of: parts.oauth.client, now: now, former: former?.tokens)
            unkept = tokens
            pending = former
            (failure, notBefore, refusedToken) = (nil, nil, nil)
            pause.succeeded()
            await save()
            parts.logger.debug("access token renewed", metadata: ["account": "\(parts.address)"])
            await parts.alerts.ended()
        } catch {
            await failed(error)
        }
    }

    private func request() throws(OAuthError) -> (AccessTokenRequest, AccountTokenVault.Kept?) {
        guard parts.oauth.client.grant != .clientCredentials else { return (.clientCredentials, nil) }
        do throws(CredentialError) {
            guard try tokens() != nil, let kept else { throw nobody.asCredentialError }
            guard let refreshToken = kept.tokens.refreshToken else {
                throw CredentialError(.signInNeeded, "the authorization server gave no refresh token")
            }
            return (.refreshToken(refreshToken), kept)
        } catch {
            throw OAuthError(error.code == .signInNeeded ? .signInNeeded : .temporary, error.message)
        }
    }

    private func clientSecret() throws(OAuthError) -> Secret? {
        guard let reference = parts.oauth.clientSecret else { return nil }
        do throws(SecretError) { return try reference.read(parts.secrets) } catch {
            throw OAuthError(.registration, "its client_secret cannot be read: \(error)")
        }
    }

    private func failed(_ error: OAuthError) async {
        failure = error
        let wait = pause.failed(error)
        notBefore = parts.clock.now() + wait
        parts.logger.warning(
            "no access token",
            metadata: ["account": "\(parts.address)", "error": "\(error)", "retryAfter": "\(wait)"]
        )
        guard error.needsPerson else { return }
        waitsForPerson = true
        await parts.alerts.needed(error)
    }

    /// Makes renewed tokens durable; until that is done their refresh token is not used.
    private func save() async {
        guard let tokens = unkept, let former = pending else { return }
        do throws(SecretError) {
            if try await !parts.vault.put(tokens, inPlaceOf: former, now: parts.clock.now()) {
                parts.logger.notice(
                    "renewed tokens give way to those of a new sign-in",
                    metadata: ["account": "\(parts.address)"]
                )
            }
            if unkept == tokens { (unkept, pending) = (nil, nil) }
        } catch {
            parts.logger.error(
                "renewed tokens are not kept yet",
                metadata: ["account": "\(parts.address)", "error": "\(error)"]
            )
        }
    }

    // MARK: From time to time

    /// True once after somebody has signed in, or mended what was wrong, since a person was asked to.
    func isMended() async -> Bool {
        guard waitsForPerson else { return false }
        do throws(CredentialError) { _ = try tokens() } catch { return false }
        guard failure == nil else { return false }
        waitsForPerson = false
        await parts.alerts.ended()
        return true
    }

    /// The configuration was read again: what was wrong may be mended, and is tried at once.
    func retry() {
        (notBefore, pause) = (nil, RefreshPause())
    }

    /// Uses a refresh token that would end for want of use, and tells of one that ends, and of a client secret that does.
    func round() async {
        let now = parts.clock.now()
        do throws(CredentialError) {
            if try tokens()?.needsUse(now: now) == true { await renewOnce() }
            let tokens = try tokens()
            await parts.alerts.expiry(of: tokens, now: now)
            if tokens == nil, parts.oauth.client.grant != .clientCredentials, !waitsForPerson {
                await failed(failure ?? nobody)
            }
        } catch {
            parts.logger.info(
                "tokens not looked after",
                metadata: ["account": "\(parts.address)", "error": "\(error)"]
            )
        }
        await parts.alerts.expiry(ofSecret: parts.oauth.clientSecretExpires, now: now)
    }
}

extension OAuthError {
    /// True when nothing but a person's deed helps.
    var needsPerson: Bool {
        switch code {
        case .signInNeeded, .registration, .denied, .expiredToken: true
        case .temporary, .malformed, .authorizationPending, .slowDown: false
        }
    }

    fileprivate var asCredentialError: CredentialError { CredentialError(.signInNeeded, message) }
}
