// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// Mail from Exchange, judged by its header: rows E1 to E52 and T1 to T9 of `docs/routing.md`.
extension RoutingTable {
    /// The longest From that is searched for an account's address when it cannot be read.
    static let maximumUnreadableOctets = 10_000

    func decideOutgoing(_ question: RoutingQuestion) -> RoutingDecision {
        let fields = OriginFields(question.header)
        guard fields.receivedCount <= Self.maximumReceived else { return .refuse(Refusal.loop) }
        guard !question.header.isTruncated else { return .refuse(Refusal.headerTooLarge) }
        guard !question.header.isBroken else { return .refuse(Refusal.brokenHeader) }
        if let refusal = question.tenants?.refusal(question.header) { return .refuse(refusal) }
        switch fields.author {
        case .mailbox(let address):
            let key = address.comparisonKey
            guard let account = accounts[key] else { return toInternet(question, reasonForStranger(question, fields)) }
            return fromAccount(account, key: key, question, fields)
        case .several(let addresses):
            return fromSeveral(addresses, question, fields)
        case .doubled:
            return .refuse(Refusal.doubledFrom)
        case .missing:
            if let claimed = claimedAccount(question, fields) { return .refuse(Refusal.missingFrom(claimed)) }
            return toInternet(question, "it has no From, and nothing in it names an account")
        case .unreadable(let body):
            guard body.utf8.count <= Self.maximumUnreadableOctets else { return .refuse(Refusal.unreadableFrom(nil)) }
            if let claimed = claimedAccount(question, fields) ?? accountMentioned(in: body) {
                return .refuse(Refusal.unreadableFrom(claimed))
            }
            return toInternet(question, "its From cannot be read, and nothing in it names an account")
        }
    }

    /// From is one mailbox, and it is an account.
    private func fromAccount(
        _ account: RoutedAccount,
        key: String,
        _ question: RoutingQuestion,
        _ fields: OriginFields
    ) -> RoutingDecision {
        let isNull = question.envelope.reversePath == .null
        if let refusal = question.tenants?.refusal(account.address, origins: fields.origins) { return .refuse(refusal) }
        if account.isCertified {
            if let field = fields.redirection { return .refuse(Refusal.redirected(account.address, field)) }
            if let field = fields.automation { return .refuse(Refusal.automatic(account.address, field)) }
            if isNull { return .refuse(Refusal.notification(account.address)) }
            if fields.hasSender(otherThan: key) { return .refuse(Refusal.onBehalf(account.address)) }
            if let refusal = account.preflight(question) { return .refuse(refusal) }
        }
        return .route(
            .account(key),
            reversePath: isNull ? .null : .mailbox(account.address),
            recipients: question.envelope.recipients,
            reason: isNull
                ? "From is the account \(key); a notification keeps its null reverse-path"
                : "From is the account \(key)"
        )
    }

    /// From names several mailboxes or groups.
    private func fromSeveral(
        _ addresses: [AddrSpec],
        _ question: RoutingQuestion,
        _ fields: OriginFields
    ) -> RoutingDecision {
        for address in addresses + fields.senderAddresses {
            if let account = account(address) { return .refuse(Refusal.severalAuthors(account.address)) }
        }
        guard addresses.isEmpty else {
            return toInternet(question, "From names several mailboxes, and none is an account")
        }
        if let claimed = claimedAccount(question, fields) { return .refuse(Refusal.missingFrom(claimed)) }
        return toInternet(question, "From names nobody, and nothing in it names an account")
    }

    private func toInternet(_ question: RoutingQuestion, _ reason: String) -> RoutingDecision {
        .route(
            .internet,
            reversePath: question.envelope.reversePath,
            recipients: question.envelope.recipients,
            reason: reason
        )
    }

    /// Why mail of somebody who is no account goes to the Internet, with what might have misled an administrator.
    private func reasonForStranger(_ question: RoutingQuestion, _ fields: OriginFields) -> String {
        if fields.isJournalReport { return "it is a journal report, and its own From is not an account" }
        if account(question.envelope.reversePath.mailbox) != nil {
            return "From is not an account; that the reverse-path is one gives no right to its credentials"
        }
        if fields.senderAddresses.contains(where: { account($0) != nil }) {
            return "From is not an account; that Sender is one gives no right to its credentials"
        }
        return "From is not an account"
    }

    /// The account that reverse-path or Sender name while From is silent.
    private func claimedAccount(_ question: RoutingQuestion, _ fields: OriginFields) -> AddrSpec? {
        if let account = account(question.envelope.reversePath.mailbox) { return account.address }
        return fields.senderAddresses.lazy.compactMap { account($0)?.address }.first
    }

    /// The account whose address stands somewhere in a From that is no address list; letters compare without case.
    ///
    /// What stands around each `@` is looked at. In doubt it is a mention: such a message is refused, it never takes another way.
    private func accountMentioned(in body: String) -> AddrSpec? {
        let pieces = body.split(separator: "@", omittingEmptySubsequences: false)
        for (left, right) in zip(pieces, pieces.dropFirst()) {
            let domain = right.drop { $0.isWhitespace }.prefix { Self.isDomainText($0) }
            var key = AddrSpec.comparisonDomain(String(domain))
            while key.hasSuffix(".") || key.hasSuffix("-") { key.removeLast() }
            guard let localParts = localPartsByDomain[key] else { continue }
            var text = left.suffix(AddrSpec.maximumLocalPartOctets + 10).lowercased()
            while let last = text.last, last.isWhitespace || last == "\"" { text.removeLast() }
            if let local = localParts.first(where: { Self.ends(text, with: $0) }) {
                return accounts["\(local)@\(key)"]?.address
            }
        }
        return nil
    }

    /// True when `text` ends with `word`, and not in the middle of a longer word.
    private static func ends(_ text: String, with word: String) -> Bool {
        guard text.hasSuffix(word) else { return false }
        guard let before = text.dropLast(word.count).last else { return true }
        return !before.isLetter && !before.isNumber
    }

    private static func isDomainText(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "." || character == "-" || character == "_"
    }
}
