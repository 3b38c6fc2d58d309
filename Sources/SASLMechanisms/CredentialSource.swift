// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Gives what an account logs in with, anew for each login.
public protocol CredentialSource: Sendable {
    /// What to log in with now.
    func credential() async throws(CredentialError) -> SASLCredential

    /// The server refused this one.
    ///
    /// - Returns: true when `credential` may now give another one, with which the login is worth one more attempt at once.
    func refused(_ credential: SASLCredential) async -> Bool
}

/// A password that lies somewhere, read each time: a changed one is used at the next login, and a refused one has no other behind it.
public struct PasswordSource: CredentialSource {
    private let read: @Sendable () throws -> Secret

    /// A source; `read` throws what says where the password should be and what to do.
    public init(_ read: @escaping @Sendable () throws -> Secret) {
        self.read = read
    }

    /// The password.
    public func credential() async throws(CredentialError) -> SASLCredential {
        do { return .password(try read()) } catch {
            throw CredentialError(.unavailable, "the password cannot be read: \(error)")
        }
    }

    /// False.
    public func refused(_ credential: SASLCredential) async -> Bool { false }
}
