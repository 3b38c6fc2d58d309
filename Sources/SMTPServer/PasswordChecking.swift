// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Says whether a login and its password belong together, for AUTH on a listener.
public protocol PasswordChecking: Sendable {
    /// True when `password` is that of `login`; takes the same time whether the login exists or not.
    func isRight(login: String, password: Secret) async -> Bool
}
