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

    /// A question.
    public init(listener: ListenerRole, envelope: Envelope, header: HeaderSection) {
        self.listener = listener
        self.envelope = envelope
        self.header = header
    }
}
