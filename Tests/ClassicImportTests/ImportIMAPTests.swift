// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ClassicImport
import GatewayConfiguration
import MailModel
import Testing

/// Mailboxes that the old programs read by IMAP: fetched where they removed what they took, else left to a person.
struct ImportIMAPTests {
    private func isTold(_ draft: ImportDraft, _ words: String) -> Bool { SmallMachine.isTold(draft, words) }

    private func account(_ draft: ImportDraft) throws -> AccountConfiguration {
        let file = try ConfigurationFile.read(draft.text, path: "/x.yaml", checkingFiles: false)
        return try #require(file.configuration.accounts.first)
    }

    private func fetchmail(_ options: String, host: String = "imaps.pec.aruba.it proto imap") throws -> ImportDraft {
        let rc = "poll \(host) user a@pec.it pass x is mario@azienda.it here ssl \(options)"
        return try SmallMachine(["/f/fetchmailrc": rc]).draft()
    }

    @Test func `an IMAP mailbox that fetchmail empties is fetched by IMAP, and what else is there is told`() throws {
        let made = try fetchmail("")
        let account = try account(made)
        #expect(account.provider.name == "aruba" && account.provider.imap?.host == "imaps.pec.aruba.it")
        #expect(account.fetch.retrieval == .imap && account.fetch.folders == ["INBOX"])
        #expect(account.fetch.keep == .duration(.seconds(7 * 86_400)), "nothing is removed at once")
        #expect(isTold(made, "everything else in INBOX will be fetched, what people have read there too"))
        for words in ["-k keeps", "/etc/default/fetchmail", "`keep` is not 0d"] { #expect(isTold(made, words)) }
        #expect(!isTold(made, "pop3") && made.seen.isEmpty)
    }

    @Test func `an IMAP mailbox that fetchmail leaves as it is waits for a person, and the remedy is IMAP`() throws {
        let made = try fetchmail("keep folder INBOX folder 'Posta inviata'")
        #expect(try account(made).fetch.retrieval == .none)
        #expect(isTold(made, "the gateway cannot tell it from what is new: the mailbox is not fetched"))
        #expect(isTold(made, "Empty INBOX, Posta inviata of what was delivered"))
        #expect(isTold(made, "fetch: {protocol: imap, folders: [INBOX, \"Posta inviata\"], keep: forever}"))
        #expect(!isTold(made, "pop3"))
    }

    @Test func `folders of fetchmail are carried over as people write them, each once`() throws {
        let made = try fetchmail("folder inbox, \"Posta gi&AOA- letta\" INBOX R&-D")
        #expect(try account(made).fetch.folders == ["INBOX", "Posta già letta", "R&D"])
    }

    @Test(arguments: ["folder 'a&b'", "folder INBOX ''", "folder '\(String(repeating: "x", count: 256))'"])
    func `a folder whose name is not understood leaves the mailbox unfetched`(_ option: String) throws {
        let made = try fetchmail(option)
        #expect(try account(made).fetch.retrieval == .none)
        #expect(isTold(made, "a folder's name is not understood"))
    }

    @Test func `a folder that POP3 cannot fetch is told`() throws {
        let made = try fetchmail("folder Spam", host: "pop3s.pec.aruba.it proto pop3")
        #expect(try account(made).fetch.retrieval == .pop3)
        #expect(isTold(made, "the option folder is not carried over POP3 knows the INBOX alone"))
    }

    @Test(arguments: [
        ("imap.x.it", "", "pop3"), ("imap.x.it", "port 993", "imap"), ("x.it", "service imap", "imap"),
        ("x.it", "port 995", "pop3"), ("x.it", "folder Spam", "imap"),
    ])
    func `without a protocol the port or a folder tells IMAP, else POP3 is taken and told`(
        _ host: String,
        _ option: String,
        _ expected: String
    ) throws {
        let server = option.hasPrefix("folder") ? "" : option
        let made = try fetchmail(option.hasPrefix("folder") ? option : "", host: "\(host) \(server)")
        #expect(try account(made).fetch.retrieval.rawValue == expected)
        #expect(isTold(made, "fetchmail asks for IMAP first") == option.isEmpty)
    }

    @Test func `what keeps a mailbox from being fetched is told with the protocol that it has`() throws {
        let cases = [("", "Name the recipients in `deliver_to`"), ("is '*' here", "Name who gets all of it")]
        for (option, words) in cases {
            let rc = "skip i.x.it proto imap user a@x.it pass x ssl folder Spam \(option)"
            let made = try SmallMachine(["/f/fetchmailrc": rc]).draft()
            #expect(isTold(made, "Give it fetch: {protocol: imap, folders: [Spam]} when it shall be."))
            #expect(isTold(made, words) && isTold(made, "then give it fetch: {protocol: imap, folders: [Spam]}."))
            #expect(!isTold(made, "pop3") && made.text.contains("imap: \"imaps://i.x.it:993\""))
        }
    }

    @Test func `a provider of which nothing but IMAP is known is no built-in one, and its account is right`() throws {
        let account = try account(try fetchmail("", host: "imap.sconosciuto.it proto imap"))
        #expect(account.provider.name == "sconosciuto-it" && account.provider.pop3 == nil)
        #expect(account.provider.imap?.description == "imaps://imap.sconosciuto.it:993")
        #expect(account.retrievalServer == account.provider.imap)
    }

    @Test func `a built-in provider without IMAP gets the server that the old files name`() throws {
        let made = try SmallMachine([
            "/f/fetchmailrc":
                "poll imap.x.it proto imap user a@pectim.it pass x is mario@azienda.it here ssl",
            "/p/main.cf": """
            sender_dependent_relayhost_maps = inline:{a@pectim.it=[smtps.pectim.it]:465}
            smtp_sasl_password_maps = inline:{a@pectim.it=a@pectim.it:x}
            smtp_sender_dependent_authentication = yes
            """,
        ]).draft()
        let account = try account(made)
        #expect(account.provider.name == "tim-pec" && account.fetch.retrieval == .imap)
        #expect(account.provider.imap?.host == "imap.x.it")
    }

    private func getmail(_ retriever: String, _ options: String) throws -> ImportDraft {
        try SmallMachine([
            "/g/getmailrc": """
            [retriever]
            type = SimpleIMAPSSLRetriever
            server = imaps.pec.aruba.it
            username = a@pec.it
            password = x
            \(retriever)
            [destination]
            type = MDA_external
            path = /usr/sbin/sendmail
            arguments = ("-i", "mario@azienda.it")
            [options]
            \(options)
            """, "/g/oldmail-imaps.pec.aruba.it-993-a@pec.it": "1/2\u{0}1764400000\n",
        ]).draft()
    }

    @Test func `an IMAP mailbox that getmail empties is fetched with its folders, as they are written`() throws {
        let made = try getmail("mailboxes = (\"INBOX\",\n   'Posta già letta', 'R&D')", "delete = true")
        #expect(try account(made).fetch.retrieval == .imap && made.seen.isEmpty)
        #expect(try account(made).fetch.folders == ["INBOX", "Posta già letta", "R&D"])
        #expect(isTold(made, "Take out of the mailbox what Exchange has"))
    }

    @Test(arguments: [
        ("", "", "keep: forever"), ("", "delete_after = 30", "keep: 30d"),
        (#"imap_on_delete = (\Seen)"#, "delete = true", "keep: forever"),
    ])
    func `an IMAP mailbox in which getmail leaves mail waits for a person`(
        _ retriever: String,
        _ options: String,
        _ keep: String
    ) throws {
        let made = try getmail(retriever, options)
        #expect(try account(made).fetch.retrieval == .none)
        #expect(isTold(made, "then fetch: {protocol: imap, \(keep)}."))
    }

    @Test func `what getmail does with folders and the gateway does not is told`() throws {
        let all = try getmail("mailboxes = ALL", "delete = true")
        #expect(try account(all).fetch.retrieval == .none && isTold(all, "a folder's name is not understood"))
        let moved = try getmail("move_on_delete = Fatto\nimap_search = UNSEEN", "delete = true")
        #expect(isTold(moved, "move_on_delete is not carried over") && isTold(moved, "`fetch.move_to`"))
        #expect(isTold(moved, "imap_search is not carried over"))
    }
}
