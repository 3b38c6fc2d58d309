// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One recipient of an envelope with its DSN parameters (RFC 3461 §4.1, §4.2).
public struct EnvelopeRecipient: Hashable, Sendable {
    /// The forward-path.
    public var forwardPath: AddrSpec
    /// NOTIFY; nil when it was not given, which means failure and, at the server's choice, delay.
    public var notify: NotifyConditions?
    /// ORCPT with its type, xtext decoded, `rfc822;mario@azienda.it`; nil when it was not given.
    public var originalRecipient: String?

    /// A recipient; without DSN parameters unless they are given.
    public init(_ forwardPath: AddrSpec, notify: NotifyConditions? = nil, originalRecipient: String? = nil) {
        self.forwardPath = forwardPath
        self.notify = notify
        self.originalRecipient = originalRecipient
    }
}
