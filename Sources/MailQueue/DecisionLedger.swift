// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What persons decided by commands, which are other processes, until the gateway has logged it.
public protocol DecisionLedger: Sendable {
    /// Takes the decisions since the last call, oldest first, so that each is logged once. `QueueStore.apply` adds them in its own commit.
    func takeDecisions() async throws(QueueError) -> [PersonDecision]
}

/// A person's decision on a message.
public struct PersonDecision: Hashable, Sendable {
    /// When.
    public var moment: Timestamp
    /// What was decided.
    public var action: QueueAction
    /// On which message.
    public var id: QueueID
    /// How many of its recipients changed by it.
    public var recipients: Int
    /// Who decided.
    public var person: String

    /// A decision.
    public init(moment: Timestamp, action: QueueAction, id: QueueID, recipients: Int, person: String) {
        self.moment = moment
        self.action = action
        self.id = id
        self.recipients = recipients
        self.person = person
    }
}
