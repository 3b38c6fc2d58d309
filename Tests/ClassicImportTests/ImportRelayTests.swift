// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ClassicImport
import GatewayConfiguration
import MailModel
import Testing

/// The relay of ordinary mail is never the way of an account or of certified mail (P4).
struct ImportRelayTests {
    private func draft(_ files: [String: String]) throws -> ImportDraft { try SmallMachine(files).draft() }

    private func isTold(_ draft: ImportDraft, _ words: String) -> Bool { SmallMachine.isTold(draft, words) }

    private func configuration(_ draft: ImportDraft) throws -> Configuration {
        try ConfigurationFile.read(draft.text, path: "/x.yaml", checkingFiles: false).configuration
    }

    /// Postfix that sends everything to `relay`, where it logs in as `login`.
    private func postfix(_ relay: String, _ login: String?, _ more: String = "") -> [String: String] {
        let secrets = login.map { "smtp_sasl_password_maps = inline:{\(relay)=\($0):segreto}\n" } ?? ""
        return ["/p/main.cf": "mynetworks = 10.0.0.10\nrelayhost = \(relay)\n\(secrets)\(more)"]
    }

    private let stunnel = [
        "/s/stunnel.conf": "[pec]\nclient = yes\naccept = 127.0.0.1:11465\nconnect = smtps.pec.aruba.it:465\n"
    ]

    /// What must not be there once a relay was refused.
    private func expectNoRelay(_ made: ImportDraft) throws {
        #expect(try configuration(made).internet == InternetConfiguration())
        #expect(!made.secrets.contains { "\($0.name)" == "relay" })
        #expect(isTold(made, "it was not taken for internet.relay"))
        #expect(isTold(made, "goes by MX, unless you write a server for it into internet.relay"))
        #expect(!"\(made.remarks)".contains("segreto"))
    }

    @Test func `a relay at a certified provider, be it behind a tunnel, is none, and the account is named`() throws {
        for files in [
            postfix("[127.0.0.1]:11465", "azienda@pec.it").merging(stunnel) { $1 },
            postfix("[smtps.pec.aruba.it]:465", "azienda@pec.it"),
        ] {
            let made = try draft(files)
            try expectNoRelay(made)
            #expect(isTold(made, "relayhost leads to a provider of certified mail, aruba"))
            #expect(
                isTold(made, "account azienda@pec.it at aruba: ceralacca account add azienda@pec.it --provider aruba")
            )
        }
    }

    @Test func `the account of the relay's login is an account, and no more than that`() throws {
        let rc = "poll pop3s.pec.aruba.it proto pop3 user azienda@pec.it pass segreto is mario@azienda.it here ssl"
        let made = try draft(
            postfix("[127.0.0.1]:11465", "azienda@pec.it").merging(stunnel) { $1 }.merging(["/f/fetchmailrc": rc]) {
                $1
            }
        )
        try expectNoRelay(made)
        #expect(isTold(made, "azienda@pec.it is an account of its own now") && !isTold(made, "account add"))
        let accounts = try configuration(made).accounts
        #expect(accounts.map(\.provider.name) == ["aruba"] && made.secrets.map { "\($0.name)" } == ["azienda@pec.it"])
    }

    @Test func `senders that log in at the certified relay with logins of their own are accounts`() throws {
        let senders = """
            smtp_sender_dependent_authentication = yes
            smtp_sasl_password_maps = inline:{azienda@pec.it=azienda@pec.it:segreto}
            """
        let made = try draft(postfix("[smtps.pec.aruba.it]:465", nil, senders))
        try expectNoRelay(made)
        #expect(isTold(made, "azienda@pec.it is an account of its own now"))
        #expect(try configuration(made).accounts.map(\.provider.name) == ["aruba"])
    }

    @Test func `an account whose submission nobody else names submits where the relay was`() throws {
        let rc =
            "poll pop.pec.comune.example.it proto pop3 user p@pec.comune.example.it pass segreto is p@azienda.it ssl"
        let made = try draft(
            postfix("[smtp.pec.comune.example.it]:465", "p@pec.comune.example.it").merging(["/f/fetchmailrc": rc]) {
                $1
            }
        )
        try expectNoRelay(made)
        let provider = try #require(try configuration(made).accounts.first?.provider)
        #expect(provider.isCertified && provider.submit.description == "smtps://smtp.pec.comune.example.it:465")
        #expect(!isTold(made, "the submission server of"))
    }

    @Test func `a certified provider that is not built in, and a login that is no address, are told without the login`()
        throws
    {
        let made = try draft(postfix("[smtp.pec.comune.example.it]:465", "M123"))
        try expectNoRelay(made)
        #expect(isTold(made, "certified: true, submit: smtps://smtp.pec.comune.example.it:465"))
        #expect(isTold(made, "The login in /p/main.cf:3 looks like that of an account") && !isTold(made, "M123"))
    }

    @Test func `an ordinary account's login is not the relay's`() throws {
        let rc = "poll pop.isp.it proto pop3 user info@azienda.it pass segreto is info@azienda.it here ssl"
        let made = try draft(postfix("[smtp.isp.it]:587", "info@azienda.it").merging(["/f/fetchmailrc": rc]) { $1 })
        try expectNoRelay(made)
        #expect(isTold(made, "relayhost has the login of an account"))
        #expect(try configuration(made).accounts.first?.provider.submit.host == "smtp.isp.it")
    }

    @Test func `a relay with a login on this machine is a tunnel whose file was not named`() throws {
        let made = try draft(postfix("[127.0.0.1]:11465", "M123"))
        try expectNoRelay(made)
        #expect(isTold(made, "goes with a login to a tunnel of this machine, port 11465"))
        #expect(isTold(made, "Name stunnel's file with --stunnel"))
    }

    @Test func `a relay of ordinary mail stays, with a login of its own or on this machine`() throws {
        let own = try draft(postfix("[smtp.isp.it]:587", "azienda@isp.it"))
        let internet = try configuration(own).internet
        #expect(internet.relay?.host == "smtp.isp.it" && internet.login == "azienda@isp.it")
        let here = try draft(postfix("[127.0.0.1]:10025", nil))
        #expect(try configuration(here).internet.relay?.description == "smtp://127.0.0.1:10025")
        for made in [own, here] { #expect(!made.remarks.contains { $0.message.contains("relayhost") }) }
    }
}
