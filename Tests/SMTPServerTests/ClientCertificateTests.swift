// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import Routing
import SMTPServer
import Testing

/// Certificates of clients that somebody else than the TLS library judges, and what the session's facts say of the organisations.
@Suite(.timeLimit(.minutes(5)))
struct ClientCertificateTests {
    private let authority: TestAuthority
    private static let tenants = TenantRule(ids: ["a"], domains: [])

    init() throws {
        authority = try TestAuthority.shared.get()
    }

    private func deliver(_ client: TestClient) async throws -> String? {
        _ = try await client.say("EHLO exch1.azienda.lan")
        let reply = try await client.say("MAIL FROM:<mario@azienda.it>")
        guard reply.hasPrefix("250 ") else { return reply }
        _ = try await client.say("RCPT TO:<ente@comune.it>")
        _ = try await client.say("DATA")
        return try await client.say("a\r\n.")
    }

    @Test(arguments: [false, true])
    func
        `what the judge takes is served though the library would not, and the facts name certificate and organisations`(
            _ isImplicit: Bool
        ) async throws
    {
        let receiver = RecordingReceiver()
        let server = try authority.server(asksForCertificate: true)
        let intruder = try authority.client("intruder")
        let der = Array(try Data(contentsOf: derFile("intruder")))
        try await withListener(receiver) {
            $0.tls = server
            $0.hasImplicitTLS = isImplicit
            $0.requiresClientCertificate = true
            $0.tenants = Self.tenants
            $0.judgeClient = { $0.first == der ? nil : "another" }
        } _: { port, _ in
            try await TestClient.run(port: port, tls: isImplicit ? intruder : nil) { client in
                _ = try await client.reply()
                if !isImplicit {
                    _ = try await client.say("EHLO x")
                    _ = try await client.say("STARTTLS")
                    try await client.startTLS(intruder)
                }
                #expect(try await deliver(client)?.hasPrefix("250 ") == true)
            }
        }
        let facts = try #require(receiver.messages.first).session
        #expect(facts.clientCertificate == "CN=exch1.azienda.lan" && facts.tenants == Self.tenants)
    }

    @Test(arguments: [false, true])
    func `what the judge refuses is not served though the library would, and the log says why`(
        _ isImplicit: Bool
    ) async throws {
        let lines = LogLines()
        let receiver = RecordingReceiver()
        let (server, known) = (try authority.server(asksForCertificate: true), try authority.client("exchange"))
        let configure = { (settings: inout ListenerSettings) in
            settings.tls = server
            settings.hasImplicitTLS = isImplicit
            settings.judgeClient = { _ in "it names another" }
        }
        try await withListener(receiver, configure: configure, logger: lines.logger) { port, _ in
            do {
                try await TestClient.run(port: port, tls: isImplicit ? known : nil) { client in
                    if !isImplicit {
                        _ = try await client.reply()
                        _ = try await client.say("EHLO x")
                        _ = try await client.say("STARTTLS")
                        try await client.startTLS(known)
                    }
                    try await client.send("EHLO x\r\n")
                    #expect(try await client.reply() == nil)
                }
            } catch {
                // The end of the connection may come first.
            }
        }
        #expect(receiver.begun == 0)
        #expect(lines.text.contains("it names another"), "\(lines.text)")
    }

    @Test func `who shows no certificate is not judged, and may not send`() async throws {
        let (server, bare) = (try authority.server(asksForCertificate: true), try authority.client())
        try await withListener {
            $0.tls = server
            $0.requiresClientCertificate = true
            $0.tenants = Self.tenants
            $0.judgeClient = { _ in nil }
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                #expect(try await deliver(client)?.hasPrefix("530 5.7.0 ") == true)
                _ = try await client.say("STARTTLS")
                try await client.startTLS(bare)
                #expect(try await deliver(client)?.hasPrefix("530 5.7.0 ") == true)
            }
        }
    }

    @Test(arguments: [nil, TenantRule(ids: ["a", "b"], domains: [])], [nil, TenantRule(ids: ["b"], domains: [])])
    func `an open session ends at its next MAIL once other organisations are listed`(
        _ before: TenantRule?,
        _ after: TenantRule?
    ) async throws {
        let receiver = RecordingReceiver()
        try await withListener(receiver) {
            $0.tenants = before
        } _: { port, listener in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                #expect(try await deliver(client)?.hasPrefix("250 ") == true)
                var settings = ListenerSettings(hostname: "x", address: "127.0.0.1", port: 0)
                settings.tenants = after
                listener.update(settings: settings)
                let said = try await deliver(client)
                #expect(said?.hasPrefix(before == after ? "250 " : "421 4.3.2 ") == true, "\(said ?? "nothing")")
                if before != after { #expect(try await client.reply() == nil) }
            }
            guard before != after else { return }
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                #expect(try await deliver(client)?.hasPrefix("250 ") == true)
            }
        }
        #expect(receiver.messages.map(\.session.tenants) == [before, after])
    }

    @Test func `a transaction that was open when they changed goes by those of its session`() async throws {
        let receiver = RecordingReceiver()
        try await withListener(receiver) {
            $0.tenants = Self.tenants
        } _: { port, listener in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO exch1.azienda.lan")
                #expect(try await client.say("MAIL FROM:<mario@azienda.it>").hasPrefix("250 "))
                listener.update(settings: ListenerSettings(hostname: "x", address: "127.0.0.1", port: 0))
                _ = try await client.say("RCPT TO:<ente@comune.it>")
                _ = try await client.say("DATA")
                #expect(try await client.say("a\r\n.").hasPrefix("250 "))
                #expect(try await client.say("MAIL FROM:<mario@azienda.it>").hasPrefix("421 4.3.2 "))
            }
        }
        #expect(receiver.messages.map(\.session.tenants) == [Self.tenants])
    }

    private func derFile(_ name: String) throws -> URL {
        let file = authority.path("\(UUID().uuidString).der")
        try authority.openssl(["x509", "-in", "\(name).pem", "-outform", "DER", "-out", file])
        return URL(fileURLWithPath: file)
    }
}
