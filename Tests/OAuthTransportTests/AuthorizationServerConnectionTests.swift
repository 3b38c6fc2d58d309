// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import OAuthProtocol
import OAuthTransport
import TestLab
import Testing

/// Against a server on loopback, in TLS.
@Suite(.timeLimit(.minutes(2))) struct AuthorizationServerConnectionTests {
    /// Starts a server, runs `body` with it and a client that trusts it, and stops it.
    private func with(
        _ body: (TestLab.AuthorizationServer, OAuthClient) async throws -> Void
    ) async throws {
        let directory = try Files.makeTemporaryDirectory("oauth")
        let server = TestLab.AuthorizationServer(authority: try CertificateAuthority(in: directory))
        try await server.start()
        let client = OAuthClient(
            server: OAuthProtocol.AuthorizationServer(
                tokenEndpoint: "\(server.base)/token",
                deviceAuthorizationEndpoint: "\(server.base)/device",
                trust: server.authority.root
            ),
            clientID: TestLab.AuthorizationServer.clientID,
            grant: .clientCredentials,
            scopes: ["mail"]
        )
        do { try await body(server, client) } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
        Files.remove(directory)
    }

    private let connection = AuthorizationServerConnection(patience: .seconds(5))
    private let secret = Secret(TestLab.AuthorizationServer.clientSecret)

    private func failure(_ client: OAuthClient) async -> OAuthError? {
        do throws(OAuthError) {
            _ = try await connection.tokens(.clientCredentials, client, secret: secret)
            return nil
        } catch { return error }
    }

    @Test func `tokens come by verified TLS, and the secret goes in the body`() async throws {
        try await with { server, client in
            let response = try await connection.tokens(.clientCredentials, client, secret: secret)
            #expect(response.accessToken.reveal().hasPrefix("access-token-") && response.subject == "pec1@pec.test")
            #expect(
                server.forms == [
                    [
                        "grant_type": "client_credentials", "scope": "mail", "client_id": client.clientID,
                        "client_secret": secret.reveal(),
                    ]
                ]
            )
        }
    }

    @Test func `a server that nobody vouches for gets nothing`() async throws {
        try await with { server, client in
            var stranger = client
            stranger.server.trust = nil
            let error = await failure(stranger)
            #expect(error?.code == .temporary && error?.message.contains("TLS") == true, "\(String(describing: error))")
            #expect(server.forms.isEmpty)
        }
    }

    @Test func `redirections are not followed, endless and silent answers are ended, and none looks like a sign-in`()
        async throws
    {
        try await with { server, client in
            for fault in [TestLab.AuthorizationServer.Fault.redirect, .endless, .garbage, .status(503), .silence] {
                server.change { $0.faults = [fault] }
                let error = await failure(client)
                #expect(
                    error?.code == .temporary || error?.code == .malformed,
                    "\(fault): \(String(describing: error))"
                )
                #expect(error?.message.contains(secret.reveal()) == false)
            }
            #expect(server.forms.count == 5)
            #expect(await failure(client) == nil)
        }
    }

    @Test func `an answer that drips has the time of one that does not`() async throws {
        try await with { server, client in
            server.change { $0.faults = [.dripping] }
            let begin = ContinuousClock.now
            let hurried = AuthorizationServerConnection(patience: .seconds(2))
            let error = await #expect(throws: OAuthError.self) {
                _ = try await hurried.tokens(.clientCredentials, client, secret: secret)
            }
            #expect(error?.code == .temporary && server.forms.count == 1, "\(String(describing: error))")
            let time = ContinuousClock.now - begin
            #expect(time >= .seconds(1) && time < .seconds(30), "\(time)")
        }
    }

    @Test func `a server that is not there is a matter of time`() async throws {
        try await with { server, client in
            var gone = client
            gone.server.tokenEndpoint = "https://localhost:\(Ports.take())/token"
            #expect(await failure(gone)?.code == .temporary)
            #expect(server.forms.isEmpty)
        }
    }

    @Test func `a browser on loopback is heard, and asked for nothing else`() async throws {
        let listener = try await RedirectListener(page: "fatto")
        let page = try Command.outcome("curl", ["-s", "http://127.0.0.1:\(listener.port)/favicon.ico"])
        #expect(!page.output.contains("fatto"))
        let answer = try Command.outcome("curl", ["-s", "http://127.0.0.1:\(listener.port)/?code=c&state=s"])
        #expect(answer.output == "fatto")
        #expect(await listener.next()?.reveal() == "/?code=c&state=s")
        try await listener.close()
        #expect(await listener.next() == nil)
    }
}
