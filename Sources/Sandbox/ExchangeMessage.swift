// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import SMTPServer

/// A message that a simulated Exchange took.
public struct ExchangeMessage: Sendable {
    /// The envelope of its transaction.
    public let envelope: Envelope
    /// The message as it came, with the sender's octets; empty when the Exchange only counts.
    public let octets: [UInt8]
    /// How many octets came.
    public let size: Int
    /// Its header section.
    public let header: HeaderSection
    /// The session that brought it.
    public let session: SessionFacts
    /// When its last octet came.
    public let moment: Timestamp

    /// The subject as a mailbox shows it.
    public var subject: String { EncodedWord.decode(header.first("Subject") ?? "") }

    /// The kind of certified message, as its top-level fields say it (FORMATS §7); nil for ordinary mail.
    public var kind: NoticeKind? {
        (header.first("X-Ricevuta") ?? header.first("X-Trasporto")).flatMap { NoticeKind(rawValue: $0.lowercased()) }
    }
}
