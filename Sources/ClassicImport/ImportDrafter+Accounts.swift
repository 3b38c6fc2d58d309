// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

extension ImportDrafter {
    /// Joins what Postfix knows of senders with the mailboxes that are emptied.
    mutating func makeAccounts() {
        let relays = tables?.open("sender_dependent_relayhost_maps", &remarks) ?? PostfixTable()
        let isBySender = postfixValue("smtp_sender_dependent_authentication") == "yes"
        let passwords = passwords()
        let secrets = isBySender ? passwords : PostfixTable()
        // With very many patterns fewer addresses are compared with them.
        let limit = min(Self.maximumAccounts, Self.maximumComparisons / max(1, relays.patterns + secrets.patterns))
        let named = firstFew(candidates(relays, secrets), SourcePlace("accounts"), "addresses", limit: limit)
        for (address, place) in named { accounts.append(account(address, place, relays, secrets)) }
        remarkClasses(relays)
        joinMailboxes()
        giveRelayToItsAccount()
        for account in accounts where account.submit == nil && account.mailbox == nil {
            remark(account.place, "no server of \(account.address) is known: no account was made", "Add it by hand.")
        }
        accounts.removeAll { $0.submit == nil && $0.mailbox == nil }
        for index in accounts.indices {
            var account = accounts[index]
            check(&account)
            accounts[index] = account
        }
    }

    private mutating func account(
        _ address: AddrSpec,
        _ place: SourcePlace,
        _ relays: PostfixTable,
        _ secrets: PostfixTable
    ) -> ImportedAccount {
        var account = ImportedAccount(address: address, place: place)
        let key = address.description.lowercased()
        let own = secrets.lookup(key)
        var relay = relays.lookup(key) ?? relays.lookup("@\(address.domain.lowercased())")
        if relay?.value.uppercased() == "DUNNO" { relay = nil }
        if relay == nil, own != nil, isPostfixSet("relayhost") {
            relay = (postfixValue("relayhost"), postfixPlace("relayhost"))
        }
        if let (text, place) = relay {
            account.submit = submission(text, place)
            account.login = own.flatMap { login($0.value, $0.place) } ?? hostLogin(text)
        }
        return account
    }

    /// The addresses that may be accounts, in the order in which the files name them.
    private func candidates(_ relays: PostfixTable, _ secrets: PostfixTable) -> [(AddrSpec, SourcePlace)] {
        var seen: Set<String> = []
        var result: [(AddrSpec, SourcePlace)] = []
        var named: [(String, SourcePlace)] = []
        for table in [relays, secrets] {
            named += table.entries.map { ($0.key, $0.place) }
            named += table.rules.compactMap { rule in rule.literal.map { ($0, rule.place) } }
        }
        named += mailboxes.compactMap { mailbox in mailbox.login.map { ($0, mailbox.place) } }
        for (text, place) in named {
            guard let address = AddrSpec(text), seen.insert(address.comparisonKey).inserted else { continue }
            result.append((address, place))
        }
        return result
    }

    /// Entries for whole domains and patterns: whom they mean stands nowhere.
    private mutating func remarkClasses(_ relays: PostfixTable) {
        let places =
            relays.entries.filter { AddrSpec($0.key) == nil }.map(\.place)
            + relays.rules.filter { $0.literal == nil }.map(\.place)
        for place in places {
            remark(
                place,
                "a relay host for more than one sender: accounts were made of those alone that other files name",
                "Add the others under `accounts`, each with its own login."
            )
        }
    }

    /// Gives each mailbox to the account whose it is: by address, or by login.
    private mutating func joinMailboxes() {
        var addresses: [String: Int] = [:]
        var logins: [String: [Int]] = [:]
        for (index, account) in accounts.enumerated() {
            addresses[account.address.comparisonKey] = index
            if let login = account.login { logins[login.name, default: []].append(index) }
        }
        for mailbox in mailboxes {
            guard let login = mailbox.login else {
                remark(mailbox.place, "a mailbox without a login is not carried over", "Add the account by hand.")
                continue
            }
            let owner =
                AddrSpec(login).flatMap { addresses[$0.comparisonKey] } ?? owner(of: mailbox, logins[login] ?? [])
            join(mailbox, owner)
        }
    }

    private mutating func join(_ mailbox: ImportedMailbox, _ owner: Int?) {
        guard let owner else {
            return remark(
                mailbox.place,
                "the login is no address, and no file says which account at this provider it is: the mailbox is not carried over",
                "Add the account by hand, with `login`."
            )
        }
        guard accounts[owner].mailbox == nil else {
            return remark(
                mailbox.place,
                "a second mailbox of \(accounts[owner].address) is not carried over",
                "An account has one mailbox: remove the other entry, and import again."
            )
        }
        accounts[owner].mailbox = mailbox
    }

    /// The one among the accounts with this login that is at the mailbox's provider; nil when there is none, or more than one.
    private func owner(of mailbox: ImportedMailbox, _ candidates: [Int]) -> Int? {
        // A login of so many says nothing.
        guard candidates.count <= 16 else { return nil }
        let server = mailbox.server
        let (pop3, imap) = mailbox.isIMAP ? (nil, server.endpoint) : (server.endpoint, nil)
        let found = candidates.filter { index in
            guard let submit = accounts[index].submit else { return false }
            return submit.tunnel != nil && submit.tunnel == server.tunnel
                || Self.registrableDomain(submit.endpoint.host) == Self.registrableDomain(server.endpoint.host)
                || preset(submit.endpoint, pop3, imap) != nil
        }
        return found.count == 1 ? found.first : nil
    }

    /// The last two labels of a host name, three under a domain of a country's for all (`co.uk`); an address is its own.
    static func registrableDomain(_ host: String) -> String {
        let labels = host.lowercased().split(separator: ".")
        guard !IPLiteral.isAddress(host), labels.count > 2 else { return host.lowercased() }
        let isShared = ["co", "com", "net", "org", "gov", "edu", "ac"].contains(labels[labels.count - 2])
        return labels.suffix(isShared ? 3 : 2).joined(separator: ".")
    }

    /// What cannot stay as it is in an account.
    private mutating func check(_ account: inout ImportedAccount) {
        guard var mailbox = account.mailbox else {
            return remark(
                account.place,
                "nothing fetches the mail of \(account.address), and nobody is named who gets it",
                "Name the recipients in `deliver_to`; give it `fetch` when its mail shall be fetched."
            )
        }
        if let login = account.login, let password = mailbox.password, login.password != password {
            remark(
                mailbox.place,
                "the password is another one than in \(login.place): that one was taken",
                "If it is the old one: ceralacca secret set \(ImportNaming.secret(account.address))."
            )
        }
        if let login = mailbox.login, account.login == nil, let password = mailbox.password {
            account.login = ImportedLogin(name: login, password: password, place: mailbox.place)
        }
        let own = account.address.comparisonKey
        if mailbox.deliverTo.contains(where: { $0.comparisonKey == own }) {
            mailbox.deliverTo.removeAll { $0.comparisonKey == own }
            remark(
                mailbox.place,
                "the mailbox's mail goes to its own address: not carried over, it would go round for ever",
                "Name Exchange's recipient in `deliver_to`."
            )
        }
        if mailbox.deliverTo.isEmpty {
            mailbox.isFetched = false
            remark(
                mailbox.place,
                "nobody is named who gets the mail of \(account.address): the mailbox is not fetched",
                "Name the recipients in `deliver_to`, then give it \(mailbox.hint())."
            )
        }
        if let login = account.login, let name = mailbox.login, login.name != name, !mailbox.isFetched {
            remark(
                mailbox.place,
                "the login is another one than in \(login.place), for submission: it is not carried over as long as the mailbox is not fetched",
                "Give `fetch` this login together with its protocol: `fetch.login`."
            )
        }
        account.mailbox = mailbox
    }
}
