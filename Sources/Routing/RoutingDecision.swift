// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Where a message goes, or why it is not taken.
public enum RoutingDecision: Hashable, Sendable {
    /// It goes this way with this envelope. `reason` says why in words, for the log and the message's history.
    case route(Route, reversePath: ReversePath, recipients: [EnvelopeRecipient], reason: String)
    /// It is refused with this reply to the end of its data.
    case refuse(SMTPReply)
}
