// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import Routing

/// Who may forward copies to a `provider` listener that serves everybody: a secret in the recipient's address tells, or the client's network.
public struct ForwardingRules: Sendable {
    /// The secret suffixes of recipients, each as good as the others; none when the configuration was changed while connections were open.
    public var suffixes: [RecipientSuffix]
    /// True when one could not be read: of what no other suffix fits, nobody can tell now whether it is right.
    public var isUnreadable: Bool
    /// Networks that may leave it out.
    public var allowed: [Network]

    /// Rules.
    public init(suffixes: [RecipientSuffix], isUnreadable: Bool = false, allowed: [Network]) {
        self.suffixes = suffixes
        self.isUnreadable = isUnreadable
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
        guard forwarding.isUnreadable, recipient.localPart.contains("+") else {
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

    /// The account's own address where the recipient has a suffix that is known; nil otherwise.
    func suffixed(_ recipient: AddrSpec) -> AddrSpec? {
        for suffix in forwarding?.suffixes ?? [] {
            if let account = table.account(of: recipient, suffix: suffix, hostname: hostname) { return account }
        }
        return nil
    }

    /// The reverse-path, or the postmaster's address in the place of one that shows a suffix.
    func withoutSuffix(_ reversePath: ReversePath) -> ReversePath {
        let isShown = forwarding?.suffixes.contains { $0.isContained(in: reversePath) } ?? false
        return isShown ? .mailbox(postmaster) : reversePath
    }

    /// True when RCPT took a recipient by a suffix that is not known any more, or for an account that is gone: the configuration was changed since.
    func isOutdated(_ recipients: [EnvelopeRecipient]) -> Bool {
        forwarding != nil
            && recipients.contains {
                $0.forwardPath.localPart.contains("+") && table.accountAddresses(of: [$0]).isEmpty
            }
    }
}
