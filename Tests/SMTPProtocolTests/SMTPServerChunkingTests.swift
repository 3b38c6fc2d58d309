// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import Testing

/// BDAT (RFC 3030).
struct SMTPServerChunkingTests {
    private func server(_ configure: (inout SMTPServerPolicy) -> Void = { _ in }) -> ScriptedServer {
        var server = ScriptedServer(configure)
        _ = server.say("EHLO exch1.azienda.lan")
        return server
    }

    private func serverWithEnvelope(_ configure: (inout SMTPServerPolicy) -> Void = { _ in }) -> ScriptedServer {
        var server = server(configure)
        _ = server.say("MAIL FROM:<mario@azienda.it>")
        _ = server.say("RCPT TO:<ente@comune.it>")
        return server
    }

    @Test
    func `chunks come through as they are, line ends of all kinds and dots included`() throws {
        var server = serverWithEnvelope()
        server.receive("BDAT 8\r\n.\r\n..\nab")
        server.receive("BDAT 4 LAST\r\n\r\n.\rNOOP\r\n")
        #expect(server.transcript.hasSuffix("250 2.0.0 8 octets received\r\n250 2.0.0 queued\r\n250 2.0.0 OK\r\n"))
        let message = try #require(server.messages.first)
        #expect(String(decoding: message.content, as: UTF8.self) == ".\r\n..\nab\r\n.\r")
        #expect(message.summary == SMTPContentSummary(octets: 12, hasBareLineEnds: true))
    }

    @Test
    func `an empty last chunk ends the message`() throws {
        var server = serverWithEnvelope()
        server.receive("BDAT 3\r\na\r\nBDAT 0 LAST\r\n")
        #expect(try #require(server.messages.first).content == Array("a\r\n".utf8))
        server.receive("MAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nBDAT 0 LAST\r\n")
        #expect(server.messages.count == 2 && server.messages[1].content.isEmpty)
    }

    @Test
    func `BDAT without MAIL is 503, not 552, and its octets are no commands`() {
        var server = server { $0.limits.messageOctets = 4 }
        server.receive("BDAT 6 LAST\r\nNOOP\r\nNOOP\r\n")
        #expect(server.transcript.hasSuffix("503 5.5.1 MAIL and RCPT first\r\n250 2.0.0 OK\r\n"))
    }

    @Test
    func `BDAT without an accepted recipient is refused after its octets were read over`() {
        var server = server()
        server.refusedRecipients["a@b.it"] = SMTPReply(550, EnhancedStatus(5, 1, 1), "no such user")
        server.receive("MAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nBDAT 6 LAST\r\nNOOP\r\nNOOP\r\n")
        #expect(server.transcript.hasSuffix("554 5.5.1 no recipient was accepted\r\n250 2.0.0 OK\r\n"))
    }

    @Test
    func `after a BDAT error MAIL and RCPT are forgotten and DATA is 503`() {
        var server = serverWithEnvelope { $0.limits.messageOctets = 10 }
        server.receive("BDAT 6\r\nabcdef")
        server.receive("BDAT 6\r\nabcdef")
        #expect(server.transcript.contains("\r\n552 5.3.4 "))
        #expect(server.machine.envelope == nil)
        #expect(server.say("DATA").hasPrefix("503 "))
        #expect(server.say("RCPT TO:<a@b.it>").hasPrefix("503 "))
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
    }

    @Test
    func `chunks pipelined behind a refused one are answered 503 each, and are not counted as errors`() {
        var server = serverWithEnvelope {
            $0.limits.messageOctets = 10
            $0.limits.errors = 3
        }
        server.receive("BDAT 20\r\n01234567890123456789")
        for _ in 0..<50 { server.receive("BDAT 3\r\nabc") }
        server.receive("BDAT 0 LAST\r\n")
        #expect(!server.isClosed)
        #expect(server.transcript.components(of: "503 5.5.1 an earlier chunk") == 51)
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
    }

    @Test
    func `a size that cannot be read ends the session, for where the chunk ends is not known`() {
        var server = serverWithEnvelope()
        server.receive("BDAT 1O\r\nMAIL FROM:<x@y.it>\r\n")
        #expect(server.isClosed && server.transcript.contains("\r\n421 4.5.4 "))
        #expect(!server.transcript.hasSuffix("sender accepted\r\n"))
    }

    @Test
    func `sizes whose sum does not fit are refused`() {
        var server = serverWithEnvelope { $0.limits.messageOctets = 0 }
        server.receive("BDAT 2\r\nab")
        server.receive("BDAT 9223372036854775806\r\n")
        guard case .swallowing(_, let reply) = server.machine.stage else {
            Issue.record("the chunk is not swallowed")
            return
        }
        #expect(reply.code == 552)
    }

    @Test
    func `DATA, RCPT and MAIL within a chunked message are 503 and do not break it`() throws {
        var server = serverWithEnvelope()
        server.receive("BDAT 3\r\na\r\n")
        #expect(server.say("DATA").hasPrefix("503 "))
        #expect(server.say("RCPT TO:<a@b.it>").hasPrefix("503 "))
        #expect(server.say("MAIL FROM:<>").hasPrefix("503 "))
        server.receive("BDAT 3 LAST\r\nb\r\n")
        #expect(try #require(server.messages.first).content == Array("a\r\nb\r\n".utf8))
    }

    @Test
    func `RSET in the middle of a chunked message drops what came`() throws {
        var server = serverWithEnvelope()
        server.receive("BDAT 3\r\na\r\nRSET\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nBDAT 3 LAST\r\nb\r\n")
        #expect(server.messages.count == 1)
        #expect(try #require(server.messages.first).content == Array("b\r\n".utf8))
    }

    @Test
    func `thousands of tiny chunks are handed on in pieces and pile up nowhere`() throws {
        var server = serverWithEnvelope()
        for _ in 0..<5000 { server.receive("BDAT 1\r\nx") }
        #expect(server.pieces.isEmpty && server.reader.bufferedOctets == 0)
        for _ in 0..<5000 { server.receive("BDAT 20\r\n01234567890123456789") }
        #expect(server.pieces == [65536])
        #expect(server.reader.bufferedOctets == 0)
        server.receive("BDAT 0 LAST\r\n")
        #expect(try #require(server.messages.first).content.count == 105_000)
    }

    @Test
    func `a chunk larger than the pieces is handed on piece by piece`() throws {
        var server = serverWithEnvelope()
        server.receive("BDAT 200000 LAST\r\n" + String(repeating: "x", count: 200_000))
        #expect(server.pieces == [65536, 65536, 65536, 200_000 - 3 * 65536])
        #expect(try #require(server.messages.first).summary.octets == 200_000)
    }

    @Test
    func `a session that ends in the middle of a chunk leaves nothing behind`() {
        var server = serverWithEnvelope()
        server.receive("BDAT 200000 LAST\r\n" + String(repeating: "x", count: 100_000))
        #expect(server.pieces == [65536])
        server.report(.disconnected)
        #expect(server.abandoned == 1 && server.messages.isEmpty && server.machine.stage == .closed)
    }
}

extension String {
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
