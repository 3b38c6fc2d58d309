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
        /// False where another process redeems the refresh token.
        let renews: Bool
    }

    /// Renewed tokens that are not durable yet, and those that they replace.
    struct Unkept: Sendable {
        let tokens: AccountTokens
        let former: AccountTokenVault.Kept
    }

    /// An access token younger than this that a server refuses is not worth another one.
    private static let youngest = Duration.seconds(10)

    let parts: Parts
    private var kept: AccountTokenVault.Kept?
    /// Tokens that are not in the vault: those of `client_credentials`, and renewed ones that could not be written yet.
    var unkept: AccountTokens?
    private var refusedToken: Secret?
    /// True from a refusal until the login that follows it has been told that there is no other token.
    private var isJustRefused = false
    var pause = RefreshPause()
    var notBefore: Timestamp?
    var failure: OAuthError?
    private var renewal: Task<Void, Never>?
    private var waiting: [AsyncStream<Void>.Continuation] = []
    /// What the source left that this one replaces; nil once it is taken over.
    var inheritance: Task<Unkept?, Never>?
    /// The kept tokens that `unkept` are to replace.
    var pending: AccountTokenVault.Kept?
    /// True from the moment that a person was asked to do something until that has helped.
    var waitsForPerson = false
    /// True once another source has taken this one's place: a login made before still asks it, and the refresh token is the other's to use.
    var isOver = false

    init(_ parts: Parts, inheritance: Task<Unkept?, Never>? = nil) {
        self.parts = parts
        self.inheritance = inheritance
    }

    // MARK: CredentialSource

    func credential() async throws(CredentialError) -> SASLCredential {
        await save()
        if let token = try usable(.fresh) { return .accessToken(token) }
        if isRenewing { await renewOnce() }
        if let token = try usable(.due) { return .accessToken(token) }
        isJustRefused = false
        throw try missing()
    }

    func refused(_ credential: SASLCredential) async -> Bool {
        guard isRenewing, case .accessToken(let token) = credential else { return false }
        do {
            guard let tokens = try tokens(), tokens.accessToken == token else { return true }
            guard refusedToken == token ? isInTrouble : parts.clock.now() - tokens.obtained >= Self.youngest else {
                return false
            }
            (refusedToken, isJustRefused) = (token, true)
            return true
        } catch { return false }
    }

    /// True while no other token is to be had, which nobody's deed mends: one that a server refused may still do at another.
    private var isInTrouble: Bool { failure?.needsPerson == false }

    /// False where the refresh token is another process's to redeem; the application's own grant redeems none.
    private var isRenewing: Bool { !isOver && (parts.renews || parts.oauth.client.grant == .clientCredentials) }

    // MARK: What there is

    func tokens() throws(CredentialError) -> AccountTokens? {
        if let unkept, isOfClient(unkept) { return unkept }
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
        guard let tokens = kept?.tokens, isOfClient(tokens) else { return nil }
        return tokens
    }

    private func isOfClient(_ tokens: AccountTokens) -> Bool {
        tokens.registration == AccountTokens.registration(of: parts.oauth.client)
    }

    /// The access token while it stands so, or better.
    func usable(_ standing: AccountTokens.Standing) throws(CredentialError) -> Secret? {
        guard let tokens = try tokens() else { return nil }
        if tokens.accessToken == refusedToken, standing == .fresh || isJustRefused || !isInTrouble { return nil }
        switch (tokens.standing(now: parts.clock.now()), standing) {
        case (.fresh, _), (.due, .due): return tokens.accessToken
        case (.due, _), (.over, _): return nil
        }
    }

    private func missing() throws(CredentialError) -> CredentialError {
        let isNobody = try tokens() == nil && parts.oauth.client.grant != .clientCredentials
        let error = failure ?? (isNobody ? nobody : waitingFor)
        let code: CredentialError.Code = error.needsPerson ? .signInNeeded : .delayed
        return CredentialError(
            code,
            "no access token for \(parts.address): \(error.message)",
            remedy: error.needsPerson ? parts.alerts.remedy(error) : ""
        )
    }

    /// What is waited for, while nothing has failed.
    private var waitingFor: OAuthError {
        guard !isOver else { return OAuthError(.temporary, "its configuration has just changed") }
        guard isRenewing else {
            return OAuthError(.temporary, "the one that is kept is over, and the running gateway renews it")
        }
        let words = pending == nil ? "another one is being asked for" : "renewed tokens cannot be written"
        return OAuthError(.temporary, words)
    }

    var nobody: OAuthError { OAuthError(.signInNeeded, "nobody has signed in for it yet") }

    // MARK: Another one

    /// One request for all who ask at the same time.
    func renewOnce() async {
        if renewal == nil, !isOver {
            // Ends by itself: its one request has a deadline. It is not the caller's to cancel, for a rotated refresh token must be kept.
            renewal = Task {
                await self.renew()
                self.renewed()
            }
        }
        await renewalEnd()
    }

    /// The end of the request that is under way; a caller that is cancelled waits no longer.
    func renewalEnd() async {
        guard renewal != nil else { return }
        let (end, mark) = AsyncStream.makeStream(of: Void.self)
        waiting.append(mark)
        for await _ in end {}
    }

    private func renewed() {
        renewal = nil
        for mark in waiting { mark.finish() }
        waiting = []
    }

    private func renew() async {
        await takeOver()
        // A clock that was ahead once makes no pause longer than a pause can be.
        let now = parts.clock.now()
        if let notBefore, now < notBefore, notBefore - now <= RefreshPause.longest { return }
        guard pending == nil else { return }  // the refresh token that would be used is not durable
        var former: AccountTokenVault.Kept?
        do throws(OAuthError) {
            let (request, used) = try request()
            former = used
            let secret = try clientSecret()
            let response = try await parts.server.tokens(request, parts.oauth.client, secret: secret)
            let now = parts.clock.now()
            let tokens = AccountTokens(response, of: parts.oauth.client, now: now, former: used?.tokens)
            (unkept, pending, former) = (tokens, used, nil)
            (failure, notBefore, refusedToken, isJustRefused) = (nil, nil, nil, false)
            await save()
            guard response.lifetime > .zero else {
                refusedToken = tokens.accessToken  // an empty one, which no login is to use
                throw OAuthError(.malformed, "the authorization server gave a refresh token without an access token")
            }
            pause.succeeded()
            parts.logger.debug("access token renewed", metadata: ["account": "\(parts.address)"])
            await parts.alerts.ended()
        } catch {
            await failed(error, of: former)
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
            throw OAuthError(.uncertain, "its client_secret cannot be read: \(error)")
        }
    }

    /// `former` are the tokens that were used in vain.
    func failed(_ cause: OAuthError, of former: AccountTokenVault.Kept? = nil) async {
        if let former, isReplaced(former) {
            parts.logger.info(
                "other tokens were kept meanwhile",
                metadata: ["account": "\(parts.address)", "error": "\(cause)"]
            )
            return
        }
        let error = pause.judge(cause)
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

    /// True when other tokens lie in the vault by now, of which the failure says nothing.
    private func isReplaced(_ former: AccountTokenVault.Kept) -> Bool {
        do throws(SecretError) { return try parts.vault.mark() != former.sealed } catch { return false }
    }

    /// Makes renewed tokens durable; until that is done their refresh token is not used.
    func save() async {
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
}

extension OAuthError {
    /// True when nothing but a person's deed helps.
    var needsPerson: Bool {
        switch code {
        case .signInNeeded, .registration, .denied, .expiredToken: true
        case .temporary, .uncertain, .malformed, .authorizationPending, .slowDown: false
        }
    }

    fileprivate var asCredentialError: CredentialError { CredentialError(.signInNeeded, message) }
}
