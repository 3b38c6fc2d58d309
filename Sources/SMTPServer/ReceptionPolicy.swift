// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
import MailQueue
public import Routing

/// By what rules a listener's messages are taken into the queue; replaced as a whole when the configuration is read again.
public struct ReceptionPolicy: Sendable {
    /// The role of the listener.
    public var role: ListenerRole
    /// The gateway's own name, for the Received field.
    public var hostname: String
    /// The mailbox that stands for `postmaster` without a domain (RFC 5321 §4.5.1).
    public var postmaster: AddrSpec
    /// Who may be written to and which way a message takes.
    public var table: RoutingTable
    /// Octets of mail from the Internet in the quarantine above which an `internet` listener takes no more.
    public var quarantineOctets = InternetQuarantine.maximumOctets
    /// How long a certified submission waits for further transactions of the same message; zero for not at all.
    public var mergeWindow = Duration.zero
    /// Who may forward, where the listener serves everybody for a secret in the recipient; nil where it has judged the client itself.
    public var forwarding: ForwardingRules?

    /// A policy.
    public init(
        role: ListenerRole,
        hostname: String,
        postmaster: AddrSpec,
        table: RoutingTable
    ) {
        self.role = role
        self.hostname = hostname
        self.postmaster = postmaster
        self.table = table
    }
}
