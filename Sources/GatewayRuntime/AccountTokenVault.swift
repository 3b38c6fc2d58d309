// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import GatewayConfiguration
public import MailModel
public import OAuthProtocol
public import SecretsVault

/// The tokens of one account in the vault.
public struct AccountTokenVault: Sendable {
    private let store: any TokenStore
    private let configuration: VaultConfiguration
    private let name: SecretName

    /// The tokens of `account`, its address in comparison form.
    public init(_ store: any TokenStore, _ configuration: VaultConfiguration, account: String) {
        self.store = store
        self.configuration = configuration
        name = .tokens(of: account)
    }

    /// Tokens with the secret that they lay in, by which a later change is noticed.
    public struct Kept: Sendable {
        /// The tokens.
        public let tokens: AccountTokens
        let sealed: SealedSecret
        let key: VaultKey
    }

    /// What lies there; nil when nothing does. It blocks its thread for a moment.
    public func read() throws(SecretError) -> Kept? {
        // Secret and key are not read at one moment: the second look finds both as they are behind a change of the key.
        do { return try open() } catch { return try open() }
    }

    private func open() throws(SecretError) -> Kept? {
        guard let sealed = try sealed() else { return nil }
        var key = try configuration.readKey()
        if sealed.key != key.identifier, let new = configuration.readNewKey(), sealed.key == new.identifier {
            key = new
        }
        let secret: Secret
        do throws(VaultError) { secret = try sealed.open(key) } catch {
            throw SecretError(error.message, remedy: error.remedy)
        }
        guard let tokens = AccountTokens(secret) else {
            throw SecretError(
                "the tokens \(name) in the vault are none that this program knows",
                remedy: "Sign in again."
            )
        }
        return Kept(tokens: tokens, sealed: sealed, key: key)
    }

    private func sealed() throws(SecretError) -> SealedSecret? {
        do { return try store.sealedSecret(name) } catch {
            throw SecretError("cannot read the vault: \(error)", remedy: "It is tried again at the next login.")
        }
    }

    /// The secret as it lies there, unopened: equal as long as nobody has changed it.
    func mark() throws(SecretError) -> SealedSecret? { try sealed() }

    /// Keeps the tokens that a person has just signed in for, in place of what lies there; they are durable when it returns.
    public func put(_ tokens: AccountTokens, now: Timestamp) async throws(SecretError) {
        let key = try configuration.readKey()
        do {
            try await store.putSecret(try SealedSecret(tokens.secret, name: name, key: key, changed: now))
        } catch {
            throw SecretError("the tokens cannot be kept: \(error)", remedy: "Sign in again when that is mended.")
        }
    }

    /// Keeps renewed tokens in place of `former`; they are durable when it returns.
    ///
    /// - Returns: false when other tokens lie there by now: those of a new sign-in, which stay.
    func put(_ tokens: AccountTokens, inPlaceOf former: Kept, now: Timestamp) async throws(SecretError) -> Bool {
        var present = former
        while true {
            do {
                let sealed = try SealedSecret(tokens.secret, name: name, key: present.key, changed: now)
                if try await store.exchangeSecret(sealed, for: present.sealed) { return true }
            } catch { throw SecretError("the renewed tokens cannot be kept: \(error)", remedy: "It is tried again.") }
            // The same tokens under another key are not a new sign-in.
            guard let found = try read(), found.tokens == former.tokens else { return false }
            present = found
        }
    }
}
