// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

/// Rows E17 to E39: From is missing, ambiguous, somebody else's or spelled in another way (`docs/routing.md`).
struct OutgoingAmbiguityTests {
    private func expectRefused(_ header: String, reversePath: String = "mario@azienda.it", saying words: String) {
        let decision = Desk.ask(header, reversePath: reversePath)
        #expect(Desk.short(decision) == "550 5.6.0", "\(header)")
        #expect(Desk.words(decision).contains(words))
    }

    private func expectInternet(_ header: String, reversePath: String = "mario@azienda.it", saying words: String = "") {
        let decision = Desk.ask(header, reversePath: reversePath)
        #expect(Desk.short(decision) == "internet <\(reversePath)>", "\(header)")
        #expect(words.isEmpty || Desk.words(decision).contains(words))
        #expect(Desk.recipients(decision) == ["cliente@example.com"])
    }

    @Test(arguments: [
        "x@azienda.it, azienda@pec.example.it", "vendite@gmail.example, x@azienda.it",
        "azienda@pec.example.it, azienda@pec.example.it", "azienda@pec.example.it, altra@pec.example.it",
    ])
    func `E17 Several authors with an account among them are refused`(_ body: String) {
        expectRefused("From: \(body)", saying: "several senders")
    }

    @Test func `E18 Several authors with an account as Sender are refused`() {
        expectRefused(
            "From: a@azienda.it, b@azienda.it\r\nSender: azienda@pec.example.it",
            saying: "azienda@pec.example.it"
        )
    }

    @Test func `E19 Several authors without any account go to the Internet`() {
        expectInternet("From: a@azienda.it, b@azienda.it\r\nSender: a@azienda.it", saying: "several mailboxes")
        expectInternet("From: a@azienda.it, b@azienda.it", reversePath: "azienda@pec.example.it")
    }

    @Test(arguments: [
        "Ufficio: azienda@pec.example.it;", "Ufficio: a@azienda.it, azienda@pec.example.it;",
        "a@azienda.it, G: vendite@gmail.example;", "Ufficio: azienda@pec.example.it",
    ])
    func `E20 A group with an account in it is refused`(_ body: String) {
        expectRefused("From: \(body)", saying: "group")
    }

    @Test func `E21 An empty group goes to the Internet`() {
        expectInternet("From: undisclosed:;", saying: "names nobody")
        expectInternet("From: Ufficio: a@azienda.it;")
    }

    @Test func `E22 An empty group whose envelope names an account is refused`() {
        expectRefused("From: undisclosed:;", reversePath: "azienda@pec.example.it", saying: "azienda@pec.example.it")
        expectRefused("From: undisclosed:;\r\nSender: vendite@gmail.example", saying: "vendite@gmail.example")
    }

    @Test(arguments: [
        "From: azienda@pec.example.it\r\nFrom: azienda@pec.example.it",
        "From: a@azienda.it\r\nX: 1\r\nfrom: b@azienda.it",
        "From: a@azienda.it\r\nFrom : azienda@pec.example.it", "From:\r\nFrom:",
    ])
    func `E23 A doubled From is refused whoever it names`(_ header: String) {
        expectRefused(header, saying: "more than one From line")
    }

    @Test func `E24 A message without From whose envelope or Sender names an account is refused`() {
        expectRefused("Subject: x", reversePath: "azienda@pec.example.it", saying: "no sender in its From line")
        expectRefused("Subject: x", reversePath: "vendite@gmail.example", saying: "vendite@gmail.example")
        expectRefused("Sender: azienda@pec.example.it", saying: "azienda@pec.example.it")
    }

    @Test(arguments: [
        "X: 1\r\nbroken line\r\nFrom: azienda@pec.example.it", "From: x@azienda.it\r\nbroken line\r\nX: 1",
    ])
    func `E58 A broken line behind which some readers see another From is refused`(_ header: String) {
        expectRefused(header, saying: "a line that is no field")
        expectRefused(header, reversePath: "", saying: "a line that is no field")
    }

    @Test(arguments: ["Subject: x", ""])
    func `E25 A message without From and without account goes to the Internet`(_ header: String) {
        expectInternet(header, saying: "no From")
        expectInternet(header, reversePath: "", saying: "no From")
    }

    @Test(arguments: [
        "azienda@pec.example.it x", "<AZIENDA@pec.example.it", "azienda @ pec.example.it>",
        "Foo, Inc. <azienda@pec.example.it>",
        "a@azienda.it <azienda@pec.example.it>", "\"azienda\"@pec.example.it.", "'azienda@pec.example.it'@",
        "perché@città.it x",
        "PERCHE\u{301}@xn--citt-3na.it x", "mailto:azienda@pec.example.it@x", "(azienda@pec.example.it)",
        "\"ufficio gare\"@pec.example.it x", "azienda@pec.example.it\0", "<>,azienda@pec.example.it",
    ])
    func `E26 An unreadable From that may mean an account is refused`(_ body: String) {
        expectRefused("From: \(body)", saying: "may be meant to be")
    }

    @Test(arguments: ["scanner", "", "<>", "(nobody)", "a@b@c"])
    func `E26 An unreadable From is refused when the envelope or Sender names an account`(_ body: String) {
        expectRefused("From: \(body)", reversePath: "azienda@pec.example.it", saying: "azienda@pec.example.it")
        expectRefused("From: \(body)\r\nSender: azienda@pec.example.it", saying: "azienda@pec.example.it")
    }

    @Test(arguments: [
        "scanner", "", "<>", "(nobody)", "x@@azienda.it", "miaazienda@pec.example.it x", "azienda@pec.example.itx x",
        "@",
    ])
    func `E27 An unreadable From without any account goes to the Internet`(_ body: String) {
        expectInternet("From: \(body)", saying: "cannot be read")
    }

    @Test func `E28 An unreadable From that is too long is refused`() {
        expectRefused("From: " + String(repeating: "a@x.it ", count: 1429), saying: "cannot be read")
        expectInternet("From: " + String(repeating: "a@x.it ", count: 1428))
        let long = "From: " + String(repeating: "a@x.it,\r\n ", count: 2000) + "azienda@pec.example.it"
        expectRefused(long, saying: "several senders")
    }

    @Test func `E29 An account in the reverse-path alone lends no credentials`() {
        expectInternet(
            "From: mario@azienda.it",
            reversePath: "azienda@pec.example.it",
            saying: "no right to its credentials"
        )
    }

    @Test func `E30 An account in Sender alone lends no credentials`() {
        expectInternet(
            "From: mario@azienda.it\r\nSender: azienda@pec.example.it",
            saying: "no right to its credentials"
        )
    }

    @Test func `E31 From somebody else goes to the Internet`() {
        expectInternet("From: mario@azienda.it", saying: "From is not an account")
        expectInternet("From: mario@azienda.it\r\nAuto-Submitted: auto-replied", reversePath: "")
    }

    @Test(arguments: [
        "From: \"Microsoft Outlook\" <MicrosoftExchange329e@azienda.it>\r\nX-MS-Journal-Report:",
        "X-MS-Journal-Report: \r\nFrom: postmaster@azienda.it\r\nSender: MicrosoftExchange329e@azienda.it",
    ])
    func `E32 A journal report goes to the Internet by its own From`(_ header: String) {
        expectInternet(header, reversePath: "", saying: "journal report")
    }

    @Test func `E33 A journal report is no certified mail`() {
        let decision = Desk.ask("X-MS-Journal-Report:\r\nFrom: azienda@pec.example.it")
        #expect(Desk.short(decision) == "550 5.7.1")
    }

    @Test(arguments: [
        "FROM: AZIENDA@PEC.EXAMPLE.IT", "From:\r\n azienda@pec.example.it", "From: (a)azienda(b)@(c)pec.example.it(d)",
        "From: \"azienda\"@pec.example.it", "From: =?utf-8?q?=C3=A8?= <azienda@pec.example.it>",
        "From: è <azienda@pec.example.it>",
        "From: Azienda\r\n\t(PEC)\r\n <azienda@pec.example.it>", "From: <@relay.it:azienda@pec.example.it>",
        "From : azienda @ pec . example . it", "From: ,azienda@pec.example.it,", "From: azienda@pec.example.it\n",
        "From: \"x@azienda.it\" <azienda@pec.example.it>", "From: azienda@pec.example.it (x@azienda.it)",
    ])
    func `E34 Every legal spelling of an account is the account`(_ header: String) {
        #expect(Desk.short(Desk.ask(header)) == "account:azienda@pec.example.it <azienda@pec.example.it>", "\(header)")
    }

    @Test(arguments: [
        "perché@città.it", "PERCHÉ@CITTÀ.IT", "perché@xn--citt-3na.it", "perché@XN--CITT-3NA.it",
        "perche\u{301}@citta\u{300}.it",
    ])
    func `E34 Every spelling of an internationalised account is the account`(_ address: String) {
        let decision = Desk.ask("From: <\(address)>")
        #expect(Desk.short(decision) == "account:perché@xn--citt-3na.it <Perché@CITTÀ.it>")
    }

    @Test func `E34 A quoted local part is the account`() {
        let decision = Desk.ask("From: \"Ufficio\\ Gare\"@pec.example.it")
        #expect(Desk.short(decision) == "account:ufficio gare@pec.example.it <\"ufficio gare\"@pec.example.it>")
    }

    @Test(arguments: [
        "\"azienda@pec.example.it\" <x@azienda.it>", "x@azienda.it (azienda@pec.example.it)",
        "<@pec.example.it:x@azienda.it>", "\"azienda@pec.example.it\"@x.it",
    ])
    func `E35 An account in a display name or comment is not the author`(_ body: String) {
        expectInternet("From: \(body)")
    }

    @Test func `E36 Of two accounts in one domain the address decides`() {
        #expect(
            Desk.short(Desk.ask("From: altra@pec.example.it")) == "account:altra@pec.example.it <altra@pec.example.it>"
        )
    }

    @Test(arguments: [
        "azienda@pec.example.it.evil.it", "xazienda@pec.example.it", "azienda@sub.pec.example.it",
        "azienda+x@pec.example.it",
        "azienda@example.it", "azienda@pec-example.it",
    ])
    func `E37 What resembles an account is not the account`(_ address: String) {
        expectInternet("From: \(address)")
    }

    @Test func `E38 A message that passed more than fifty servers is refused`() {
        let hops = String(repeating: "Received: from a by b\r\n", count: RoutingTable.maximumReceived)
        #expect(Desk.short(Desk.ask("\(hops)From: azienda@pec.example.it")).hasPrefix("account:"))
        #expect(Desk.short(Desk.ask("\(hops)RECEIVED: x\r\nFrom: azienda@pec.example.it")) == "554 5.4.6")
        #expect(Desk.short(Desk.ask("\(hops)RECEIVED: x\r\nFrom: mario@azienda.it")) == "554 5.4.6")
    }

    @Test func `E39 A header section beyond its limit is refused`() {
        let filler = String(repeating: "X: y\r\n", count: HeaderSection.maximumOctets / 6 + 1)
        #expect(Desk.short(Desk.ask("From: mario@azienda.it\r\n\(filler)From: azienda@pec.example.it")) == "552 5.3.4")
    }
}
