// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ClassicImport
import GatewayConfiguration
import MailModel
import Testing

/// What an import must not do on the word of the old files: remove mail, mix up mailboxes, weaken TLS, let strangers in.
struct ImportSafetyTests {
    private func draft(_ files: [String: String]) throws -> ImportDraft { try SmallMachine(files).draft() }

    private func isTold(_ draft: ImportDraft, _ words: String) -> Bool { SmallMachine.isTold(draft, words) }

    private let aruba =
        "poll pop3s.pec.aruba.it proto pop3 user a@pec.it pass x is mario@azienda.it here ssl"

    @Test func `identifiers of a fetchmail whose file does not keep come with keep forever, and are told`() throws {
        let ids = "a@pec.it@pop3s.pec.aruba.it A1\na@pec.it@pop3s.pec.aruba.it A2\n"
        let made = try draft(["/f/fetchmailrc": aruba, "/f/.fetchids": ids])
        #expect(made.text.contains("keep: forever") && !made.text.contains("keep: 0d"))
        #expect(made.seen.map(\.uniqueIDs) == [["A1", "A2"]])
        #expect(isTold(made, "fetchmail kept mail although the file does not say so"))
        let kept = try draft(["/f/fetchmailrc": "\(aruba) keep", "/f/.fetchids": ids])
        #expect(kept.text.contains("keep: forever") && !isTold(kept, "although"))
    }

    @Test(arguments: [("", "keep: 7d"), (" keep", "keep: forever")])
    func `a mailbox of which no identifier is known is told with fetchmail's options, and nothing goes at once`(
        _ keep: String,
        _ written: String
    ) throws {
        for ids in [[:], ["/f/.fetchids": "other@pec.it@pop3s.pec.aruba.it A1\n"]] {
            let made = try draft(["/f/fetchmailrc": aruba + keep].merging(ids) { $1 })
            #expect(made.text.contains(written) && made.seen.isEmpty)
            #expect(isTold(made, "everything that is at the provider will be fetched once more"))
            for words in ["-k", "-i FILE", "/etc/default/fetchmail", "systemd units"] { #expect(isTold(made, words)) }
        }
    }

    private func getmail(_ type: String, _ options: String) -> String {
        """
        [retriever]
        type = \(type)
        server = pop3s.pec.aruba.it
        username = a@pec.it
        password = x
        [destination]
        type = MDA_external
        path = /usr/sbin/sendmail
        arguments = ("-i", "mario@azienda.it")
        [options]
        \(options)
        """
    }

    @Test func `identifiers of a getmail that deletes come with keep forever, and are told`() throws {
        let oldmail = ["/g/oldmail-pop3s.pec.aruba.it-995-a@pec.it": "A1\u{0}1764400000\n"]
        let made = try draft(
            ["/g/getmailrc": getmail("SimplePOP3SSLRetriever", "delete = true")].merging(oldmail) { $1 }
        )
        #expect(made.text.contains("keep: forever") && made.seen.map(\.uniqueIDs) == [["A1"]])
        #expect(isTold(made, "getmail kept mail although the file does not say so"))
    }

    @Test func `a Broken retriever has no identifiers, whatever lies beside it`() throws {
        let oldmail = ["/g/oldmail-pop3s.pec.aruba.it-995-a@pec.it": "1\u{0}1764400000\n"]
        let rc = getmail("BrokenUIDLPOP3SSLRetriever", "delete = true")
        let made = try draft(["/g/getmailrc": rc].merging(oldmail) { $1 })
        #expect(made.seen.isEmpty && made.text.contains("keep: 7d"))
        #expect(isTold(made, "knows no message again by its identifier") && isTold(made, "fetched once more"))
    }

    @Test func `two tunnels on one host with the same login share their identifiers: nothing is taken over or fetched`()
        throws
    {
        let rc = """
            poll uno via localhost proto pop3 port 1995 user info pass x is mario@azienda.it here keep
            poll due via localhost proto pop3 port 2995 user info pass y is lucia@azienda.it here keep
            poll tre via localhost proto pop3 port 1995 user c@pec.it pass z is c@azienda.it here keep
            """
        let stunnel = """
            [uno]
            client = yes
            accept = 127.0.0.1:1995
            connect = pop3s.pec.aruba.it:995
            [due]
            client = yes
            accept = 127.0.0.1:2995
            connect = mbox.cert.legalmail.it:995
            """
        let ids = "info@localhost A1\nc@pec.it@localhost C1\n"
        let logins = rc.replacing("user info", with: "user a@pec.it")
        let files = ["/s/stunnel.conf": stunnel, "/f/fetchmailrc": logins]
        let made = try draft(files.merging(["/f/.fetchids": ids + "a@pec.it@localhost A1\n"]) { $1 })
        #expect(made.seen.map(\.uniqueIDs) == [["C1"]])
        #expect(made.remarks.filter { $0.message.contains("does not say which of them") }.count == 2)
        #expect(made.text.ranges(of: "protocol: none").count == 1 && made.text.ranges(of: "protocol: pop3").count == 1)
    }

    /// Postfix with two accounts at two providers, and a mailbox whose login is no address.
    private func postfix(logins: (String, String), more: String = "") -> [String: String] {
        [
            "/p/main.cf": """
            relay_domains = azienda.it
            transport_maps = inline:{azienda.it=smtp:[exch1.azienda.lan]}
            mynetworks = 10.0.0.10
            smtpd_relay_restrictions = permit_mynetworks, reject
            sender_dependent_relayhost_maps = inline:{a@uno.it=[smtp.primo.it]:465, b@due.it=[smtp.secondo.it]:465}
            smtp_sender_dependent_authentication = yes
            smtp_sasl_password_maps = inline:{a@uno.it=\(logins.0):x, b@due.it=\(logins.1):y}
            \(more)
            """, "/p/master.cf": "smtp inet n - y - - smtpd\n",
        ]
    }

    @Test(arguments: ["pop.primo.it", "pop.secondo.it", "pop.terzo.it"])
    func `a login that is no address belongs to the account of the same provider alone`(_ host: String) throws {
        let rc = ["/f/fetchmailrc": "poll \(host) proto pop3 user info pass x is mario@azienda.it here ssl"]
        let made = try draft(postfix(logins: ("info", "info")).merging(rc) { $1 })
        let entries = made.text.split(separator: "address: ").filter { $0.contains("protocol: pop3") }
        switch host {
        case "pop.primo.it": #expect(entries.count == 1 && entries[0].hasPrefix("a@uno.it"))
        case "pop.secondo.it": #expect(entries.count == 1 && entries[0].hasPrefix("b@due.it"))
        default: #expect(entries.isEmpty && isTold(made, "the login is no address"))
        }
    }

    @Test(arguments: ["poll", "skip"])
    func `another login for retrieval than for submission is carried over with fetch`(_ entry: String) throws {
        var files = postfix(logins: ("M1", "b"))
        files["/f/fetchmailrc"] = "\(entry) pop.primo.it proto pop3 user a@uno.it pass x is m@azienda.it here ssl"
        let made = try draft(files)
        let configuration = try ConfigurationFile.read(made.text, path: "/x.yaml", checkingFiles: false).configuration
        let account = try #require(configuration.accounts.first)
        #expect(account.login == "M1" && account.fetch.login == (entry == "poll" ? "a@uno.it" : nil))
        #expect(isTold(made, "`fetch.login`") == (entry == "skip"))
    }

    @Test func `a login that two accounts of one provider have belongs to neither`() throws {
        var files = postfix(logins: ("info", "info"))
        files["/p/main.cf"] = files["/p/main.cf"]?.replacing("smtp.secondo.it", with: "smtps.primo.it")
        files["/f/fetchmailrc"] = "poll pop.primo.it proto pop3 user info pass x is mario@azienda.it here ssl"
        let made = try draft(files)
        #expect(!made.text.contains("protocol: pop3") && isTold(made, "the login is no address"))
    }

    @Test(arguments: [
        ("smtp_tls_security_level = encrypt", "require"), ("smtp_tls_security_level = secure", "verify"),
        ("smtp_tls_security_level = verify", "verify"), ("smtp_tls_security_level = dane-only", "verify"),
        ("smtp_tls_security_level = fingerprint", "verify"), ("smtp_enforce_tls = yes", "verify"),
        ("smtp_enforce_tls = yes\nsmtp_tls_enforce_peername = no", "require"),
        ("smtp_tls_security_level = may\nsmtp_enforce_tls = yes", nil), ("smtp_tls_security_level = dane", nil),
    ])
    func `TLS that Postfix demands is demanded of Exchange and of the relay`(_ lines: String, _ policy: String?) throws
    {
        let made = try draft(postfix(logins: ("a", "b"), more: "\(lines)\nrelayhost = [smtp.isp.it]:25"))
        let configuration = try ConfigurationFile.read(made.text, path: "/x.yaml", checkingFiles: false).configuration
        #expect(configuration.exchange.servers.map(\.tls.rawValue) == [policy ?? "opportunistic"])
        #expect(configuration.internet.relay?.tls.rawValue == policy ?? "opportunistic")
        #expect(isTold(made, "exchange.tls: verify was taken") == (policy == "verify"))
    }

    @Test func `roots that Postfix trusts go with the demand, and what is not carried over of TLS is told`() throws {
        let lines = """
            smtp_tls_security_level = secure
            smtp_tls_CAfile = /p/ca.pem
            smtp_tls_policy_maps = inline:{azienda.it=encrypt}
            smtpd_tls_security_level = encrypt
            smtpd_tls_req_ccert = yes
            smtpd_tls_CAfile = /p/ca.pem
            """
        var files = postfix(logins: ("a", "b"), more: lines)
        files["/p/ca.pem"] = "-----BEGIN CERTIFICATE-----\n"
        let made = try draft(files)
        #expect(made.text.contains("  tls: verify\n  trust: /p/ca.pem\n"))
        for name in ["smtp_tls_policy_maps", "smtpd_tls_security_level", "smtpd_tls_req_ccert", "smtpd_tls_CAfile"] {
            #expect(isTold(made, "\(name) is not carried over"))
        }
    }

    @Test(arguments: [
        ("10.0.0.0/24, !10.0.0.5, 10.0.9.0/24", ["10.0.9.0/24"], "10.0.0.0/24 without 10.0.0.5/32"),
        ("!10.0.0.0/8, 10.0.0.7, 192.168.1.0/24", ["192.168.1.0/24"], "10.0.0.7/32 without 10.0.0.0/8"),
        ("0.0.0.0/1, 128.0.0.0/1, 10.0.0.0/8", ["10.0.0.0/8"], "nearly everybody"),
    ])
    func `networks with an exception, and those of nearly everybody, are left out`(
        _ networks: String,
        _ allow: [String],
        _ told: String
    ) throws {
        var files = postfix(logins: ("a", "b"))
        files["/p/main.cf"] = files["/p/main.cf"]?.replacing("mynetworks = 10.0.0.10", with: "mynetworks = \(networks)")
        let made = try draft(files)
        #expect(made.text.contains("allow: [\(allow.map { "\"\($0)\"" }.joined(separator: ", "))]"))
        #expect(isTold(made, told), "\(made.remarks)")
    }

    @Test func `an entry for all subdomains is told, and does not spoil the configuration`() throws {
        var files = postfix(logins: ("a", "b"))
        files["/p/main.cf"] = files["/p/main.cf"]?.replacing("= azienda.it\n", with: "= azienda.it, .azienda.it\n")
        let made = try draft(files)
        #expect(made.text.contains("domains: [azienda.it]") && isTold(made, "all subdomains of a domain"))
    }

    @Test func `a host name that begins with digits is not this machine`() throws {
        let stunnel = "[t]\nclient = yes\naccept = 995\nconnect = pop.altro.it:995\n"
        let rc = "poll 127.provider.it proto pop3 user a@provider.it pass x is mario@azienda.it here ssl"
        let made = try draft(["/s/stunnel.conf": stunnel, "/f/fetchmailrc": rc])
        #expect(made.text.contains("pop3s://127.provider.it:995"))
    }
}
