// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A login at a server: its name, where what it proves itself with comes from, and what to do when it is refused.
public struct SASLLogin: Sendable {
    /// The login as the server knows it (the authentication identity of RFC 4422 §3.4.1).
    public var name: String
    /// What a person is to do when it is refused.
    public var remedy: String
    /// Gives password or access token.
    public var source: any CredentialSource

    /// A login.
    public init(name: String, remedy: String, source: any CredentialSource) {
        self.name = name
        self.remedy = remedy
        self.source = source
    }

    /// A login with a password that `password` reads; the remedy names no place unless one is given.
    public init(
        name: String,
        remedy: String = "Correct login or password, then run: ceralacca reload.",
        password: @escaping @Sendable () throws -> Secret
    ) {
        self.init(name: name, remedy: remedy, source: PasswordSource(password))
    }

    /// Has `body` log in; when the server refuses the credential and another one can be had, once more with that.
    ///
    /// - Parameters:
    ///   - isRefusal: true for a failure of `body` that says that the server refused the credential.
    ///   - failure: what there is to say when there is no credential.
    ///   - body: connects and logs in with the credential.
    /// - Returns: what `body` gives.
    /// - Throws: what `body` throws, or `failure`.
    public func attempt<Value, Failure: Error>(
        isRefusal: (Failure) -> Bool,
        failure: (CredentialError) -> Failure,
        body: (SASLCredential) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let first = try await credential(failure)
        do throws(Failure) {
            return try await body(first)
        } catch {
            guard isRefusal(error), await source.refused(first) else { throw error }
            return try await body(try await credential(failure))
        }
    }

    private func credential<Failure: Error>(
        _ failure: (CredentialError) -> Failure
    ) async throws(Failure) -> SASLCredential {
        do throws(CredentialError) { return try await source.credential() } catch { throw failure(error) }
    }
}
