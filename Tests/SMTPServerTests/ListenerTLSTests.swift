// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MailModel
import NIOCore
import NIOPosix
import NIOSSL
import SMTPServer
import Synchronization
import Testing

/// A login that is right: mario, segreto.
private struct OnePassword: PasswordChecking {
    func isRight(login: String, password: Secret) async -> Bool {
        login == "mario" && password == Secret("segreto")
    }
}

@Suite(.timeLimit(.minutes(5)))
struct ListenerTLSTests {
    private let authority: TestAuthority

    init() throws {
        authority = try TestAuthority.shared.get()
    }

    private func deliver(_ client: TestClient) async throws {
        #expect(try await client.say("EHLO exch1.azienda.lan").hasPrefix("250-"))
        #expect(try await client.say("MAIL FROM:<mario@azienda.it>").hasPrefix("250 "))
        #expect(try await client.say("RCPT TO:<ente@comune.it>").hasPrefix("250 "))
        #expect(try await client.say("DATA").hasPrefix("354 "))
        #expect(try await client.say("a\r\n.").hasPrefix("250 "))
    }

    @Test
    func `a message after STARTTLS arrives, and the session's facts name TLS`() async throws {
        let receiver = RecordingReceiver()
        let (server, context) = (try authority.server(), try authority.client())
        try await withListener(receiver) {
            $0.tls = server
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                #expect(try await client.say("EHLO x").contains("STARTTLS"))
                #expect(try await client.say("STARTTLS").hasPrefix("220 "))
                try await client.startTLS(context)
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("503 "))
                try await deliver(client)
            }
        }
        #expect(try #require(receiver.messages.first).session.tlsVersion == "TLSv1.3")
        #expect(try #require(receiver.messages.first).session.clientCertificate == nil)
    }

    @Test(arguments: ["MAIL FROM:<x@y.it>\r\n", "EHLO evil\r\n", "\r\n", "x"])
    func `plaintext behind STARTTLS ends the connection, whatever it is`(_ injected: String) async throws {
        let receiver = RecordingReceiver()
        let server = try authority.server()
        try await withListener(receiver) {
            $0.tls = server
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO x")
                try await client.send("STARTTLS\r\n" + injected)
                #expect(try await client.reply() == nil)
            }
        }
        #expect(receiver.begun == 0)
    }

    @Test
    func `plaintext sent after the go-ahead in place of a handshake is never read as a command`() async throws {
        let server = try authority.server()
        try await withListener {
            $0.tls = server
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO x")
                #expect(try await client.say("STARTTLS").hasPrefix("220 "))
                try await client.send("MAIL FROM:<x@y.it>\r\nNOOP\r\n")
                let answer = try await client.line()
                #expect(answer?.hasPrefix("250") != true && answer?.hasPrefix("503") != true)
            }
        }
    }

    @Test
    func `TLS from the first byte`() async throws {
        let receiver = RecordingReceiver()
        let (server, context) = (try authority.server(), try authority.client())
        try await withListener(receiver) {
            $0.tls = server
            $0.hasImplicitTLS = true
            $0.requiresTLS = true
        } _: { port, _ in
            try await TestClient.run(port: port, tls: context) { client in
                #expect(try await client.reply() == "220 relay.azienda.it ESMTP Ceralacca")
                #expect(try await client.say("EHLO x").contains("STARTTLS") == false)
                try await deliver(client)
                #expect(try await client.say("QUIT").hasPrefix("221 "))
                #expect(try await client.reply() == nil)
            }
        }
        #expect(receiver.messages.count == 1)
    }

    @Test
    func `AUTH is offered and taken in TLS, and the login stands in the session's facts and nowhere else`() async throws
    {
        let receiver = RecordingReceiver()
        let lines = LogLines()
        let (server, context) = (try authority.server(), try authority.client())
        let configure = { (settings: inout ListenerSettings) in
            settings.tls = server
            settings.passwords = OnePassword()
            settings.requiresAuthentication = true
        }
        try await withListener(receiver, configure: configure, logger: lines.logger) { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                #expect(try await client.say("EHLO x").contains("AUTH") == false)
                #expect(try await client.say("AUTH PLAIN AG1hcmlvAHNlZ3JldG8=").hasPrefix("538 "))
                _ = try await client.say("STARTTLS")
                try await client.startTLS(context)
                #expect(try await client.say("EHLO x").contains("250-AUTH PLAIN LOGIN"))
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("530 5.7.0 "))
                #expect(try await client.say("AUTH PLAIN AG1hcmlvAGZhbHNv").hasPrefix("535 5.7.8 "))
                #expect(try await client.say("AUTH PLAIN AG1hcmlvAHNlZ3JldG8=").hasPrefix("235 2.7.0 "))
                try await deliver(client)
            }
        }
        #expect(try #require(receiver.messages.first).session.authenticated == "mario")
        let log = lines.text
        #expect(log.contains("535 5.7.8") && log.contains("transaction ended"))
        for secret in ["segreto", "falso", "AG1hcmlv"] { #expect(!log.contains(secret)) }
    }

    @Test
    func `logins that fail in several sessions make the address wait, the right password too`() async throws {
        let (server, context) = (try authority.server(), try authority.client())
        try await withListener(RecordingReceiver()) {
            $0.tls = server
            $0.hasImplicitTLS = true
            $0.passwords = OnePassword()
        } _: { port, _ in
            for session in 1...5 {
                try await TestClient.run(port: port, tls: context) { client in
                    _ = try await client.reply()
                    _ = try await client.say("EHLO x")
                    for _ in 1...2 {
                        #expect(try await client.say("AUTH PLAIN AG1hcmlvAGZhbHNv").hasPrefix("535 "), "\(session)")
                    }
                }
            }
            try await TestClient.run(port: port, tls: context) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO x")
                #expect(try await client.say("AUTH PLAIN AG1hcmlvAHNlZ3JldG8=").hasPrefix("421 4.7.0 too many failed"))
                #expect(try await client.reply() == nil)
            }
        }
    }

    @Test
    func `a verified client certificate gives its subject, none is refused where one is required`() async throws {
        let receiver = RecordingReceiver()
        let server = try authority.server(asksForCertificate: true)
        let (with, without) = (try authority.client("exchange"), try authority.client())
        try await withListener(receiver) {
            $0.tls = server
            $0.requiresClientCertificate = true
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO x")
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("530 5.7.0 "))
                _ = try await client.say("STARTTLS")
                try await client.startTLS(with)
                try await deliver(client)
            }
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO x")
                _ = try await client.say("STARTTLS")
                try await client.startTLS(without)
                _ = try await client.say("EHLO x")
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("530 5.7.0 "))
            }
        }
        #expect(
            try #require(receiver.messages.first).session.clientCertificate
                == #"CN=exch1.azienda.lan,O=Azienda\, S.p.A.,C=IT"#
        )
    }

    @Test
    func `a client certificate of a stranger ends the session`() async throws {
        let server = try authority.server(asksForCertificate: true)
        let intruder = try authority.client("intruder")
        try await withListener {
            $0.tls = server
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO x")
                _ = try await client.say("STARTTLS")
                try await client.startTLS(intruder)
                // The client of TLS 1.3 may send before it hears of the refusal; what it never gets is an answer.
                let answer: String?
                do {
                    try await client.send("EHLO x\r\n")
                    answer = try await client.reply()
                } catch {
                    answer = nil
                }
                #expect(answer == nil)
            }
        }
    }

    @Test
    func `TLS that is closed in the middle of BDAT ends the transaction, and what follows in clear is not heard`()
        async throws
    {
        let receiver = RecordingReceiver(appendGate: Gate(isOpen: false))
        let (server, context) = (try authority.server(), try authority.client())
        try await withListener(receiver) {
            $0.tls = server
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO x")
                _ = try await client.say("STARTTLS")
                try await client.startTLS(context)
                _ = try await client.say("EHLO x")
                _ = try await client.say("MAIL FROM:<>")
                _ = try await client.say("RCPT TO:<a@b.it>")
                try await client.send("BDAT 200000 LAST\r\n" + String(repeating: "x", count: 100_000))
                await receiver.appendGate.somebodyWaits()
                receiver.appendGate.open()
                try await client.closeTLSThenSend("x\r\nMAIL FROM:<x@y.it>\r\n")
                await receiver.abandonGate.pass()
                #expect(try await client.reply() == nil)
            }
        }
        #expect(receiver.messages.isEmpty && receiver.abandoned == 1)
    }

    @Test
    func `a session ticket of one listener is not taken by another`() async throws {
        let (first, second) = (try authority.server(), try authority.server())
        let authority = authority
        try await withListener {
            $0.tls = first
            $0.hasImplicitTLS = true
        } _: { port, _ in
            try await withListener {
                $0.tls = second
                $0.hasImplicitTLS = true
            } _: { otherPort, _ in
                let run = { @Sendable (arguments: [String]) in
                    try await NIOThreadPool.singleton.runIfActive {
                        try authority.openssl(
                            ["s_client", "-tls1_2", "-connect"] + arguments,
                            input: "QUIT\r\n"
                        )
                    }
                }
                _ = try await run(["127.0.0.1:\(port)", "-sess_out", "ticket"])
                #expect(try await run(["127.0.0.1:\(port)", "-sess_in", "ticket"]).contains("Reused, TLSv1.2"))
                #expect(try await run(["127.0.0.1:\(otherPort)", "-sess_in", "ticket"]).contains("New, TLSv1.2"))
            }
        }
    }

    @Test
    func `a renewed certificate is shown to new connections, and present ones go on`() async throws {
        let (first, second) = (try authority.server("server"), try authority.server("second"))
        let context = try authority.client()
        let authority = authority
        try await withListener {
            $0.tls = first
            $0.hasImplicitTLS = true
        } _: { port, listener in
            try await TestClient.run(port: port, tls: context) { client in
                _ = try await client.reply()
                var settings = ListenerSettings(hostname: "second.azienda.it", address: "127.0.0.1", port: 0)
                settings.tls = second
                settings.hasImplicitTLS = true
                listener.update(settings: settings)
                #expect(try await client.say("NOOP").hasPrefix("250 "))
                let shown = try await NIOThreadPool.singleton.runIfActive {
                    try authority.openssl(["s_client", "-connect", "127.0.0.1:\(port)"], input: "QUIT\r\n")
                }
                #expect(shown.contains("subject=CN = second.azienda.it"))
                #expect(try await client.say("NOOP").hasPrefix("250 "))
            }
        }
    }
}

/// Keeps log lines for a test to look at.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self) }
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}
