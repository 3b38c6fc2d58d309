// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The routing of one configuration: a pure function of listener, envelope and header section (`docs/routing.md` has it as a table).
///
/// It holds what P4 and P6 promise: mail From an account leaves through that account's provider or not at all, no other mail uses an
/// account's credentials, and nobody relays through the gateway.
public struct RoutingTable: Sendable {
    /// Received fields that a message may carry; more means that it goes in circles (RFC 5321 §6.3).
    public static let maximumReceived = 50

    /// The accounts by their address's comparison key.
    let accounts: [String: RoutedAccount]
    /// The same, by comparison domain: their keys' local parts.
    let localPartsByDomain: [String: [String]]
    private let exchangeDomains: Set<String>

    /// A table of these accounts and of the domains whose mail belongs to Exchange; of accounts with one address the first counts.
    public init(accounts: [RoutedAccount], exchangeDomains: [String]) {
        self.accounts = Dictionary(accounts.map { ($0.address.comparisonKey, $0) }) { first, _ in first }
        localPartsByDomain = Dictionary(grouping: self.accounts.keys.compactMap(Self.parts), by: \.domain)
            .mapValues { $0.map(\.local) }
        self.exchangeDomains = Set(exchangeDomains.map(AddrSpec.comparisonDomain))
    }

    /// Decides where a message goes.
    public func decide(_ question: RoutingQuestion) -> RoutingDecision {
        switch question.listener {
        case .exchange: decideOutgoing(question)
        case .internet: decideIncoming(question) { $0 }
        case .provider: decideIncoming(question, readers(of:))
        }
    }

    /// Judges a recipient at RCPT.
    ///
    /// - Returns: nil when a message for it would be routed; otherwise the reply that refuses it.
    public func acceptsRecipient(_ recipient: AddrSpec, listener: ListenerRole) -> SMTPReply? {
        switch listener {
        case .exchange: nil
        case .internet: exchangeDomains.contains(recipient.comparisonDomain) ? nil : Refusal.relaying(to: recipient)
        case .provider: accounts[recipient.comparisonKey] == nil ? Refusal.notAnAccount(recipient) : nil
        }
    }

    /// The reply that refuses a recipient on the `provider` listener as no account's.
    public static func noAccount(_ recipient: AddrSpec) -> SMTPReply { Refusal.notAnAccount(recipient) }

    /// The account, by its address's comparison key, whose maildrop may bring what is forwarded to `recipients` as well; nil where they belong
    /// to none that is retrieved, or to several.
    public func retrievedAccount(of recipients: [EnvelopeRecipient]) -> String? {
        let addresses = accountAddresses(of: recipients)
        guard addresses.count == 1, let account = account(addresses.first), account.isRetrieved else { return nil }
        return account.address.comparisonKey
    }

    /// Whom reports about a message from Exchange go to: its reverse-path, or, where that is an account's address, the people who read
    /// the account's mail; the provider knows nothing of the message, and its box is no place for the gateway's reports. Nobody for
    /// a null reverse-path (RFC 5321 §4.5.5).
    public func reportRecipients(_ reversePath: ReversePath) -> [AddrSpec] {
        guard let sender = reversePath.mailbox else { return [] }
        return account(sender)?.deliverTo ?? [sender]
    }

    /// The addresses of the accounts, as they are configured, that recipients on the `provider` listener belong to: each once, in the
    /// order of the recipients.
    public func accountAddresses(of recipients: [EnvelopeRecipient]) -> [AddrSpec] {
        var seen: Set<String> = []
        return recipients.compactMap { recipient in
            guard seen.insert(recipient.forwardPath.comparisonKey).inserted else { return nil }
            return account(recipient.forwardPath)?.address
        }
    }

    /// True when `recipient` is one account's and another of `others` is another's, and one of the two is certified, or retrieved as well: what
    /// is found of certified mail is found for one account, and a maildrop holds the mail of one.
    public func parts(_ recipient: EnvelopeRecipient, from others: [EnvelopeRecipient]) -> Bool {
        guard let own = account(recipient.forwardPath) else { return false }
        return others.contains { other in
            guard let account = account(other.forwardPath) else { return false }
            return account.address.comparisonKey != own.address.comparisonKey
                && (account.isCertified || own.isCertified || account.isRetrieved || own.isRetrieved)
        }
    }

    /// The account of an address; nil when it belongs to none.
    func account(_ address: AddrSpec?) -> RoutedAccount? {
        address.flatMap { accounts[$0.comparisonKey] }
    }

    /// Mail that comes in goes to Exchange, all of it or, with one recipient that is not ours, nothing.
    private func decideIncoming(
        _ question: RoutingQuestion,
        _ expand: ([EnvelopeRecipient]) -> [EnvelopeRecipient]
    ) -> RoutingDecision {
        guard question.header.receivedCount <= Self.maximumReceived else { return .refuse(Refusal.loop) }
        if question.listener == .provider, let refusal = returned(question) { return .refuse(refusal) }
        guard !question.header.isTruncated else { return .refuse(Refusal.headerTooLarge) }
        for recipient in question.envelope.recipients {
            if let refusal = acceptsRecipient(recipient.forwardPath, listener: question.listener) {
                return .refuse(refusal)
            }
        }
        return .route(
            .exchange,
            reversePath: question.envelope.reversePath,
            recipients: expand(question.envelope.recipients),
            reason: question.listener == .provider
                ? "a provider forwarded it for an account: to the recipients of the account"
                : "it is for the company's domains: to Exchange"
        )
    }

    /// The Exchange recipients of the accounts in `recipients`, each once, with the DSN parameters of the account that named it first.
    public func readers(of recipients: [EnvelopeRecipient]) -> [EnvelopeRecipient] {
        var seen: Set<String> = []
        return recipients.flatMap { recipient in
            (account(recipient.forwardPath)?.deliverTo ?? []).compactMap { address in
                guard seen.insert(address.comparisonKey).inserted else { return nil }
                return EnvelopeRecipient(
                    address,
                    notify: recipient.notify,
                    originalRecipient: recipient.originalRecipient
                )
            }
        }
    }

    private static func parts(_ key: String) -> (local: String, domain: String)? {
        guard let at = key.lastIndex(of: "@") else { return nil }
        return (String(key[..<at]), String(key[key.index(after: at)...]))
    }
}
