// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import Routing

/// Who may forward copies to a `provider` listener that serves everybody: a secret in the recipient's address tells, or the client's network.
public struct ForwardingRules: Sendable {
    /// What is known of the secret.
    public enum Suffix: Sendable {
        /// The secret.
        case known(RecipientSuffix)
        /// It could not be read: nobody can tell now who is right.
        case unreadable
        /// There is none any more: the configuration was changed while connections were open.
        case none
    }

    /// The secret suffix of recipients.
    public var suffix: Suffix
    /// Networks that may leave it out.
    public var allowed: [Network]

    /// Rules.
    public init(suffix: Suffix, allowed: [Network]) {
        self.suffix = suffix
        self.allowed = allowed
    }

    func trusts(_ peer: String) -> Bool {
        guard let octets = IPAddress.parse(peer) else { return false }
        return allowed.contains { $0.contains(octets) }
    }
}

extension ReceptionPolicy {
    /// The reply that refuses a recipient; nil takes it. What has another suffix is answered like what does not exist.
    func refusal(of recipient: AddrSpec, from peer: String) -> SMTPReply? {
        guard let forwarding else { return table.acceptsRecipient(recipient, listener: role) }
        if suffixed(recipient) != nil { return nil }
        if forwarding.trusts(peer) { return table.acceptsRecipient(recipient, listener: role) }
        guard case .unreadable = forwarding.suffix, recipient.localPart.contains("+") else {
            return RoutingTable.noAccount(recipient)
        }
        return SMTPReply(
            451,
            EnhancedStatus(4, 3, 0),
            "nobody can tell now whether this is an account, try again later"
        )
    }

    /// The recipient without its suffix: the account's own address, and nothing of what the client called it.
    func withoutSuffix(_ recipient: EnvelopeRecipient) -> EnvelopeRecipient {
        guard let account = suffixed(recipient.forwardPath) else { return recipient }
        return EnvelopeRecipient(account, notify: recipient.notify)
    }

    private func suffixed(_ recipient: AddrSpec) -> AddrSpec? {
        guard case .known(let suffix) = forwarding?.suffix else { return nil }
        return table.account(of: recipient, suffix: suffix, hostname: hostname)
    }
}
