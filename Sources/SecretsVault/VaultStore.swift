// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Keeps sealed secrets one by one, as logins need them. It never sees a key nor what it keeps.
public protocol TokenStore: Sendable {
    /// The secret of this name. It blocks its thread for a moment: logins ask for it where they would read a file.
    func sealedSecret(_ name: SecretName) throws -> SealedSecret?
    /// Keeps the secret, in place of the one of its name.
    ///
    /// - Throws: when there is another one that another key sealed: a vault has one key.
    func putSecret(_ secret: SealedSecret) async throws
    /// Keeps `secret` in place of `former`, in one transaction: only while that is still what lies under its name.
    ///
    /// - Returns: false when something else lies there by now; then nothing is changed.
    func exchangeSecret(_ secret: SealedSecret, for former: SealedSecret) async throws -> Bool
}

/// Keeps sealed secrets, all that a vault has.
public protocol VaultStore: TokenStore {
    /// All, by name.
    func sealedSecrets() async throws -> [SealedSecret]
    /// Keeps the secret unless there is one of its name.
    ///
    /// - Returns: false when there is one, which stays.
    /// - Throws: as `putSecret`.
    func addSecret(_ secret: SealedSecret) async throws -> Bool
    /// Removes the secret of this name.
    ///
    /// - Returns: false when there is none.
    func removeSecret(_ name: SecretName) async throws -> Bool
    /// Puts what `change` makes of each secret in its place, all in one transaction: when one of them throws, none is changed.
    ///
    /// - Returns: how many there are.
    func resealSecrets(_ change: @escaping @Sendable (SealedSecret) throws -> SealedSecret) async throws -> Int
}
