// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What a milter made of a message.
public struct MilterVerdict: Hashable, Sendable {
    /// What becomes of it.
    public enum Decision: Hashable, Sendable {
        case pass
        case reject(SMTPReply)
        case postpone(SMTPReply)
        case discard
    }

    /// What becomes of it.
    public let decision: Decision
    /// Why a person should look at it first; nil when nobody needs to.
    public let quarantine: String?
    /// What it asks to change, in its order.
    public let changes: [MilterChange]
    /// True when what was kept replaces the body.
    public let replacesBody: Bool

    /// A verdict.
    public init(decision: Decision, quarantine: String?, changes: [MilterChange], replacesBody: Bool) {
        self.decision = decision
        self.quarantine = quarantine
        self.changes = changes
        self.replacesBody = replacesBody
    }
}
