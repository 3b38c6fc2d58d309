// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// By what a copy that a provider forwards and the one that lies in the account's maildrop are known to be one message.
public struct CopyKey: Hashable, Sendable {
    /// The account's address in its comparison form.
    public var account: String
    /// What `ContentIdentity` made of the message, in lower-case hexadecimal.
    public var identity: String

    /// A key.
    public init(account: String, identity: String) {
        self.account = account
        self.identity = identity
    }
}
