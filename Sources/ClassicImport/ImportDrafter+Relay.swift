// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

extension ImportDrafter {
    /// `relayhost`: where mail goes that is from no account.
    mutating func readRelay() {
        let text = postfixValue("relayhost")
        guard !text.isEmpty else { return }
        relay = submission(text, postfixPlace("relayhost"))
        guard relay != nil else { return }
        relayLogin = hostLogin(text)
    }

    /// A machine of one mailbox sends everything by `relayhost`: where that logs in as an account, it is the account's submission, unless
    /// another one is known.
    mutating func giveRelayToItsAccount() {
        guard let relay, let relayLogin, let index = relayOwner(), accounts[index].submit == nil else { return }
        let mailbox = accounts[index].mailbox
        let pop3 = mailbox.flatMap { $0.isIMAP ? nil : $0.server.endpoint }
        let imap = mailbox.flatMap { $0.isIMAP ? $0.server.endpoint : nil }
        guard preset(nil, pop3, imap) == nil || preset(relay.endpoint, pop3, imap) != nil else { return }
        accounts[index].submit = relay
        accounts[index].login = relayLogin
    }

    /// Takes the relay away where it is the way of an account, or of certified mail: other mail must not take it (P4).
    mutating func settleRelay() {
        guard let relay else { return }
        let owner = relayOwner().map { accounts[$0].address }
        let tunnel = relayLogin != nil && isUnnamedTunnel(relay)
        let certified = tunnel ? nil : certifiedProvider(relay)
        guard tunnel || certified != nil || owner != nil else { return }
        let reason =
            if tunnel {
                "goes with a login to a tunnel of this machine, port \(relay.endpoint.port)"
            } else if let certified {
                "leads to a provider of certified mail, \(certified)"
            } else { "has the login of an account" }
        let own = relayLogin == nil ? accounts.first { isSubmission(relay, of: $0) }?.address : owner
        var remedy = [own.map { "\($0) is an account of its own now." } ?? relayRemedy(relay, certified)]
        if tunnel { remedy = ["Name stunnel's file with --stunnel, and import again."] }
        remedy.append("Mail that is from no account goes by MX, unless you write a server for it into internet.relay.")
        remark(
            postfixPlace("relayhost"),
            "relayhost \(reason): it was not taken for internet.relay, or everybody's mail would leave that way",
            remedy.joined(separator: " ")
        )
        self.relay = nil
        relayLogin = nil
    }

    /// How the account is added that the relay was used for.
    private func relayRemedy(_ relay: ImportedServer, _ certified: String?) -> String {
        guard let certified, let relayLogin else { return "No login of it is known." }
        let isKnown = ProviderConfiguration.builtIn[certified] != nil || providers.contains { $0.name == certified }
        let entry = isKnown ? "" : " (write it under `providers`: certified: true, submit: \(relay.endpoint))"
        guard let address = AddrSpec(relayLogin.name) else {
            return "The login in \(relayLogin.place) looks like that of an account at \(certified)\(entry): "
                + "ceralacca account add."
        }
        let option = isKnown ? " --provider \(certified)" : ""
        return "This looks like the account \(address) at \(certified)\(entry): "
            + "ceralacca account add \(address)\(option)."
    }

    /// The account whose credentials the relay is used with: by its address, or by its login at this server.
    private func relayOwner() -> Int? {
        guard let relay, let relayLogin else { return nil }
        let key = AddrSpec(relayLogin.name)?.comparisonKey
        return accounts.firstIndex { account in
            account.address.comparisonKey == key
                || account.login?.name == relayLogin.name && isSubmission(relay, of: account)
        }
    }

    private func isSubmission(_ server: ImportedServer, of account: ImportedAccount) -> Bool {
        account.submit?.endpoint.isSameServer(as: server.endpoint) == true
    }

    /// The provider of certified mail that the relay is: a built-in one, one that the draft makes, or a host whose names say so.
    private func certifiedProvider(_ relay: ImportedServer) -> String? {
        let builtIn = ProviderPreset.all.map(\.configuration).first {
            $0.isCertified && $0.submit.isSameServer(as: relay.endpoint)
        }
        if let builtIn { return builtIn.name }
        let made = providers.first { $0.isCertified && $0.submit?.isSameServer(as: relay.endpoint) == true }
        if let made { return made.name }
        let domain = relayLogin.flatMap { AddrSpec($0.name)?.domain }
        let names = [relay.endpoint.host] + [domain].compactMap(\.self)
        return ImportNaming.looksCertified(names) ? relay.endpoint.host : nil
    }
}
