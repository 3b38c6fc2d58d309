// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

/// Rows E40 to E57: what a provider of certified mail would refuse (`docs/routing.md`).
struct PreflightTests {
    private static let pec = "From: azienda@pec.example.it"
    private static let byPEC = "account:azienda@pec.example.it <azienda@pec.example.it>"

    private func expectSubmitted(_ fields: String, to recipients: [String] = ["a@b.it"]) {
        let decision = Desk.ask("\(Self.pec)\r\n\(fields)", to: recipients)
        #expect(Desk.short(decision) == Self.byPEC, "\(fields): \(Desk.words(decision))")
        #expect(Desk.recipients(decision) == recipients)
    }

    private func expectRefused(
        _ fields: String,
        to recipients: [String] = ["a@b.it"],
        _ status: String,
        saying words: String...
    ) {
        let decision = Desk.ask("\(Self.pec)\r\n\(fields)", to: recipients)
        #expect(Desk.short(decision) == status, "\(fields): \(Desk.words(decision))")
        for word in words { #expect(Desk.words(decision).contains(word), "\(Desk.words(decision))") }
    }

    /// What the content's pre-flight says of a message of the certified account; in pieces of seven octets, so that cuts fall anywhere.
    private func judge(
        _ content: String,
        size: Int = 100,
        recipients: Int = 1,
        account: String = "azienda@pec.example.it"
    )
        -> String
    {
        guard var preflight = Desk.table.contentPreflight(for: .account(account), recipients: recipients) else {
            return "not judged"
        }
        var rest = ByteBuffer(
            string: content.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        )
        while let piece = rest.readSlice(length: min(7, rest.readableBytes)), piece.readableBytes > 0 {
            preflight.examine(piece)
        }
        let reply = preflight.finish(size: size)
        #expect(reply == preflight.refusal)
        return reply.map { "\($0)" } ?? "nothing"
    }

    private func mixed(_ parts: String...) -> String {
        "\(Self.pec)\nContent-Type: multipart/mixed; boundary=\"=_x\"\n\n"
            + parts.map { "--=_x\n\($0)\n" }.joined() + "--=_x--\n"
    }

    @Test(arguments: [
        "To: a@b.it, \"C\" <c@d.it>", "To: c@d.it\r\nCc: A@B.IT", "to: <a@b.it>\r\nCC: (x) c@D.it",
        "To: a@b.it,\r\n c@d.it\r\nCc:",
        "To: \"a\"@b.it, c@d.it, a@b.it",
    ])
    func `E40 Recipients that stand in To or Cc are submitted`(_ fields: String) {
        expectSubmitted(fields, to: ["a@b.it", "c@d.it"])
    }

    @Test func `E40 Addresses compare by their comparison key`() {
        expectSubmitted("To: Però@CITTÀ.it", to: ["però@xn--citt-3na.it"])
    }

    @Test func `E41 To and Cc may name more than the envelope`() {
        expectSubmitted("To: a@b.it, mario@azienda.it, c@d.it, e@f.it, g@h.it\r\nCc: anna@azienda.it")
    }

    @Test func `E42 A recipient in neither To nor Cc is refused by name`() {
        expectRefused(
            "To: c@d.it",
            "550 5.7.1",
            saying: "a@b.it non e' nei campi A o Cc",
            "a@b.it stands in neither To nor Cc"
        )
        expectRefused(
            "To: c@d.it\r\nSubject: a@b.it",
            to: ["a@b.it", "c@d.it", "x@y.it"],
            "550 5.7.1",
            saying: "a@b.it, x@y.it non sono nei campi A o Cc"
        )
        expectRefused("To: \"a@b.it\" <c@d.it>", "550 5.7.1", saying: "Bcc")
        let many = (0..<50).map { "nascosto\($0)@esempio.it" }
        expectRefused("To: c@d.it", to: many, "550 5.7.1", saying: "nascosto0@esempio.it, ", " (+4")
    }

    @Test func `E43 A member of a group in To or Cc is visible`() {
        expectSubmitted("To: Ufficio: a@b.it, c@d.it;")
        expectSubmitted("To: c@d.it\r\nCc: Ufficio: a@b.it;")
    }

    @Test(arguments: [
        "Subject: x\r\nTo:", "To: undisclosed-recipients:;", "To: ,\r\nCc: a@b.it", "Cc: a@b.it\r\nTo: (nobody)",
    ])
    func `E44 A To without any address is refused`(_ fields: String) {
        expectRefused(
            fields,
            "550 5.6.0",
            saying: "campo A (To) non contiene alcun indirizzo",
            "the To line holds no address"
        )
    }

    @Test func `E44 A message without To is refused`() {
        let envelope = Envelope(reversePath: .null, recipients: [EnvelopeRecipient(Desk.addr("a@b.it"))])
        var question = RoutingQuestion(
            listener: .exchange,
            envelope: envelope,
            header: HeaderSection(ByteBuffer(string: "\(Self.pec)\r\nCc: a@b.it\r\n\r\n"))
        )
        question.envelope.reversePath = .mailbox(Desk.addr("mario@azienda.it"))
        #expect(Desk.short(Desk.table.decide(question)) == "550 5.6.0")
    }

    @Test(arguments: [
        ("To: a@b.it x", "To"), ("To: a@b.it\r\nCc: mario", "Cc"), ("To: a@b.it\r\nCc: <>", "Cc"),
        ("To: a@b.it, @", "To"),
    ])
    func `E45 To and Cc that cannot be read are refused`(_ fields: String, _ name: String) {
        expectRefused(fields, "550 5.6.0", saying: "il campo \(name) non si legge", "the \(name) line cannot be read")
    }

    @Test(arguments: [
        ("To: a@b.it\r\nTo: a@b.it", "To"), ("To: a@b.it\r\ncc: c@d.it\r\nCc: c@d.it", "Cc"),
        ("To: a@b.it\r\nTo :", "To"),
    ])
    func `E46 Doubled To and Cc are refused`(_ fields: String, _ name: String) {
        expectRefused(fields, "550 5.6.0", saying: "piu' di un campo \(name)", "more than one \(name) line")
    }

    @Test(arguments: ["Bcc: c@d.it", "BCC: a@b.it", "Bcc: undisclosed:;", "Bcc:\r\nBcc: x", "Bcc: (x)"])
    func `E47 A Bcc with a value is refused`(_ field: String) {
        expectRefused("To: a@b.it\r\n\(field)", "550 5.7.1", saying: "campo Ccn (Bcc)", "recipients in its Bcc line")
    }

    @Test(arguments: ["Bcc:", "bcc: \r\n ", "Bcc:\r\nBcc: \t"])
    func `E48 An empty Bcc is taken off`(_ field: String) {
        expectSubmitted("To: a@b.it\r\n\(field)")
        let octets = ByteBuffer(string: "A: b\r\n\(field)\r\nC: d\r\n\r\nBcc:\r\n")
        #expect(String(buffer: SubmissionHeader.withoutInternalFields(octets)) == "A: b\r\nC: d\r\n\r\nBcc:\r\n")
    }

    @Test(arguments: ["Resent-To: c@d.it", "Resent-Cc: c@d.it", "resent-bcc:"])
    func `E49 The recipients of a redirection are refused`(_ field: String) {
        expectRefused("To: a@b.it\r\n\(field)", "550 5.7.1", saying: "reindirizzato", "redirected")
    }

    @Test(arguments: ["To: a@b.it\r\nno field\r\nBcc: x@y.it", "To: a@b.it\r\n: x", "Tò: x\r\nTo: a@b.it"])
    func `E50 A line that is no field is refused`(_ fields: String) {
        expectRefused(fields, "550 5.6.0", saying: "una riga che non e' un campo", "a line that is no field")
    }

    @Test(arguments: [
        "Content-Type: application/ms-tnef; name=\"winmail.dat\"", "content-type: Application/MS-TNEF",
        "Content-Type: (x) application/vnd.ms-tnef",
    ])
    func `E51 A message that is TNEF is refused`(_ field: String) {
        expectRefused(
            "To: a@b.it\r\n\(field)",
            "550 5.6.1",
            saying: "formato RTF di Outlook",
            "Set-RemoteDomain Default"
        )
    }

    @Test func `E52 More recipients than the provider takes are refused`() {
        let four = ["a@b.it", "c@d.it", "e@f.it", "g@h.it"]
        expectSubmitted("To: \(four.joined(separator: ", "))", to: Array(four.dropLast()))
        expectRefused(
            "To: \(four.joined(separator: ", "))",
            to: four,
            "550 5.5.3",
            saying: "i destinatari sono 4, e il gestore comune ne ammette al massimo 3",
            "4 recipients, and the provider comune takes at most 3"
        )
    }

    @Test func `E53 Size times recipients beyond the provider's limit is refused`() {
        #expect(judge("\(Self.pec)\n\nx\n", size: 5000, recipients: 2) == "nothing")
        let reply = judge("\(Self.pec)\n\nx\n", size: 5001, recipients: 2)
        #expect(
            reply.hasPrefix("552 5.3.4 PEC non inviata: 5001 B per 2 destinatari fanno 10002 B, e il gestore comune ")
        )
        #expect(reply.contains("5001 B times 2 recipients make 10002 B, and the provider comune takes at most 10 kB"))
        let one = judge("\(Self.pec)\n\nx\n", size: 100_000_001)
        #expect(one.contains("il messaggio e' di 100.01 MB,") && one.contains("the message has 100.01 MB,"))
        #expect(judge("\(Self.pec)\n\nx\n", size: 1_200_000).contains("the message has 1.20 MB,"))
        #expect(judge("\(Self.pec)\n\nx\n", size: .max, recipients: 2).hasPrefix("552 5.3.4"))
    }

    @Test(arguments: [
        "Content-Type: application/ms-tnef; name=x\n\nx",
        "Content-Type: application/octet-stream; name=WinMail.dat\n\nx",
        "Content-Disposition: attachment; filename*=utf-8''winmail%2Edat\n\nx",
    ])
    func `E54 A part that is TNEF is refused, but not within an attached message`(_ part: String) {
        #expect(judge(mixed("\n\nx", part)).hasPrefix("550 5.6.1 PEC non inviata: il messaggio e' in formato RTF"))
        let attached =
            "Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\(part)\n--y--\n"
        #expect(judge(mixed("\n\nx", attached)) == "nothing")
    }

    @Test(arguments: [
        "filename=\"setup.exe\"", "filename=SETUP.EXE", "filename=\"a.pdf.js\"", "filename=\"setup.exe. \"",
        "filename*0=\"set\"; filename*1=\"up.e\"; filename*2=xe", "filename*=iso-8859-1'it'perch%E9.exe",
        "filename=\"=?utf-8?Q?perch=C3=A9.exe?=\"", "filename=a.pdf; filename*=utf-8''a.exe",
        "filename=my setup (1).exe",
        "filename=\"=?koi8-r?B?c2V0dXAuZXhl?=\"", "filename=\"C:\\dir\\setup.exe\"", "filename=\"setup\".exe",
    ])
    func `E55 A file that the provider refuses is refused by name`(_ parameters: String) {
        let part = "Content-Type: application/octet-stream\nContent-Disposition: attachment; \(parameters)\n\nx"
        let reply = judge(mixed("\n\nx", part))
        #expect(reply.hasPrefix("550 5.7.1 PEC non inviata: il gestore comune non ammette allegati ."), "\(reply)")
        #expect(reply.contains("the message holds \""))
        let attached = "Content-Type: message/rfc822\n\n\(part)"
        #expect(judge(mixed("\n\nx", attached)).hasPrefix("550 5.7.1"))
    }

    @Test(arguments: [
        "filename=\"setup.exe.txt\"", "filename=exe", "filename=\"exe.\"", "filename=\".\"", "filename=",
        "name=setup.exe",
        "filename=\"fattura.pdf.p7m\"",
    ])
    func `E55 Other files are submitted`(_ parameters: String) {
        let part = "Content-Type: application/octet-stream\nContent-Disposition: attachment; \(parameters)\n\nx"
        #expect(judge(mixed("\n\nx", part)) == "nothing")
    }

    @Test func `E55 The name of an attached message is its subject and no file name`() {
        let attached = "Content-Type: message/rfc822; name=\"Prova di setup.exe\"\n\nSubject: x\n\nx"
        #expect(judge(mixed(attached)) == "nothing")
    }

    @Test func `E56 What is too deep to be examined is refused`() {
        let deep = String(repeating: "Content-Type: message/rfc822\n\n", count: AttachmentScanner.maximumDepth)
        #expect(judge("\(deep)Subject: x\n\nx") == "nothing")
        #expect(
            judge("\(deep)Content-Type: message/rfc822\n\n").hasPrefix(
                "550 5.6.0 PEC non inviata: il messaggio ha troppe"
            )
        )
    }

    @Test func `E57 Nothing of this is judged for an ordinary account or for mail to the Internet`() {
        for from in ["vendite@gmail.example", "mario@azienda.it"] {
            let decision = Desk.ask(
                "From: \(from)\r\nTo:\r\nTo: x\r\nBcc: y@z.it\r\nContent-Type: application/ms-tnef",
                to: ["a@b.it", "c@d.it", "e@f.it", "g@h.it"]
            )
            #expect(!Desk.short(decision).hasPrefix("5"), "\(decision)")
        }
        #expect(judge("x", size: .max, account: "vendite@gmail.example") == "not judged")
        #expect(Desk.table.contentPreflight(for: .internet, recipients: 1) == nil)
        #expect(Desk.table.certifiedAccount(of: .exchange) == nil)
    }

    @Test func `The content is looked at no further than the first reason`() throws {
        var preflight = try #require(
            Desk.table.contentPreflight(for: .account("azienda@pec.example.it"), recipients: 1)
        )
        preflight.examine(ByteBuffer(string: "Content-Type: x/y; name=a.exe\r\n"))
        #expect(preflight.refusal == nil)
        preflight.examine(ByteBuffer(string: "\r\n"))
        let refusal = try #require(preflight.refusal)
        preflight.examine(ByteBuffer(string: "--x\r\n"))
        #expect(preflight.finish(size: 1) == refusal)
    }
}
