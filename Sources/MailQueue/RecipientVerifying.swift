// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Knows which recipients of the company's domains there are.
public protocol RecipientVerifying: Sendable {
    /// What is known of `address` already; nil when somebody must be asked first.
    func remembered(_ address: AddrSpec) -> RecipientStanding?
    /// What is known of `address`, asked for if need be; it returns within the time that an SMTP client waits for a reply.
    ///
    /// `network` is the client's, which waits for what it asks for itself; nil for nobody's.
    func verify(_ address: AddrSpec, for network: Network?) async -> RecipientStanding
}

/// What is known of a recipient.
public enum RecipientStanding: Hashable, Sendable {
    /// There is such a mailbox, or nobody keeps a list.
    case known
    /// There is none.
    case unknown
    /// Nobody can tell at the moment: why, for the log.
    case unclear(String)
}
