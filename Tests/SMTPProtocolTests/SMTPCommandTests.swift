// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import Testing

struct SMTPCommandTests {
    private func parse(_ line: String) throws(SMTPRefusal) -> SMTPCommand {
        try SMTPCommand(ByteBuffer(string: line), hostname: "relay.azienda.it")
    }

    private func refusal(_ line: String) -> String? {
        do throws(SMTPRefusal) {
            _ = try parse(line)
            return nil
        } catch {
            return "\(error.reply.code) \(error.reply.status.map(String.init(describing:)) ?? "-")"
        }
    }

    private let mario = AddrSpec(localPart: "mario", domain: "azienda.it")

    @Test
    func `verbs are read in any case, blanks around arguments are passed over`() throws {
        #expect(try parse("ehlo exch1.azienda.lan") == .ehlo("exch1.azienda.lan"))
        #expect(try parse("HeLo   [192.0.2.1]  ") == .helo("[192.0.2.1]"))
        #expect(try parse("noop what ever") == .noop)
        #expect(try parse("Rset ") == .rset)
        #expect(try parse("quit") == .quit)
        #expect(try parse("data") == .data)
        #expect(try parse("vrfy mario") == .vrfy)
        #expect(try parse("expn lista") == .expn)
        #expect(try parse("help mail") == .help)
        #expect(try parse("starttls") == .startTLS)
        #expect(try parse("auth login") == .auth(mechanism: "LOGIN", initialResponse: nil))
        #expect(try parse("AUTH plain AAAA") == .auth(mechanism: "PLAIN", initialResponse: "AAAA"))
        #expect(try parse("BDAT 10") == .bdat(octets: 10, isLast: false))
        #expect(try parse("bdat 0 last") == .bdat(octets: 0, isLast: true))
    }

    @Test
    func `MAIL is read with all its parameters`() throws {
        #expect(try parse("MAIL FROM:<>") == .mail(.null, SMTPMailParameters()))
        var all = SMTPMailParameters()
        all.size = 0
        all.isEightBit = true
        all.returnContent = .headers
        all.envelopeID = "a b+c"
        all.requiresSMTPUTF8 = true
        #expect(
            try parse("mail from: <mario@azienda.it> size=0 Body=8bitmime RET=hdrs ENVID=a+20b+2Bc SMTPUTF8 AUTH=<>")
                == .mail(.mailbox(mario), all)
        )
        var huge = SMTPMailParameters()
        huge.size = .max
        #expect(try parse("MAIL FROM:<mario@azienda.it> SIZE=99999999999999999999999") == .mail(.mailbox(mario), huge))
        #expect(try parse("MAIL FROM:<@a.it,@b.it:mario@azienda.it>") == .mail(.mailbox(mario), SMTPMailParameters()))
        let quoted = AddrSpec(localPart: "a> b\"", domain: "azienda.it")
        #expect(try parse(#"MAIL FROM:<"a> b\""@azienda.it>"#) == .mail(.mailbox(quoted), SMTPMailParameters()))
    }

    @Test
    func `RCPT is read with all its parameters`() throws {
        #expect(try parse("RCPT TO:<mario@azienda.it>") == .rcpt(EnvelopeRecipient(mario)))
        let full = EnvelopeRecipient(
            mario,
            notify: [.success, .delay],
            originalRecipient: "rfc822;Mario+Rossi@azienda.it"
        )
        #expect(
            try parse("RCPT TO:<mario@azienda.it> NOTIFY=success,delay ORCPT=rfc822;Mario+2BRossi@azienda.it")
                == .rcpt(full)
        )
        #expect(
            try parse("RCPT TO:<mario@azienda.it> NOTIFY=NEVER") == .rcpt(EnvelopeRecipient(mario, notify: .never))
        )
        let unicode = EnvelopeRecipient(mario, originalRecipient: "utf-8;per\u{F2}@azienda.it")
        #expect(try parse(#"RCPT TO:<mario@azienda.it> ORCPT=utf-8;per\x{F2}@azienda.it"#) == .rcpt(unicode))
        #expect(try parse("RCPT TO:<mario@azienda.it> ORCPT=utf-8;per\u{F2}@azienda.it") == .rcpt(unicode))
    }

    @Test(arguments: ["<Postmaster>", "<postmaster>", "<POSTMASTER>"])
    func `Postmaster needs no domain and is the server's own`(_ path: String) throws {
        let postmaster = AddrSpec(localPart: "postmaster", domain: "relay.azienda.it")
        #expect(try parse("RCPT TO:\(path)") == .rcpt(EnvelopeRecipient(postmaster)))
    }

    @Test(arguments: [
        ("", "500 5.5.1"), ("FOO", "500 5.5.1"), (" NOOP", "500 5.5.1"), ("N\u{0}OP", "500 5.5.2"),
        ("NOOP \u{1B}[2J", "500 5.5.2"), ("EHLO", "501 5.5.4"), ("EHLO a b", "501 5.5.4"), ("HELO a(b)", "501 5.5.4"),
        ("DATA now", "501 5.5.4"), ("RSET x", "501 5.5.4"), ("STARTTLS now", "501 5.5.4"), ("VRFY", "501 5.5.4"),
        ("MAIL", "501 5.5.2"), ("MAIL FROM", "501 5.5.2"), ("MAIL FROM:mario@azienda.it", "501 5.5.2"),
        ("MAIL FROM:<mario@azienda.it", "501 5.5.2"), ("MAIL FROM:<mario@azienda.it>SIZE=1", "501 5.5.2"),
        ("MAIL FROM:<mario>", "501 5.1.7"), ("MAIL FROM:<@azienda.it>", "501 5.1.7"),
        ("MAIL FROM:<a@b c@d>", "501 5.1.7"), ("MAIL FROM:<mario@azienda.it> SIZE", "501 5.5.4"),
        ("MAIL FROM:<mario@azienda.it> SIZE=", "501 5.5.4"), ("MAIL FROM:<mario@azienda.it> SIZE=-1", "501 5.5.4"),
        ("MAIL FROM:<mario@azienda.it> SIZE=1 SIZE=2", "501 5.5.4"),
        ("MAIL FROM:<mario@azienda.it> BODY=BINARYMIME", "501 5.5.4"),
        ("MAIL FROM:<mario@azienda.it> RET=NONE", "501 5.5.4"),
        ("MAIL FROM:<mario@azienda.it> SMTPUTF8=1", "501 5.5.4"),
        ("MAIL FROM:<mario@azienda.it> XFOO=1", "555 5.5.4"), ("MAIL FROM:<mario@azienda.it> FOO", "555 5.5.4"),
        ("RCPT TO:<>", "501 5.1.3"), ("RCPT TO:<mario>", "501 5.1.3"), ("RCPT mario@azienda.it", "501 5.5.2"),
        ("RCPT TO:<mario@azienda.it> NOTIFY=NEVER,SUCCESS", "501 5.5.4"),
        ("RCPT TO:<mario@azienda.it> NOTIFY=", "501 5.5.4"), ("RCPT TO:<mario@azienda.it> FOO=1", "555 5.5.4"),
        ("BDAT", "421 4.5.4"), ("BDAT x", "421 4.5.4"), ("BDAT -1", "421 4.5.4"), ("BDAT 1 FIRST", "421 4.5.4"),
        ("BDAT 99999999999999999999", "421 4.5.4"), ("AUTH", "501 5.5.4"), ("AUTH PLAIN a b", "501 5.5.4"),
        ("GET / HTTP/1.1", "421 4.7.0"), ("POST /x HTTP/1.1", "421 4.7.0"),
    ])
    func `a command that is wrong is refused with the code for what is wrong`(_ line: String, _ expected: String) {
        #expect(refusal(line) == expected)
    }

    @Test(arguments: [
        "ENVID=a+00b", "ENVID=a+b", "ENVID=", "ENVID=\(String(repeating: "x", count: 101))", "ENVID=a=b",
        "ENVID=\u{E9}",
    ])
    func `an ENVID with NUL or bad xtext is refused`(_ parameter: String) {
        #expect(refusal("MAIL FROM:<mario@azienda.it> \(parameter)") == "501 5.5.4")
    }

    @Test(arguments: [
        "ORCPT=rfc822;a+00@b", "ORCPT=rfc822;a+b@c", "ORCPT=rfc822;", "ORCPT=;a@b", "ORCPT=a@b", "ORCPT=rfc 822;a",
        #"ORCPT=utf-8;a\x{0}@b"#, #"ORCPT=utf-8;a\x{D800}@b"#, #"ORCPT=utf-8;a\x{}@b"#, #"ORCPT=utf-8;a\q@b"#,
        "ORCPT=utf-8;a+b@c", "ORCPT=rfc822;\(String(repeating: "x", count: 500))",
    ])
    func `an ORCPT with NUL or bad xtext is refused`(_ parameter: String) {
        #expect(refusal("RCPT TO:<mario@azienda.it> \(parameter)") == "501 5.5.4")
    }

    @Test
    func `octets that are not UTF-8 are refused`() {
        #expect(throws: SMTPRefusal.self) {
            try SMTPCommand(ByteBuffer(bytes: [0x4E, 0x4F, 0x4F, 0x50, 0x20, 0xC3, 0x28]), hostname: "h")
        }
    }
}
