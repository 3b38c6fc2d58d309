// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// All that a routing decision rests on, apart from the configuration.
public struct RoutingQuestion: Sendable {
    /// The listener that took the message.
    public var listener: ListenerRole
    /// Its envelope.
    public var envelope: Envelope
    /// Its header section.
    public var header: HeaderSection
    /// What the queue knows of the messages that Received fields of this gateway name in it; asked for on the `provider` listener alone.
    public var passages: [Passage]
    /// The organisations of Exchange Online that the listener serves; nil where it serves no Exchange Online.
    public var tenants: TenantRule?

    /// A question.
    public init(
        listener: ListenerRole,
        envelope: Envelope,
        header: HeaderSection,
        passages: [Passage] = [],
        tenants: TenantRule? = nil
    ) {
        self.listener = listener
        self.envelope = envelope
        self.header = header
        self.passages = passages
        self.tenants = tenants
    }
}
