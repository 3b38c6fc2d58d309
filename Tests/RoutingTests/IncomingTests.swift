// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

/// Rows I1 to I7 and F1 to F9 of `docs/routing.md`.
struct IncomingTests {
    private static let loop = String(repeating: "Received: x\r\n", count: RoutingTable.maximumReceived + 1)

    @Test func `I1 Mail for the company's domains goes to Exchange as it is`() {
        let decision = Desk.ask("From: x@y.it", reversePath: "", to: ["a@azienda.it", "b@azienda.it"], on: .internet)
        #expect(Desk.short(decision) == "exchange <>")
        #expect(Desk.recipients(decision) == ["a@azienda.it", "b@azienda.it"])
        #expect(Desk.words(decision).contains("company's domains"))
    }

    @Test(arguments: ["a@AZIENDA.IT", "a@città.example", "a@XN--CITT-3NA.example"])
    func `I2 A domain is ours in every spelling`(_ recipient: String) {
        #expect(Desk.table.acceptsRecipient(Desk.addr(recipient), listener: .internet) == nil)
        #expect(Desk.short(Desk.ask("From: x@y.it", to: [recipient], on: .internet)) == "exchange <mario@azienda.it>")
    }

    @Test func `I3 A recipient elsewhere is refused, and the whole message with it`() throws {
        let refusal = try #require(Desk.table.acceptsRecipient(Desk.addr("a@example.com"), listener: .internet))
        #expect(refusal.description.hasPrefix("550 5.7.1 Relaying denied"))
        #expect(refusal.description.contains("a@example.com"))
        let decision = Desk.ask("From: x@y.it", to: ["a@azienda.it", "a@example.com"], on: .internet)
        #expect(decision == .refuse(refusal))
    }

    @Test(arguments: [
        "a@sub.azienda.it", "a@xazienda.it", "a@[192.0.2.1]", "azienda@pec.example.it", "\"a@azienda.it\"@x.it",
    ])
    func `I4 Only the domains listed are ours`(_ recipient: String) {
        #expect(Desk.table.acceptsRecipient(Desk.addr(recipient), listener: .internet)?.code == 550)
    }

    @Test(arguments: [
        "From: azienda@pec.example.it", "From: a@b.it\r\nFrom: c@d.it", "Subject: x", "Auto-Submitted: auto-replied",
    ])
    func `I5 The header gives no rights and is not judged`(_ header: String) {
        #expect(Desk.short(Desk.ask(header, to: ["a@azienda.it"], on: .internet)) == "exchange <mario@azienda.it>")
    }

    @Test func `I6 A loop from the Internet is refused`() {
        #expect(Desk.short(Desk.ask("\(Self.loop)X: y", to: ["a@azienda.it"], on: .internet)) == "554 5.4.6")
    }

    @Test(arguments: [
        String(repeating: "X: \(String(repeating: "y", count: 990))\r\n", count: 270),
        String(repeating: "a:\r\n", count: 5000),
    ])
    func `I7 A header beyond what is read is refused`(_ fields: String) {
        #expect(Desk.short(Desk.ask(fields, to: ["a@azienda.it"], on: .internet)) == "552 5.3.4")
    }

    @Test func `F1 A copy for an account goes to its Exchange recipients`() {
        let envelope = Envelope(
            reversePath: .mailbox(Desk.addr("posta-certificata@pec.example.it")),
            recipients: [
                EnvelopeRecipient(
                    Desk.addr("AZIENDA@pec.example.it"),
                    notify: .failure,
                    originalRecipient: "rfc822;x@y.it"
                )
            ]
        )
        let header = HeaderSection(ByteBuffer(string: "From: x@y.it\r\n\r\n"))
        let decision = Desk.table.decide(RoutingQuestion(listener: .provider, envelope: envelope, header: header))
        let recipients = ["protocollo@azienda.it", "archivio@azienda.it"].map {
            EnvelopeRecipient(Desk.addr($0), notify: .failure, originalRecipient: "rfc822;x@y.it")
        }
        guard case .route(.exchange, let reversePath, let routed, let reason) = decision else {
            Issue.record("not routed to Exchange: \(decision)")
            return
        }
        #expect(reversePath == envelope.reversePath)
        #expect(routed == recipients)
        #expect(reason.contains("provider"))
    }

    @Test func `F2 Recipients that accounts share are named once`() {
        let decision = Desk.ask("From: x@y.it", to: ["azienda@pec.example.it", "altra@pec.example.it"], on: .provider)
        #expect(Desk.recipients(decision) == ["protocollo@azienda.it", "archivio@azienda.it", "altra@azienda.it"])
    }

    @Test(arguments: ["a@azienda.it", "a@pec.example.it", "a@example.com"])
    func `F3 A recipient that is no account is refused, and the whole message with it`(_ recipient: String) throws {
        let refusal = try #require(Desk.table.acceptsRecipient(Desk.addr(recipient), listener: .provider))
        #expect(refusal.description.hasPrefix("550 5.1.1"))
        let decision = Desk.ask("From: x@y.it", to: ["azienda@pec.example.it", recipient], on: .provider)
        #expect(decision == .refuse(refusal))
        #expect(Desk.table.acceptsRecipient(Desk.addr("Vendite@GMAIL.example"), listener: .provider) == nil)
    }

    @Test func `F4 A loop through a provider is refused`() {
        #expect(Desk.short(Desk.ask("\(Self.loop)X: y", to: ["azienda@pec.example.it"], on: .provider)) == "554 5.4.6")
    }

    private func returned(
        _ header: String,
        for recipient: String = "azienda@pec.example.it",
        _ passages: [Passage]
    ) -> String {
        var question = RoutingQuestion(
            listener: .provider,
            envelope: Envelope(reversePath: .null, recipients: [EnvelopeRecipient(Desk.addr(recipient))]),
            header: HeaderSection(ByteBuffer(string: "\(header)\r\nFrom: x@y.it\r\n\r\n"))
        )
        question.passages = passages
        return Desk.short(Desk.table.decide(question))
    }

    private static let account = "azienda@pec.example.it"

    @Test func `F5 What came in for the account before is refused when it comes again`() {
        #expect(returned("X: y", [.other, .cameIn(account: Self.account)]) == "554 5.4.6")
        #expect(returned("X: y", for: "AZIENDA@Pec.Example.it", [.cameIn(account: Self.account)]) == "554 5.4.6")
        #expect(returned("X: y", [.cameIn(account: "altra@pec.example.it")]) == "exchange <>")
    }

    @Test func `F6 A copy of what the account sent is refused, but not what it sent to itself or another sent to it`() {
        let out = { Passage.left(account: $0, recipients: $1) }
        #expect(returned("X: y", [out(Self.account, ["cliente@example.com"])]) == "554 5.4.6")
        #expect(returned("X: y", [out(Self.account, ["cliente@example.com", Self.account])]) == "exchange <>")
        #expect(returned("X: y", [out("altra@pec.example.it", [Self.account])]) == "exchange <>")
    }

    @Test(arguments: ["azienda@pec.example.it", "AZIENDA@pec.example.it"])
    func `F7 A copy with the account's field and a Received field of ours is refused, with one of them it is not`(
        _ name: String
    ) {
        #expect(returned("X-Ceralacca-Account: \(name)", [.other]) == "554 5.4.6")
        #expect(returned("X-Ceralacca-Account: \(name)", []) == "exchange <>", "anybody can write that")
        #expect(returned("X-Ceralacca-Account: altra@pec.example.it", [.other]) == "exchange <>")
        #expect(
            returned("X: y", [.other]) == "exchange <>",
            "mail that left for the Internet may come in for an account"
        )
    }

    @Test func `F8 Accounts whose maildrop is fetched come each by itself, as certified ones do`() {
        func account(_ address: String, certified: Bool = false, retrieved: Bool) -> RoutedAccount {
            RoutedAccount(
                address: Desk.addr(address),
                isCertified: certified,
                deliverTo: [Desk.addr("a@azienda.it")],
                isRetrieved: retrieved
            )
        }
        let table = RoutingTable(
            accounts: [
                account("a@g.example", retrieved: false), account("b@g.example", retrieved: false),
                account("c@g.example", retrieved: true), account("d@pec.it", certified: true, retrieved: false),
            ],
            exchangeDomains: []
        )
        func parts(_ one: String, _ other: String) -> Bool {
            table.parts(EnvelopeRecipient(Desk.addr(one)), from: [EnvelopeRecipient(Desk.addr(other))])
        }
        #expect(!parts("a@g.example", "b@g.example"))
        #expect(parts("a@g.example", "c@g.example") && parts("c@g.example", "a@g.example"))
        #expect(parts("a@g.example", "d@pec.it") && !parts("c@g.example", "C@G.example"))
        let recipients = ["c@g.example", "C@g.example"].map { EnvelopeRecipient(Desk.addr($0)) }
        #expect(table.retrievedAccount(of: recipients) == "c@g.example")
        #expect(table.retrievedAccount(of: [EnvelopeRecipient(Desk.addr("a@g.example"))]) == nil)
        #expect(table.retrievedAccount(of: recipients + [EnvelopeRecipient(Desk.addr("a@g.example"))]) == nil)
    }

    @Test func `F9 A recipient with the secret suffix stands for the account, one with another is no account`() throws {
        let suffix = try #require(RecipientSuffix(Secret("4f9k2m7q1x8w3z6h")))
        func account(_ recipient: String) -> AddrSpec? {
            Desk.table.account(of: Desk.addr(recipient), suffix: suffix, hostname: "relay.azienda.it")
        }
        #expect(account("azienda+4f9k2m7q1x8w3z6h@relay.azienda.it") == Desk.addr("azienda@pec.example.it"))
        #expect(account("azienda+4f9k2m7q1x8w3z6g@relay.azienda.it") == nil)
    }

    @Test func `Exchange may write to everybody`() {
        #expect(Desk.table.acceptsRecipient(Desk.addr("a@example.com"), listener: .exchange) == nil)
    }

    @Test func `An empty table sends Exchange's mail to the Internet and takes no other`() {
        let table = RoutingTable(accounts: [], exchangeDomains: [])
        #expect(table.acceptsRecipient(Desk.addr("a@azienda.it"), listener: .internet)?.code == 550)
        #expect(table.acceptsRecipient(Desk.addr("a@azienda.it"), listener: .provider)?.code == 550)
        let envelope = Envelope(reversePath: .null, recipients: [EnvelopeRecipient(Desk.addr("a@b.it"))])
        let header = HeaderSection(ByteBuffer(string: "From: azienda@pec.example.it\r\n\r\n"))
        let decision = table.decide(RoutingQuestion(listener: .exchange, envelope: envelope, header: header))
        #expect(Desk.short(decision) == "internet <>")
    }
}
