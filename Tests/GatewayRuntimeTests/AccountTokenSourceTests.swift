// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import OAuthProtocol
import QueueSQLite
import SASLMechanisms
import SecretsVault
import Testing

@testable import GatewayRuntime

/// One account's tokens in a real vault, given out by a server that does what a test says.
@Suite(.timeLimit(.minutes(2))) final class AccountTokenSourceTests: Sendable {
    static let address = "azienda@posta.example"
    let directory: String
    let store: UnsteadyStore
    let server = ScriptedServer()
    let alerts = RecordedTokenAlerts()
    let clock = HandClock()
    let vault: VaultConfiguration
    let mended = MendedAccounts()

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("tokens-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        state = try SQLiteQueue.open(directory: "\(directory)/state")
        store = UnsteadyStore(state)
        let key = "\(directory)/vault.key"
        try Data(VaultKey.makeContent()).write(to: URL(fileURLWithPath: key))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
        vault = VaultConfiguration(key: .file(key))
    }

    private let state: SQLiteQueue

    func account(
        _ grant: OAuthGrant = .authorizationCode,
        clientID: String = "c",
        address: String = address,
        clientSecret: SecretReference? = nil,
        scopes: [String] = ["mail"]
    ) throws -> AccountConfiguration {
        let endpoint = Endpoint(scheme: .smtps, host: "smtp.example", port: 465, tls: .verify)
        let client = OAuthClient(
            server: AuthorizationServer(tokenEndpoint: "https://login.example/token"),
            clientID: clientID,
            grant: grant,
            scopes: scopes
        )
        return AccountConfiguration(
            address: try #require(AddrSpec(address)),
            provider: ProviderConfiguration(name: "p", isCertified: false, submit: endpoint),
            login: address,
            oauth: OAuthConfiguration(client: client, clientSecret: clientSecret),
            deliverTo: [],
            fetch: .init(retrieval: .none)
        )
    }

    func keeper(renews: Bool = true) -> TokenKeeper {
        TokenKeeper(
            store: store,
            server: server,
            alerts: alerts,
            clock: clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            renews: renews,
            mended: { [mended] in mended.note($0) }
        )
    }

    var kept: AccountTokenVault { kept(Self.address) }

    private func kept(_ address: String) -> AccountTokenVault { AccountTokenVault(store, vault, account: address) }

    func source(_ keeper: TokenKeeper, _ account: AccountConfiguration? = nil) throws -> any CredentialSource {
        SASLLogin(
            try account ?? self.account(),
            vault: StateVault(state, vault),
            tokens: keeper,
            vault
        )
        .source
    }

    func configuration(_ accounts: [AccountConfiguration]) -> Configuration {
        Configuration(
            hostname: "relay.azienda.it",
            postmaster: AddrSpec(localPart: "postmaster", domain: "azienda.it"),
            state: directory,
            exchange: ExchangeConfiguration(servers: [], domains: []),
            accounts: accounts
        )
    }

    /// As `account sign-in` does.
    func signIn(
        _ number: Int,
        life: Int = 3600,
        more: String = "",
        address: String = address
    ) async throws {
        let response = try TokenResponse(
            status: 200,
            Array(ScriptedServer.tokens(number, life: life, more: more).utf8),
            concealing: []
        )
        try await kept(address).put(
            AccountTokens(response, of: try #require(account().oauth).client, now: clock.now()),
            now: clock.now()
        )
    }

    func token(_ source: any CredentialSource) async throws -> String? {
        guard case .accessToken(let token) = try await source.credential() else { return nil }
        return token.reveal()
    }

    func code(_ source: any CredentialSource) async -> CredentialError.Code? {
        do throws(CredentialError) {
            _ = try await source.credential()
            return nil
        } catch { return error.code }
    }

    @Test func `a token is used while it is good, renewed ahead of its end, and a rotated one is durable`() async throws
    {
        try await signIn(1)
        let source = try source(keeper())
        #expect(try await token(source) == "access-1" && server.requests.isEmpty)
        clock.advance(.seconds(2880))
        server.answer(ScriptedServer.tokens(2))
        #expect(try await token(source) == "access-2")
        #expect(server.requests == ["refresh-1"])
        #expect(try kept.read()?.tokens.refreshToken?.reveal() == "refresh-2", "on disk before it is used")
        let reborn = try self.source(keeper())
        #expect(try await token(reborn) == "access-2" && server.requests.count == 1)
    }

    @Test func `whoever asks at the same time shares one request`() async throws {
        try await signIn(1, life: 1)
        clock.advance(.seconds(2))
        server.answer(ScriptedServer.tokens(2))
        let source = try source(keeper())
        let tokens = try await withThrowingTaskGroup(of: SASLCredential.self) { tasks in
            for _ in 0..<20 { tasks.addTask { try await source.credential() } }
            return try await tasks.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(tokens == [.accessToken(Secret("access-2"))] && server.requests == ["refresh-1"])
    }

    @Test
    func `a token endpoint in trouble delays mail at the token's end and not before, and nobody is told to sign in`()
        async throws
    {
        try await signIn(1)
        let source = try source(keeper())
        server.answer("<html>", status: 503)
        clock.advance(.seconds(3000))
        #expect(try await token(source) == "access-1")
        clock.advance(.seconds(5))
        #expect(try await token(source) == "access-1" && server.requests.count == 1, "it is left alone for 10 s")
        clock.advance(.seconds(600))
        #expect(await code(source) == .delayed)
        #expect(alerts.open.isEmpty)
        server.answer(ScriptedServer.tokens(2))
        clock.advance(.seconds(900))
        #expect(try await token(source) == "access-2")
    }

    @Test
    func `a refresh token that is revoked raises one alert with the command, and a new sign-in ends it by itself`()
        async throws
    {
        try await signIn(1, life: 10)
        let keeper = keeper()
        let source = try source(keeper)
        clock.advance(.seconds(20))
        server.answer(#"{"error":"invalid_grant","error_description":"revoked"}"#, status: 400)
        #expect(await code(source) == .signInNeeded)
        #expect(await code(source) == .signInNeeded)
        #expect(server.requests.count == 1, "a refused refresh token is not tried again and again")
        let alert = alerts.open["account:\(Self.address):sign-in"]
        #expect(
            alert?.contains("ceralacca account sign-in \(Self.address)") == true && alert?.contains("revoked") == true
        )
        await keeper.look()
        #expect(mended.all.isEmpty)
        try await signIn(5)
        await keeper.look()
        await keeper.look()
        #expect(mended.all == [Self.address])
        #expect(try await token(source) == "access-5")
        #expect(alerts.open.isEmpty)
    }

    @Test func `before anybody signs in, and for another application's tokens, a person is asked`() async throws {
        let source = try source(keeper())
        #expect(await code(source) == .signInNeeded && server.requests.isEmpty)
        #expect(alerts.open.count == 1)
        try await signIn(1)
        #expect(try await token(source) == "access-1")
        let other = try self.source(keeper(), account(clientID: "other"))
        #expect(await code(other) == .signInNeeded && server.requests.isEmpty)
    }

    @Test func `a token that a server refuses is renewed once, a fresh one not at all`() async throws {
        try await signIn(1)
        let source = try source(keeper())
        let first = try await source.credential()
        #expect(await source.refused(first) == false, "it is seconds old")
        clock.advance(.seconds(60))
        #expect(await source.refused(first))
        #expect(await source.refused(first) == false)
        server.answer(ScriptedServer.tokens(2))
        #expect(try await token(source) == "access-2")
        #expect(await source.refused(first), "another one is there by now")
        #expect(await source.refused(.accessToken(Secret("access-2"))) == false)
        #expect(server.requests == ["refresh-1"])
    }

    @Test func `a sign-in while a renewal is under way wins`() async throws {
        try await signIn(1, life: 10)
        clock.advance(.seconds(20))
        let source = try source(keeper())
        server.answer(ScriptedServer.tokens(2)) { [self] in try await signIn(7) }
        #expect(try await token(source) == "access-7")
        #expect(try kept.read()?.tokens.refreshToken?.reveal() == "refresh-7")
    }

    @Test func `client credentials need nobody, and their secret's refusal is no wrong password`() async throws {
        let source = try source(keeper(), account(.clientCredentials))
        server.answer(#"{"access_token":"access-1","token_type":"Bearer","expires_in":3600}"#)
        #expect(try await token(source) == "access-1" && server.requests == ["client_credentials"])
        #expect(try await token(source) == "access-1" && server.requests.count == 1)
        clock.advance(.seconds(7200))
        server.answer(#"{"error":"invalid_client","error_description":"secret expired"}"#, status: 401)
        #expect(await code(source) == .signInNeeded)
        #expect(alerts.open["account:\(Self.address):sign-in"]?.contains("client_secret") == true)
    }

    @Test func `an end that is known is told before it comes, once, and not after a renewal`() async throws {
        let keeper = keeper()
        _ = try source(keeper)
        try await signIn(1, more: #","refresh_token_expires_in":604800"#)
        let key = "account:\(Self.address):sign-in-expiry"
        server.answer("", status: 503)
        await keeper.round()
        #expect(alerts.open[key] == nil)
        clock.advance(.seconds(5 * 86_400))
        await keeper.round()
        #expect(alerts.open[key]?.contains("ceralacca account sign-in") == true)
        try await signIn(2, more: #","refresh_token_expires_in":604800"#)
        await keeper.round()
        #expect(alerts.open[key] == nil)
    }

    @Test func `no error and no alert holds a token`() async throws {
        try await signIn(1, life: 10)
        clock.advance(.seconds(20))
        server.answer(#"{"error":"invalid_grant","error_description":"refresh-1 is unknown"}"#, status: 400)
        let source = try source(keeper())
        let error = await #expect(throws: CredentialError.self) { _ = try await source.credential() }
        let all = "\(String(describing: error)) \(alerts.open)"
        #expect(!all.contains("refresh-1") && !all.contains("access-1"))
    }
}
