// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailTransport

extension IMAPSession {
    /// How often mailboxes that change while they are listed are listed.
    private static var attempts: Int { 3 }
    /// Time between two questions about the quota.
    private static var quotaPause: Duration { .seconds(600) }
    /// Hundredths of a quota from which on a person is told.
    private static var fullPercent: Int { 80 }

    /// Lists every mailbox of the account as if they were one. A message that is moved from one to another meanwhile would stand in
    /// both, and come twice: a listing is taken only when nothing was moved while it was made.
    mutating func list() async throws(RetrievalFailure) -> [ListedMessage] {
        for _ in 0..<Self.attempts {
            try await listAll()
            guard try await isUnchanged() else { continue }
            try await askQuota()
            return places.enumerated().map { index, place in
                ListedMessage(number: index + 1, octets: place.message.octets, uniqueID: uniqueID(place))
            }
        }
        throw RetrievalFailure(.delayed, "\(connection.peer): the mailboxes change while they are listed")
    }

    private func uniqueID(_ place: Place) -> String? {
        listed[place.mailbox]?.uidValidity.map { IMAPIdentity.uniqueID(place.message.uid, $0, in: place.mailbox) }
    }

    private mutating func listAll() async throws(RetrievalFailure) {
        (listed, places, unopened) = ([:], [], nil)
        for name in account.mailboxes {
            let status = try await select(name)
            guard status.isOK, let mailbox = machine.mailbox else {
                unopened = "the folder \(name) cannot be opened: \(status)"
                continue
            }
            if listed.isEmpty { hasNews = false }
            listed[name] = mailbox
            places += try await messages(of: mailbox).map { Place(mailbox: name, message: $0) }
        }
        if listed.isEmpty, let unopened { throw RetrievalFailure(.session, "\(connection.peer): \(unopened)") }
    }

    private mutating func select(_ name: IMAPMailboxName) async throws(RetrievalFailure) -> IMAPStatus {
        let hasSequences = machine.capabilities?.hasModificationSequences ?? false
        let status = try await command(.select(name, modificationSequences: hasSequences))
        if !status.isOK { machine.forgetMailbox() }
        return status
    }

    private mutating func messages(of mailbox: IMAPMailbox) async throws(RetrievalFailure) -> [IMAPMessage] {
        if let messages = memory.messages(of: mailbox) { return messages }
        let messages = mailbox.messages == 0 ? [] : try await listSelected()
        memory.keep(messages, of: mailbox)
        return messages
    }

    /// The messages of the selected mailbox, each once, the oldest first.
    mutating func listSelected() async throws(RetrievalFailure) -> [IMAPMessage] {
        var found: [IMAPUID: IMAPMessage] = [:]
        let status = try await command(.list) { action in
            if case .listed(let message) = action { found[message.uid] = message }
        }
        guard status.isOK else {
            throw RetrievalFailure(.session, "\(connection.peer): the messages cannot be listed: \(status)")
        }
        return found.values.sorted { $0.uid < $1.uid }
    }

    /// False when messages may have left one of several mailboxes since it was listed. What arrived since comes with the next fetch: when
    /// there are as many messages more as identifiers were given out, none has left.
    private mutating func isUnchanged() async throws(RetrievalFailure) -> Bool {
        guard listed.count > 1 else { return true }
        for name in account.mailboxes.dropLast() {
            guard let before = listed[name] else { continue }
            guard try await select(name).isOK, let now = machine.mailbox, now.uidValidity == before.uidValidity,
                let next = now.nextUID, let first = before.nextUID,
                now.messages - before.messages == Int(next.rawValue) - Int(first.rawValue)
            else { return false }
        }
        return true
    }

    /// Selects a mailbox of the listing, unless it is selected: its identifiers must mean what they meant.
    mutating func reselect(_ name: IMAPMailboxName) async throws(RetrievalFailure) {
        if let mailbox = machine.mailbox, mailbox.name == name, mailbox.uidValidity == listed[name]?.uidValidity {
            return
        }
        let status = try await select(name)
        guard status.isOK, let mailbox = machine.mailbox else {
            throw RetrievalFailure(
                .session,
                "\(connection.peer): the mailbox \(name) cannot be opened again: \(status)"
            )
        }
        guard mailbox.uidValidity == listed[name]?.uidValidity else {
            throw RetrievalFailure(.delayed, "\(connection.peer): the identifiers of \(name) were changed meanwhile")
        }
    }

    private mutating func askQuota() async throws(RetrievalFailure) {
        guard machine.capabilities?.hasQuota == true, let name = account.mailboxes.first else { return }
        if let asked = memory.quotaAsked, .now - asked < Self.quotaPause { return }
        var fullest: IMAPQuota.Resource?
        let status = try await command(.quotaRoot(name)) { action in
            guard case .quota(let quota) = action else { return }
            for resource in quota.resources where (resource.percent ?? -1) > (fullest?.percent ?? -1) {
                fullest = resource
            }
        }
        memory.quotaAsked = .now
        guard status.isOK else { return }  // no quota on this mailbox
        guard let fullest, let percent = fullest.percent, fullest.isUsed(beyond: Self.fullPercent) else {
            memory.quotaWords = nil
            return
        }
        let (usage, limit) = (Self.words(fullest.name, fullest.usage), Self.words(fullest.name, fullest.limit))
        memory.quotaWords = "\(percent) % of the quota are used, \(usage) of \(limit)"
    }

    /// STORAGE is counted in units of 1024 octets (RFC 9208 §5.1).
    private static func words(_ resource: String, _ amount: Int) -> String {
        guard resource == "STORAGE" else { return "\(amount) \(resource.lowercased())" }
        return amount < 10_000 ? "\(amount) KiB" : "\(amount / 1024) MiB"
    }
}
