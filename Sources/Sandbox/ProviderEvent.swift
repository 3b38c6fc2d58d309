// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Something that happened at a simulated provider.
public enum ProviderEvent: Sendable {
    /// A message was submitted and certified.
    case accepted(OriginalMessage)
    /// A message was submitted and not accepted, for these faults.
    case notAccepted(OriginalMessage, faults: [String])
    /// A notice was put into a maildrop.
    case deposited(NoticeKind, for: AddrSpec)
    /// A dispatch or receipt of registered mail was put into a maildrop.
    case depositedRegistered(RegisteredNotice.Form, RegisteredEvent, for: AddrSpec)
    /// A transport envelope left for recipients of other providers or of ordinary mail.
    case sentAway(OutgoingEnvelope)
    /// A session by POP3 ended.
    case retrieved(by: AddrSpec, messages: Int, deleted: Int)
    /// A notice could not be made or delivered.
    case failed(String)
}

/// A transport envelope for recipients who have no account at this provider.
public struct OutgoingEnvelope: Sendable {
    /// Who it is for.
    public let recipients: [OriginalMessage.Recipient]
    /// What it carries.
    public let original: OriginalMessage
    /// The signed message.
    public let octets: [UInt8]
}
