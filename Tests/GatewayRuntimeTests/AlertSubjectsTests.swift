// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import Testing

@testable import GatewayRuntime

@Suite struct AlertSubjectsTests {
    private static func configuration(relay: String) throws -> Configuration {
        try ConfigurationFile.read(
            """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            exchange: {servers: ["smtp://127.0.0.1:1"], domains: [azienda.it], tls: none, certificate: /x/own.pem, key: /x/own.key}
            \(relay)
            accounts:
              - {address: A@pec.it, provider: aruba, password: {env: HOME}, deliver_to: [a@azienda.it]}
              - {address: b@pec.it, provider: aruba, password: {env: HOME}, deliver_to: [a@azienda.it], fetch: {protocol: none}}
              - {address: o@gmail.com, provider: gmail, oauth: {client_id: x}, deliver_to: [a@azienda.it]}
            scanners: {clamav: "tcp:127.0.0.1:3310", milters: ["tcp:127.0.0.1:8891", "tcp:127.0.0.2:8891"]}
            listeners:
              - {role: internet, address: "127.0.0.1:0", tls: {certificate: /x/a.pem, key: /x/a.key}}
            """,
            path: "test.yaml",
            checkingFiles: false
        ).configuration
    }

    @Test(arguments: [
        ("account:a@pec.it:login", AlertSubjects.Standing.kept), ("account:b@pec.it:login", .kept),
        ("account:c@pec.it:login", .ended), ("account:a@pec.it:fetch", .kept), ("account:b@pec.it:fetch", .ended),
        ("account:b@pec.it:login-pop3", .ended), ("account:a@pec.it:mailbox-full", .kept),
        ("account:c@pec.it:messages-refused", .ended), ("account:a@pec.it:missing", .ended),
        ("account:c@pec.it:missing", .whileMailWaits(.account("c@pec.it"))), ("lane:account:a@pec.it:down", .kept),
        ("lane:account:c@pec.it:down", .ended), ("lane:exchange:down", .kept), ("lane:internet:down", .kept),
        ("internet:relay", .ended), ("internet:relay:login", .ended), ("exchange:login", .ended),
        ("exchange:servers", .ended), ("certificate:/x/a.pem", .kept), ("certificate:/x/b.pem", .ended),
        ("certificate:/x/own.pem", .kept),
        ("account:b@pec.it:acceptance-overdue", .kept), ("account:c@pec.it:acceptance-overdue", .ended),
        ("account:b@pec.it:delivery-overdue", .kept), ("account:c@pec.it:delivery-overdue", .ended),
        ("account:b@pec.it:receipts-disbelieved", .kept), ("account:c@pec.it:receipts-disbelieved", .ended),
        ("account:b@pec.it:digest", .kept), ("account:c@pec.it:digest", .ended),
        ("account:b@pec.it:digest-failed", .kept), ("store:archive", .kept),
        ("account:b@pec.it:loop", .kept), ("account:c@pec.it:loop", .ended),
        ("store:room", .kept), ("uncertain:01ABCDEF", .kept), ("quarantine:internet", .kept),
        ("scanner:clamav:down", .kept), ("scanner:rspamd:down", .ended), ("scanner:spamassassin:down", .ended),
        ("scanner:milter-8891:down", .kept), ("scanner:milter-8891-2:down", .kept),
        ("scanner:milter-8891-3:down", .ended), ("store:quarantine", .kept),
        ("account:o@gmail.com:sign-in", .kept), ("account:o@gmail.com:sign-in-expiry", .kept),
        ("account:a@pec.it:sign-in", .ended), ("account:c@pec.it:client-secret-expiry", .ended),
    ])
    func `an alert stands as long as what it is about is configured`(
        _ key: String,
        _ standing: AlertSubjects.Standing
    ) throws {
        let subjects = try AlertSubjects(Self.configuration(relay: ""))
        #expect(subjects.standing(of: key) == standing)
    }

    @Test func `a relay keeps the alerts about it`() throws {
        let relay = "internet: {relay: \"smtp://127.0.0.1:1\", login: x, password: {env: HOME}}"
        let subjects = try AlertSubjects(Self.configuration(relay: relay))
        #expect(subjects.standing(of: "internet:relay:login") == .kept)
        #expect(subjects.standing(of: "lane:internet:down") == .kept)
    }
}
