// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

/// Rows E1 to E16: From is one mailbox (`docs/routing.md`).
struct OutgoingAccountTests {
    private static let pec = "From: azienda@pec.example.it"
    private static let gmail = "From: vendite@gmail.example"
    private static let byPEC = "account:azienda@pec.example.it <azienda@pec.example.it>"
    private static let byGmail = "account:vendite@gmail.example <vendite@gmail.example>"

    private func expectRefused(_ header: String, reversePath: String = "mario@azienda.it", saying words: String) {
        let decision = Desk.ask(header, reversePath: reversePath)
        #expect(Desk.short(decision) == "550 5.7.1", "\(header)")
        #expect(Desk.words(decision).contains(words))
        #expect(Desk.words(decision).contains("azienda@pec.example.it"))
    }

    @Test func `E1 From a certified account goes to its provider`() {
        let decision = Desk.ask(
            "Received: x\r\nFrom: Azienda <azienda@pec.example.it>\r\nTo: a@b.it, c@d.it",
            reversePath: "azienda@pec.example.it",
            to: ["a@b.it", "c@d.it"]
        )
        #expect(Desk.short(decision) == Self.byPEC)
        #expect(Desk.recipients(decision) == ["a@b.it", "c@d.it"])
        #expect(Desk.words(decision) == "From is the account azienda@pec.example.it")
    }

    @Test func `E2 The reverse-path of a certified submission is the account`() {
        #expect(Desk.short(Desk.ask(Self.pec, reversePath: "mario@azienda.it")) == Self.byPEC)
        #expect(Desk.short(Desk.ask(Self.pec, reversePath: "AZIENDA@pec.example.it")) == Self.byPEC)
        #expect(Desk.short(Desk.ask(Self.pec, reversePath: "vendite@gmail.example")) == Self.byPEC)
    }

    @Test func `E3 The reverse-path of an ordinary submission is the account`() {
        #expect(Desk.short(Desk.ask(Self.gmail)) == Self.byGmail)
    }

    @Test func `E4 A notification of a certified account is refused`() {
        expectRefused(Self.pec, reversePath: "", saying: "Notifications are never sent as certified mail")
    }

    @Test func `E5 A notification of an ordinary account keeps its null reverse-path`() {
        let decision = Desk.ask(Self.gmail, reversePath: "")
        #expect(Desk.short(decision) == "account:vendite@gmail.example <>")
        #expect(Desk.words(decision).contains("null"))
    }

    @Test(arguments: [
        "Auto-Submitted: auto-generated", "auto-submitted: Auto-Replied; owner-email=a@b.it", "Auto-Submitted:",
        "Precedence: auto_reply", "Precedence: Auto-Reply", "X-Autoreply: yes", "X-Auto-Reply: 1", "X-Autorespond: x",
        "Auto-Submitted: no-more", "Auto-Submitted: no\r\nX-Autoreply: yes",
    ])
    func `E6 What a machine wrote is refused for a certified account`(_ field: String) {
        expectRefused("\(Self.pec)\r\n\(field)", saying: "Automatic messages are never sent as certified mail")
        expectRefused("\(field)\r\n\(Self.pec)", reversePath: "", saying: "Automatic messages")
    }

    @Test func `E7 What a machine wrote goes through an ordinary account`() {
        #expect(Desk.short(Desk.ask("\(Self.gmail)\r\nAuto-Submitted: auto-replied")) == Self.byGmail)
    }

    @Test(arguments: [
        "Auto-Submitted: no", "Auto-Submitted: No (by hand)", "Auto-Submitted: no; x=y", "Precedence: bulk",
        "X-Auto-Response-Suppress: All", "Precedence: first-class",
    ])
    func `E8 What a person wrote is not taken for a machine's`(_ field: String) {
        #expect(Desk.short(Desk.ask("\(Self.pec)\r\n\(field)")) == Self.byPEC)
    }

    @Test func `E9 Send on Behalf of a certified account is refused`() {
        expectRefused("\(Self.pec)\r\nSender: mario@azienda.it", saying: "Send As instead of Send on Behalf")
        expectRefused("Sender: altra@pec.example.it\r\n\(Self.pec)", saying: "Send As")
    }

    @Test func `E10 Send on Behalf of an ordinary account is submitted`() {
        #expect(Desk.short(Desk.ask("\(Self.gmail)\r\nSender: mario@azienda.it")) == Self.byGmail)
    }

    @Test func `E11 A Sender that is the certified account changes nothing`() {
        #expect(Desk.short(Desk.ask("\(Self.pec)\r\nSender: \"A\" <AZIENDA@PEC.example.it>")) == Self.byPEC)
    }

    @Test(arguments: [
        "Sender: mario", "Sender:", "Sender: azienda@pec.example.it\r\nSender: azienda@pec.example.it",
        "Sender: azienda@pec.example.it, azienda@pec.example.it", "Sender: azienda@pec.example.it x",
    ])
    func `E12 A Sender that cannot be shown to be the certified account is refused`(_ field: String) {
        expectRefused("\(Self.pec)\r\n\(field)", saying: "on behalf")
    }

    @Test(arguments: ["Resent-From: mario@azienda.it", "RESENT-SENDER: mario@azienda.it", "Resent-From:"])
    func `E13 A redirected message is no submission of the certified account`(_ field: String) {
        expectRefused("\(field)\r\n\(Self.pec)", saying: "redirected")
    }

    @Test(arguments: [
        "X-MS-Exchange-Inbox-Rules-Loop: mario@azienda.it", "X-MS-Exchange-ForwardingLoop: m@azienda.it;x",
    ])
    func `E14 What an Exchange rule passed on is no submission of the certified account`(_ field: String) {
        expectRefused("\(Self.pec)\r\n\(field)", saying: "redirected")
    }

    @Test func `E15 A redirected message of an ordinary account leaves only through it`() {
        #expect(Desk.short(Desk.ask("Resent-From: mario@azienda.it\r\n\(Self.gmail)")) == Self.byGmail)
    }

    @Test func `E16 An account in Resent-From alone lends no credentials`() {
        let decision = Desk.ask("Resent-From: azienda@pec.example.it\r\nFrom: mario@azienda.it")
        #expect(Desk.short(decision) == "internet <mario@azienda.it>")
    }
}
