// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ClassicImport
import MailModel
import Testing

/// Files that are not where others say: copies of Postfix's directory, fetchmail's identifiers on Debian, files of another program.
struct ImportPlacesTests {
    private func isTold(_ draft: ImportDraft, _ words: String) -> Bool { SmallMachine.isTold(draft, words) }

    private let relays = "a@pec.it [smtps.pec.aruba.it]:465\n"

    private func main(_ directory: String, _ more: String = "") -> String {
        """
        mynetworks = 10.0.0.10
        \(more)
        smtp_sender_dependent_authentication = yes
        sender_dependent_relayhost_maps = hash:\(directory)/sender_relay
        smtp_sasl_password_maps = texthash:\(directory)/sasl_passwd
        relay_domains = \(directory)/domains
        """
    }

    @Test(arguments: [
        ("/etc/postfix", ""), ("/srv/px", "config_directory = /srv/px/"), ("/etc/postfix", "config_directory = /srv"),
    ])
    func `a copy of Postfix's directory is read by itself, and told once`(_ origin: String, _ more: String) throws {
        let made = try SmallMachine([
            "/p/main.cf": main(origin, more), "/p/sender_relay": relays, "/p/sasl_passwd": "a@pec.it a@pec.it:di-qui\n",
            "/p/domains": "azienda.it\n",
            // This machine's own.
            "\(origin)/sender_relay": "b@pec.it [smtps.pec.aruba.it]:465\n",
            "\(origin)/sasl_passwd": "a@pec.it a@pec.it:altrui\n",
        ]).draft()
        #expect(made.secrets.map { $0.secret.reveal() } == ["di-qui"] && !made.text.contains("b@pec.it"))
        #expect(made.text.contains("# /p/sender_relay:1, /p/sasl_passwd:1"))
        let told = made.remarks.filter { $0.message.contains("they were looked for in /p") }
        #expect(told.map(\.place.description) == ["/p/main.cf"] && told[0].message.contains("files under \(origin)"))
        #expect(!isTold(made, "cannot read"))
    }

    @Test(arguments: ["/etc/postfix", "/etc/postfix/", "/etc//./postfix/."])
    func `Postfix's own directory is no copy, however it is written`(_ directory: String) throws {
        var machine = SmallMachine([
            "/etc/postfix/main.cf": main("/etc/postfix"), "/etc/postfix/sender_relay": relays,
            "/etc/postfix/sasl_passwd": "a@pec.it a@pec.it:di-qui\n", "/etc/postfix/domains": "azienda.it\n",
        ])
        machine.postfix = directory
        let made = try machine.draft()
        #expect(made.secrets.map { $0.secret.reveal() } == ["di-qui"] && !isTold(made, "looked for in"))
    }

    private let aruba = "poll pop3s.pec.aruba.it proto pop3 user a@pec.it pass x is mario@azienda.it here ssl keep"

    @Test func `the identifiers of Debian's fetchmail are found without a word`() throws {
        let ids = "a@pec.it@pop3s.pec.aruba.it A1\n"
        let made = try SmallMachine(["/etc/fetchmailrc": aruba, "/var/lib/fetchmail/.fetchids": ids]).draft()
        #expect(made.seen.map(\.uniqueIDs) == [["A1"]] && made.seen.map(\.file) == ["/var/lib/fetchmail/.fetchids"])
        #expect(!isTold(made, "fetched once more"))
        let other = try SmallMachine(["/f/fetchmailrc": aruba, "/var/lib/fetchmail/.fetchids": ids]).draft()
        #expect(other.seen.isEmpty, "another user's fetchmail has its own")
        let named = try SmallMachine([
            "/etc/fetchmailrc": "set idfile /x/ids\n\(aruba)", "/var/lib/fetchmail/.fetchids": ids,
        ]).draft()
        #expect(named.seen.isEmpty && isTold(named, "looked for in /x/ids"))
    }

    @Test func `where identifiers were looked for is told, and where else they may be`() throws {
        let made = try SmallMachine(["/etc/fetchmailrc": aruba]).draft()
        #expect(isTold(made, "(looked for in /etc/.fetchids, /var/lib/fetchmail/.fetchids)"))
        #expect(isTold(made, "without -i they are in .fetchids in the home directory of the user that ran fetchmail"))
    }

    private static let rc = "[retriever]\ntype = SimplePOP3SSLRetriever\nserver = pop3s.pec.aruba.it\n"
    private static let fetchmailrc = "# PEC\npoll pop3s.pec.aruba.it proto pop3 user a@pec.it pass x\n"

    @Test(arguments: [
        ("/f/fetchmailrc", "myhostname = relay.azienda.it\n", "fetchmail", 1),
        ("/f/fetchmailrc", "# nothing\n", "fetchmail", nil),
        ("/f/fetchmailrc", "\n\(rc)", "fetchmail", 2), ("/g/getmailrc", fetchmailrc, "getmail", 2),
        ("/g/getmailrc", "[options]\ndelete = true\n", "getmail", nil),
    ])
    func `a file that holds no mailbox is another program's`(
        _ path: String,
        _ text: String,
        _ program: String,
        _ line: Int?
    ) {
        #expect(throws: ImportFailure.noMailbox(path, program: program, brokenAt: line)) {
            try SmallMachine([path: text]).draft()
        }
    }
}
