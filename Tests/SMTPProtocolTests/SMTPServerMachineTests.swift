// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import Testing

/// The session and its mail transaction.
struct SMTPServerMachineTests {
    /// A session after EHLO.
    private func server(_ configure: (inout SMTPServerPolicy) -> Void = { _ in }, inTLS: Bool = false) -> ScriptedServer
    {
        var server = ScriptedServer(configure, inTLS: inTLS)
        _ = server.say("EHLO exch1.azienda.lan")
        return server
    }

    /// A session with an envelope.
    private func serverWithEnvelope(_ configure: (inout SMTPServerPolicy) -> Void = { _ in }) -> ScriptedServer {
        var server = server(configure)
        #expect(server.say("MAIL FROM:<mario@azienda.it>").hasPrefix("250 2.1.0 "))
        #expect(server.say("RCPT TO:<ente@comune.it>").hasPrefix("250 2.1.5 "))
        return server
    }

    @Test
    func `the EHLO reply offers what is served and never BINARYMIME`() {
        var clear = ScriptedServer {
            $0.offersStartTLS = true
            $0.offersAuthentication = true
        }
        let reply = clear.say("EHLO x")
        for word in [
            "PIPELINING", "SIZE 157286400", "8BITMIME", "CHUNKING", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8",
            "STARTTLS",
        ] {
            #expect(reply.contains("250-\(word)\r\n"))
        }
        #expect(!reply.contains("BINARYMIME") && !reply.contains("AUTH"))
        var secure = ScriptedServer(
            {
                $0.offersStartTLS = true
                $0.offersAuthentication = true
            },
            inTLS: true
        )
        let secureReply = secure.say("EHLO x")
        #expect(secureReply.contains("250-AUTH PLAIN LOGIN\r\n") && !secureReply.contains("STARTTLS"))
    }

    @Test
    func `a size limit of 0 is no limit, and is announced so`() {
        var server = server { $0.limits.messageOctets = 0 }
        #expect(server.transcript.contains("250-SIZE 0\r\n"))
        #expect(server.say("MAIL FROM:<mario@azienda.it> SIZE=999999999999").hasPrefix("250 "))
    }

    @Test
    func `HELO serves a client that knows no extensions`() {
        var server = ScriptedServer()
        #expect(server.say("HELO vecchio") == "250 relay.azienda.it\r\n")
        #expect(!server.machine.isExtended)
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 2.1.0 "))
    }

    @Test
    func `the commands beside the transaction are answered`() {
        var server = server()
        #expect(server.say("NOOP ciao").hasPrefix("250 2.0.0 "))
        #expect(server.say("VRFY mario").hasPrefix("252 2.0.0 "))
        #expect(server.say("EXPN lista").hasPrefix("502 5.5.1 "))
        #expect(server.say("HELP").hasPrefix("214-2.0.0 "))
        #expect(server.say("RSET").hasPrefix("250 2.0.0 "))
        #expect(server.say("QUIT").hasPrefix("221 2.0.0 "))
        #expect(server.isClosed)
    }

    @Test
    func `commands out of order are refused with 503`() {
        var server = ScriptedServer()
        #expect(server.say("MAIL FROM:<mario@azienda.it>").hasPrefix("503 5.5.1 "))
        #expect(server.say("RCPT TO:<mario@azienda.it>").hasPrefix("503 5.5.1 "))
        #expect(server.say("DATA").hasPrefix("503 5.5.1 "))
        _ = server.say("EHLO x")
        #expect(server.say("RCPT TO:<mario@azienda.it>").hasPrefix("503 5.5.1 "))
        #expect(server.say("MAIL FROM:<mario@azienda.it>").hasPrefix("250 "))
        #expect(server.say("DATA").hasPrefix("503 5.5.1 "))
        #expect(server.say("MAIL FROM:<ugo@azienda.it>").hasPrefix("503 5.5.1 "))
        #expect(server.machine.envelope?.reversePath.description == "mario@azienda.it")
    }

    @Test(arguments: ["EHLO x", "HELO x", "RSET"])
    func `EHLO, HELO and RSET abandon the mail transaction`(_ command: String) {
        var server = serverWithEnvelope()
        #expect(server.say(command).hasPrefix("250"))
        #expect(server.machine.envelope == nil)
        #expect(server.say("DATA").hasPrefix("503 "))
    }

    @Test
    func `the envelope keeps DSN, SMTPUTF8 and 8BITMIME parameters`() throws {
        var server = server()
        _ = server.say("MAIL FROM:<però@città.it> SMTPUTF8 BODY=8BITMIME RET=FULL ENVID=q+2B1")
        _ = server.say("RCPT TO:<ente@comune.it> NOTIFY=FAILURE,DELAY ORCPT=rfc822;e@c.it")
        _ = server.say("DATA")
        _ = server.say("a\r\n.")
        let envelope = try #require(server.messages.first).envelope
        #expect(envelope.requiresSMTPUTF8 && envelope.isEightBit)
        #expect(envelope.returnContent == .full && envelope.envelopeID == "q+1")
        #expect(envelope.recipients.first?.notify == [.failure, .delay])
        #expect(envelope.recipients.first?.originalRecipient == "rfc822;e@c.it")
    }

    @Test
    func `an address beyond ASCII without SMTPUTF8 is refused with 553 5.6.7 and resets nothing`() throws {
        var server = server()
        #expect(server.say("MAIL FROM:<però@azienda.it>").hasPrefix("553 5.6.7 "))
        #expect(server.machine.envelope == nil)
        _ = server.say("MAIL FROM:<mario@azienda.it>")
        _ = server.say("RCPT TO:<ente@comune.it>")
        #expect(server.say("RCPT TO:<ente@città.it>").hasPrefix("553 5.6.7 "))
        _ = server.say("DATA")
        #expect(server.say("a\r\n.").hasPrefix("250 "))
        #expect(try #require(server.messages.first).envelope.recipients.count == 1)
    }

    @Test
    func `the receiver's refusals reach the client and leave the transaction as it was`() {
        var server = server()
        server.refusedSenders["spam@x.it"] = SMTPReply(550, EnhancedStatus(5, 7, 1), "not you")
        server.refusedRecipients["nobody@azienda.it"] = SMTPReply(550, EnhancedStatus(5, 1, 1), "no such user")
        #expect(server.say("MAIL FROM:<spam@x.it>") == "550 5.7.1 not you\r\n")
        #expect(server.machine.envelope == nil)
        _ = server.say("MAIL FROM:<mario@azienda.it>")
        #expect(server.say("RCPT TO:<nobody@azienda.it>") == "550 5.1.1 no such user\r\n")
        #expect(server.say("DATA").hasPrefix("554 5.5.1 "))
        #expect(server.say("RCPT TO:<ente@comune.it>").hasPrefix("250 "))
        #expect(server.say("DATA").hasPrefix("354 "))
    }

    @Test
    func `after the end of data the transaction is over, accepted or refused, and nothing is inherited`() {
        var server = serverWithEnvelope()
        server.finishReply = SMTPReply(550, EnhancedStatus(5, 7, 1), "virus")
        _ = server.say("DATA")
        #expect(server.say("a\r\n.") == "550 5.7.1 virus\r\n")
        #expect(server.say("DATA").hasPrefix("503 "))
        #expect(server.say("RCPT TO:<a@b.it>").hasPrefix("503 "))
        server.finishReply = SMTPReply(250, EnhancedStatus(2, 0, 0), "queued")
        #expect(server.say("MAIL FROM:<ugo@azienda.it>").hasPrefix("250 "))
        #expect(server.say("DATA").hasPrefix("503 "))
    }

    @Test
    func `a bare line end in DATA is refused with 550 5.5.2 and nothing reaches the receiver`() {
        var server = serverWithEnvelope()
        _ = server.say("DATA")
        #expect(server.say("a\nb\r\n.").hasPrefix("550 5.5.2 "))
        #expect(server.messages.isEmpty && server.pieces.isEmpty)
        #expect(server.machine.stage == .commands)
    }

    @Test
    func `a bare line end late in a long message abandons what the receiver has`() {
        var server = serverWithEnvelope()
        _ = server.say("DATA")
        server.receive(String(repeating: "0123456789\r\n", count: 12_000))
        #expect(!server.pieces.isEmpty)
        server.receive("a\nb\r\n")
        #expect(server.abandoned == 1)
        #expect(server.say("c\r\n.").hasPrefix("550 5.5.2 "))
        #expect(server.messages.isEmpty && server.abandoned == 1)
    }

    @Test
    func `a command line with a bare LF or CR is answered 500 5.5.2 and not executed`() {
        var server = server()
        #expect(server.say("NOOP\nMAIL FROM:<mario@azienda.it>").hasPrefix("500 5.5.2 "))
        #expect(server.say("NOOP\rMAIL FROM:<mario@azienda.it>").hasPrefix("500 5.5.2 "))
        #expect(server.machine.envelope == nil)
    }

    @Test
    func `a message in flight when the connection ends is abandoned, and one being finished is not`() {
        var server = serverWithEnvelope()
        _ = server.say("DATA")
        server.receive(String(repeating: "0123456789\r\n", count: 12_000))
        server.report(.disconnected)
        #expect(server.abandoned == 1 && server.machine.stage == .closed)

        var finishing = serverWithEnvelope()
        finishing.answersItself = false
        _ = finishing.say("DATA")
        _ = finishing.say("a\r\n.")
        #expect(finishing.machine.stage == .finishing)
        finishing.report(.disconnected)
        finishing.report(.messageFinished(SMTPReply(250, nil, "queued")))
        #expect(finishing.abandoned == 0 && finishing.machine.stage == .closed)
    }

    @Test
    func `content that is being taken when the connection ends is abandoned once it was taken`() {
        var server = serverWithEnvelope()
        server.answersItself = false
        _ = server.say("DATA")
        server.receive(String(repeating: "0123456789\r\n", count: 12_000))
        server.report(.disconnected)
        #expect(server.machine.stage == .abandoning && server.abandoned == 0)
        server.report(.contentTaken)
        #expect(server.machine.stage == .closed && server.abandoned == 1)
    }

    @Test
    func `commands behind the end of data wait for its reply`() {
        var server = serverWithEnvelope()
        server.answersItself = false
        _ = server.say("DATA")
        #expect(server.say("a\r\n.\r\nNOOP\r\nQUIT") == "")
        server.report(.messageFinished(SMTPReply(250, EnhancedStatus(2, 0, 0), "queued")))
        server.run()
        #expect(
            server.transcript.hasSuffix("250 2.0.0 queued\r\n250 2.0.0 OK\r\n221 2.0.0 relay.azienda.it closing\r\n")
        )
    }

    @Test
    func `an idle session is told 421 4.4.2, one that waits for the server is not`() {
        var server = server()
        server.report(.timedOut(.idle))
        #expect(server.isClosed && server.transcript.contains("\r\n421 4.4.2 "))

        var busy = serverWithEnvelope()
        busy.answersItself = false
        _ = busy.say("DATA")
        _ = busy.say("a\r\n.")
        busy.report(.timedOut(.idle))
        #expect(!busy.isClosed)
    }

    @Test
    func `a stopping server tells idle sessions 421 4.3.2 and lets a message be finished first`() {
        var idle = server()
        idle.report(.shutdown)
        #expect(idle.isClosed && idle.transcript.contains("\r\n421 4.3.2 "))

        var busy = serverWithEnvelope()
        busy.answersItself = false
        _ = busy.say("DATA")
        _ = busy.say("a\r\n.")
        busy.report(.shutdown)
        #expect(!busy.isClosed)
        busy.report(.messageFinished(SMTPReply(250, EnhancedStatus(2, 0, 0), "queued")))
        #expect(busy.isClosed && busy.transcript.contains("250 2.0.0 queued\r\n421 4.3.2 "))
    }

    @Test
    func `a receiver's 421 ends the session`() {
        var server = server()
        server.refusedRecipients["a@b.it"] = SMTPReply(421, EnhancedStatus(4, 3, 0), "not now")
        _ = server.say("MAIL FROM:<>")
        #expect(server.say("RCPT TO:<a@b.it>") == "421 4.3.0 not now\r\n")
        #expect(server.isClosed)
    }
}
