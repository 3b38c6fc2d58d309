// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ClassicImport
import GatewayConfiguration
import MailModel
import Testing

/// Tunnels of this machine whose stunnel file nobody named: what needs them waits for it.
struct ImportTunnelTests {
    private func isTold(_ draft: ImportDraft, _ words: String) -> Bool { SmallMachine.isTold(draft, words) }

    private func accounts(_ draft: ImportDraft) throws -> [AccountConfiguration] {
        try ConfigurationFile.read(draft.text, path: "/x.yaml", checkingFiles: false).configuration.accounts
    }

    /// An account that is submitted and retrieved by tunnels, another one that is not.
    private let files = [
        "/p/main.cf": """
        mynetworks = 10.0.0.10
        smtp_sender_dependent_authentication = yes
        sender_dependent_relayhost_maps = inline:{azienda@pec.it=[127.0.0.1]:11465, b@uno.it=[smtp.uno.it]:465}
        smtp_sasl_password_maps = inline:{azienda@pec.it=azienda@pec.it:segreto, b@uno.it=b@uno.it:due}
        """,
        "/f/fetchmailrc": """
        poll localhost proto pop3 port 11995 user azienda@pec.it pass segreto is mario@azienda.it here keep
        """, "/f/.fetchids": "azienda@pec.it@localhost A1\n",
    ]
    private let submission = "[submit]\nclient = yes\naccept = 127.0.0.1:11465\nconnect = smtps.pec.aruba.it:465\n"
    private let retrieval = "[pop]\nclient = yes\naccept = 127.0.0.1:11995\nconnect = pop3s.pec.aruba.it:995\n"

    @Test func `an account behind a tunnel that no file explains is a remark, and the ports are told`() throws {
        let made = try SmallMachine(files).draft()
        #expect(try accounts(made).map(\.address.description) == ["b@uno.it"])
        #expect(!made.text.contains("127-0-0-1") && !made.text.contains("//127.0.0.1"))
        #expect(made.text.contains("# - address: azienda@pec.it\n  #   provider: aruba\n"))
        #expect(made.text.contains("it needs the tunnel at port 11465: import again with --stunnel"))
        for port in ["11465", "11995"] {
            #expect(isTold(made, "goes to a tunnel of this machine, port \(port)"))
        }
        #expect(isTold(made, "Name stunnel's file with --stunnel") && made.seen.map(\.uniqueIDs) == [["A1"]])
    }

    @Test func `one of two files is noticed too, and with both nothing is told`() throws {
        let some = try SmallMachine(files.merging(["/s/stunnel.conf": submission]) { $1 }).draft()
        #expect(try accounts(some).map(\.address.description) == ["b@uno.it"])
        #expect(isTold(some, "port 11995") && !isTold(some, "port 11465"))
        let all = try SmallMachine(files.merging(["/s/stunnel.conf": submission + retrieval]) { $1 }).draft()
        #expect(
            try accounts(all).map(\.provider.name) == ["aruba", "uno-it"] && !isTold(all, "a tunnel of this machine")
        )
    }

    @Test(arguments: [
        ("SimplePOP3Retriever", "110"), ("SimpleIMAPRetriever", "143"), ("SimplePOP3Retriever\nport = 12995", "12995"),
    ])
    func `a mailbox of getmail's behind a tunnel waits too`(_ type: String, _ port: String) throws {
        let rc = """
            [retriever]
            type = \(type)
            server = 127.0.0.1
            username = a@pec.it
            password = x
            [destination]
            type = MDA_external
            arguments = ("-i", "mario@azienda.it")
            [options]
            delete = true
            """
        let made = try SmallMachine(["/g/getmailrc": rc]).draft()
        #expect(try accounts(made).isEmpty && isTold(made, "goes to a tunnel of this machine, port \(port)"))
    }

    @Test func `port 465 of this machine is a tunnel's, unless Postfix has TLS from the first octet`() throws {
        var files = files.mapValues { $0.replacing("11465", with: "465") }
        #expect(isTold(try SmallMachine(files).draft(), "port 465"))
        files["/p/main.cf"]? += "\nsmtp_tls_wrappermode = yes\n"
        #expect(!isTold(try SmallMachine(files).draft(), "port 465"))
    }

    @Test func `servers of this machine's own are carried over: with TLS of their own, and Exchange`() throws {
        let made = try SmallMachine([
            "/p/main.cf": "mynetworks = 10.0.0.10\ntransport_maps = inline:{azienda.it=smtp:[127.0.0.1]:2526}\n",
            "/f/fetchmailrc": "poll 127.0.0.1 proto pop3 port 10995 user a@pec.it pass x is m@azienda.it here ssl",
        ]).draft()
        #expect(try accounts(made).map(\.provider.pop3?.description) == ["pop3s://127.0.0.1:10995"])
        #expect(!isTold(made, "a tunnel of this machine"))
    }
}
