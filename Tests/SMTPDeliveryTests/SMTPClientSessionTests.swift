// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import MailQueue
import MailTransport
import NIOCore
import NIOPosix
import NIOSSL
import SASLMechanisms
import SMTPProtocol
import TestLab
import Testing

@testable import SMTPDelivery

@Suite(.serialized, .timeLimit(.minutes(5))) final class SMTPClientSessionTests {
    private let connector = MailConnector(group: MultiThreadedEventLoopGroup.singleton)
    private let settings = SMTPSessionSettings(hostname: "relay.azienda.it")
    private let login = SASLLogin(name: "azienda") { Secret("segreto") }
    private let directory: URL
    private let authority: CertificateAuthority

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("session-\(UUID().uuidString)")
        authority = try CertificateAuthority(in: directory.path)
    }

    deinit {
        do { try FileManager.default.removeItem(at: directory) } catch { print("left behind: \(directory.path)") }
    }

    private func context() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(authority.certificate).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: authority.key, format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        )
    }

    private func endpoint(_ port: Int, _ tls: TLSPolicy, trusted: Bool = true) -> Endpoint {
        Endpoint(scheme: .smtp, host: "localhost", port: port, tls: tls, trust: trusted ? authority.root : nil)
    }

    private func open(
        _ endpoint: Endpoint,
        _ login: SASLLogin? = nil
    ) async throws(SMTPClientError) -> SMTPClientSession {
        try await SMTPClientSession.open(endpoint, settings: settings, login: login, connector: connector)
    }

    private func failure(_ endpoint: Endpoint, _ login: SASLLogin? = nil) async -> SMTPClientError? {
        do throws(SMTPClientError) {
            await (try open(endpoint, login)).close()
            return nil
        } catch {
            return error
        }
    }

    private let transaction = SMTPTransaction(
        envelope: Envelope(
            reversePath: .null,
            recipients: [EnvelopeRecipient(AddrSpec(localPart: "b", domain: "y.it"))]
        ),
        size: 7,
        joinsContent: true
    )

    @Test func `STARTTLS is verified, and capabilities come from inside it`() async throws {
        let server = try await FakeServer(["STARTTLS", "PIPELINING"], tls: try context())
        let session = try await open(endpoint(server.port, .verify))
        #expect(session.isSecure && session.capabilities.pipelining)
        #expect(server.count("EHLO") == 2)
        await session.quit()
        try await server.stop()
    }

    @Test func `a certificate that does not do fails verify and passes require`() async throws {
        let server = try await FakeServer(["STARTTLS"], tls: try context())
        let refused = await failure(endpoint(server.port, .verify, trusted: false))
        #expect(refused?.code == .tls)
        #expect(await failure(endpoint(server.port, .require, trusted: false)) == nil)
        #expect(await failure(endpoint(server.port, .opportunistic, trusted: false)) == nil)
        try await server.stop()
    }

    @Test func `a server stripped of STARTTLS is used in clear only under opportunistic`() async throws {
        let server = try await FakeServer(["PIPELINING"])
        #expect(await failure(endpoint(server.port, .require))?.code == .tls)
        #expect(await failure(endpoint(server.port, .verify))?.code == .tls)
        #expect(server.count("MAIL") == 0)
        #expect(await failure(endpoint(server.port, .opportunistic)) == nil)
        try await server.stop()
    }

    @Test(arguments: [TLSPolicy.opportunistic, .require, .verify])
    func `plaintext behind the go-ahead for TLS ends the session under every policy`(_ policy: TLSPolicy) async throws {
        let server = try await FakeServer(["STARTTLS"]) { step in
            step.command == "STARTTLS" ? .reply("220 go\r\n250 injected") : .standard
        }
        let error = await failure(endpoint(server.port, policy))
        #expect(error?.code == .protocolViolation)
        #expect(server.record.connections == 1)
        try await server.stop()
    }

    @Test func `a failed handshake falls back to clear under opportunistic alone`() async throws {
        let server = try await FakeServer(["STARTTLS"]) { step in
            step.command == "STARTTLS" ? .last("220 go") : .standard
        }
        #expect(await failure(endpoint(server.port, .require))?.code == .tls)
        #expect(server.record.connections == 1)
        let session = try await open(endpoint(server.port, .opportunistic))
        #expect(!session.isSecure)
        #expect(server.record.connections == 3)
        await session.quit()
        try await server.stop()
    }

    @Test func `no password goes in clear, whatever is offered and whatever fails`() async throws {
        let plain = try await FakeServer(["AUTH PLAIN LOGIN XOAUTH2"])
        #expect(await failure(endpoint(plain.port, .none), login)?.code == .loginUnavailable)
        let broken = try await FakeServer(["STARTTLS", "AUTH PLAIN LOGIN XOAUTH2"]) { step in
            step.command == "STARTTLS" ? .last("220 go") : .standard
        }
        #expect(await failure(endpoint(broken.port, .opportunistic), login)?.code == .loginUnavailable)
        let token = SASLLogin(name: "azienda", remedy: "", source: ScriptedCredentials([.token("t")]))
        #expect(await failure(endpoint(plain.port, .none), token)?.code == .loginUnavailable)
        #expect(await failure(endpoint(broken.port, .opportunistic), token)?.code == .loginUnavailable)
        #expect(plain.count("AUTH") == 0 && broken.count("AUTH") == 0)
        try await plain.stop()
        try await broken.stop()
    }

    @Test func `an access token that is refused is renewed once, on a new connection, and goes inside TLS`()
        async throws
    {
        let server = try await FakeServer(["STARTTLS", "AUTH PLAIN XOAUTH2"], tls: try context()) { step in
            guard step.command.hasPrefix("AUTH") else { return .standard }
            let message = Base64.decode(step.command.dropFirst("AUTH XOAUTH2 ".count)) ?? []
            let isRight = message == Array("user=azienda\u{1}auth=Bearer token-2\u{1}\u{1}".utf8)
            return .reply(isRight ? "235 2.7.0 in" : "535 5.7.8 expired")
        }
        let tokens = ScriptedCredentials([.token("token-1"), .token("token-2"), .token("token-3")])
        let login = SASLLogin(name: "azienda", remedy: "", source: tokens)
        await (try open(endpoint(server.port, .verify), login)).close()
        #expect(tokens.refused == [.accessToken(Secret("token-1"))])
        #expect(server.record.connections == 2 && server.count("AUTH") == 2)
        let wrong = ScriptedCredentials([.token("token-7"), .token("token-8"), .token("token-9")])
        let error = await failure(
            endpoint(server.port, .verify),
            SASLLogin(name: "azienda", remedy: "", source: wrong)
        )
        #expect(error?.code == .loginRefused)
        #expect(server.count("AUTH") == 4)
        try await server.stop()
    }

    @Test func `a garbled reply is quoted`() async throws {
        let server = try await FakeServer { $0.command.hasPrefix("MAIL") ? .reply("what?") : .standard }
        let session = try await open(endpoint(server.port, .none))
        let error = await #expect(throws: SMTPClientError.self) {
            try await session.send(self.transaction, content: .octets(ByteBuffer(string: "hello\r\n")))
        }
        #expect(error?.code == .protocolViolation)
        #expect(error?.message.contains("what?") == true)
        #expect(await session.isUsable == false)
        try await server.stop()
    }

    @Test func `a silent server is given up after each step's time`() async throws {
        var short = settings
        short.timeouts.greeting = .milliseconds(50)
        short.timeouts.command = .milliseconds(50)
        let silent = try await FakeServer { _ in .silence }
        let error = await #expect(throws: SMTPClientError.self) {
            _ = try await SMTPClientSession.open(
                self.endpoint(silent.port, .none),
                settings: short,
                login: nil,
                connector: self.connector
            )
        }
        #expect(error?.code == .unreachable)
        try await silent.stop()
    }

    @Test func `a server that drips a greeting without an end is given up after the step's time`() async throws {
        var short = settings
        short.timeouts.greeting = .milliseconds(200)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.pipeline.addHandler(Drip()) }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        let error = await #expect(throws: SMTPClientError.self) {
            _ = try await SMTPClientSession.open(
                self.endpoint(port, .none),
                settings: short,
                login: nil,
                connector: self.connector
            )
        }
        #expect(error?.code == .unreachable, "not the end of what a reply may hold: \(String(describing: error))")
        try await channel.close()
    }

    @Test(arguments: [
        ("MAIL", SMTPClientError.Code.lostBeforeEndOfData), ("DATA", .lostBeforeEndOfData),
        ("content", .lostAfterEndOfData),
    ])
    func `a loss is told apart by whether the end of data was sent`(
        _ place: String,
        _ code: SMTPClientError.Code
    ) async throws {
        let server = try await FakeServer(["PIPELINING"]) { $0.command.hasPrefix(place) ? .cut : .standard }
        let session = try await open(endpoint(server.port, .none))
        let error = await #expect(throws: SMTPClientError.self) {
            try await session.send(self.transaction, content: .octets(ByteBuffer(string: "hello\r\n")))
        }
        #expect(error?.code == code)
        try await server.stop()
    }

    @Test(arguments: [
        ("250 2.0.0 taken\r\n250 and more", false), ("250 2.0.0 taken\r\n250", false),
        ("250 2.0.0 taken\r\n421 4.4.2 bye", true), ("250 2.0.0 taken", true),
    ])
    func `a reply that nothing asked for ends the session after its transaction`(
        _ words: String,
        _ isUsable: Bool
    ) async throws {
        let server = try await FakeServer(["PIPELINING"]) { $0.command == "content" ? .reply(words) : .standard }
        let session = try await open(endpoint(server.port, .none))
        let result = try await session.send(transaction, content: .octets(ByteBuffer(string: "hello\r\n")))
        #expect(result.answers.map(\.reply.code) == [250])
        #expect(await session.isUsable == isUsable)
        await session.close()
        try await server.stop()
    }

    @Test func `nothing of the end is sent when it cannot be recorded`() async throws {
        let server = try await FakeServer(["PIPELINING", "CHUNKING"])
        let session = try await open(endpoint(server.port, .none))
        let error = await #expect(throws: SMTPClientError.self) {
            try await session.send(self.transaction, content: .octets(ByteBuffer(string: "hello\r\n"))) {
                _ throws(QueueError) in throw QueueError(.full, "no room")
            }
        }
        #expect(error?.code == .content && error?.message.contains("no room") == true)
        #expect(server.messages.isEmpty)
        try await server.stop()
    }
}

/// Says a line of a greeting each ten milliseconds.
private final class Drip: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    func channelActive(context: ChannelHandlerContext) { Self.drip(context.channel) }

    private static func drip(_ channel: any Channel) {
        channel.writeAndFlush(ByteBuffer(string: "220-x\r\n")).whenSuccess {
            channel.eventLoop.scheduleTask(in: .milliseconds(10)) { drip(channel) }
        }
    }
}
