// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import MailQueue
import OAuthProtocol
import SASLMechanisms
import Testing

@testable import GatewayRuntime

/// What goes wrong with a clock, a disk, a server, or beside a command.
extension AccountTokenSourceTests {
    private static let revoked = #"{"error":"invalid_grant","error_description":"revoked"}"#
    private static let key = "account:\(address):sign-in"

    @Test func `a caller who stops waits for no token endpoint, is sent to no sign-in, and the answer is kept`()
        async throws
    {
        try await signIn(1, life: 10)
        clock.advance(.seconds(20))
        let (asked, isAsked) = AsyncStream.makeStream(of: Void.self)
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        server.answer(ScriptedServer.tokens(2)) {
            isAsked.finish()
            for await _ in answers {}
        }
        let keeper = keeper()
        let source = try source(keeper)
        let caller = Task { await code(source) }
        for await _ in asked {}
        caller.cancel()
        #expect(await caller.value == .delayed)
        answer.finish()
        await keeper.stop()
        #expect(try kept.read()?.tokens.refreshToken?.reveal() == "refresh-2")
    }

    @Test func `accounts are looked after side by side`() async throws {
        let other = "altra@posta.example"
        for (number, address) in [(1, Self.address), (2, other)] { try await signIn(number, address: address) }
        clock.advance(.seconds(2 * 86_400))
        let keeper = keeper()
        for account in [try account(), try account(address: other)] { _ = try source(keeper, account) }
        let (both, areBoth) = AsyncStream.makeStream(of: Void.self)
        server.answer(ScriptedServer.tokens(3)) { [server] in
            if server.requests.count == 2 { areBoth.finish() } else { for await _ in both {} }
        }
        await keeper.round()
        #expect(server.requests.sorted() == ["refresh-1", "refresh-2"])
    }

    @Test func `an account that is no longer there is not looked after, and others are`() async throws {
        let other = "altra@posta.example"
        for (number, address) in [(1, Self.address), (2, other)] { try await signIn(number, address: address) }
        clock.advance(.seconds(2 * 86_400))
        let keeper = keeper()
        for account in [try account(), try account(address: other)] { _ = try source(keeper, account) }
        keeper.review(configuration([try account(address: other)]))
        server.answer(ScriptedServer.tokens(3))
        await keeper.round()
        #expect(server.requests == ["refresh-2"])
    }

    @Test func `a clock that was ahead once keeps no account waiting`() async throws {
        try await signIn(1, life: 10)
        let source = try source(keeper())
        clock.advance(.seconds(365 * 86_400))
        server.answer("", status: 503)
        #expect(await code(source) == .delayed)
        clock.advance(.seconds(60 - 365 * 86_400))
        server.answer(ScriptedServer.tokens(2))
        #expect(try await token(source) == "access-2")
    }

    @Test func `beside a running gateway a command uses what is kept, and redeems nothing`() async throws {
        try await signIn(1)
        let source = try source(keeper(renews: false))
        clock.advance(.seconds(3000))
        let first = try await source.credential()
        #expect(first == .accessToken(Secret("access-1")))
        #expect(await source.refused(first) == false)
        clock.advance(.seconds(600))
        #expect(await code(source) == .delayed && server.requests.isEmpty)
        server.answer(#"{"access_token":"access-9","token_type":"Bearer"}"#)
        let application = try self.source(keeper(renews: false), account(.clientCredentials))
        #expect(try await token(application) == "access-9", "there is nothing to redeem")
    }

    @Test func `a refusal of tokens that others have replaced by now concerns nobody`() async throws {
        try await signIn(1, life: 10)
        clock.advance(.seconds(20))
        let source = try source(keeper())
        server.answer(Self.revoked, status: 400) { [self] in try await signIn(7) }
        #expect(try await token(source) == "access-7")
        #expect(alerts.open.isEmpty && server.requests == ["refresh-1"])
    }

    /// A source that could not write what it renewed.
    private func unkept(_ keeper: TokenKeeper) async throws {
        try await signIn(1)
        let source = try source(keeper)
        clock.advance(.seconds(3000))
        server.answer(ScriptedServer.tokens(2))
        store.setBroken(true)
        #expect(try await token(source) == "access-2")
        #expect(try kept.read()?.tokens.refreshToken?.reveal() == "refresh-1")
    }

    @Test(arguments: [true, false])
    func `what could not be written is written by the next round, or at the end`(_ isRound: Bool) async throws {
        let keeper = keeper()
        try await unkept(keeper)
        store.setBroken(false)
        if isRound { await keeper.round() } else { await keeper.stop() }
        #expect(try kept.read()?.tokens.refreshToken?.reveal() == "refresh-2")
    }

    @Test func `what could not be written goes on to the source that a changed configuration makes`() async throws {
        let keeper = keeper()
        try await unkept(keeper)
        clock.advance(.seconds(3000))
        server.answer(ScriptedServer.tokens(3))
        let next = try source(keeper, account(scopes: ["mail", "openid"]))
        #expect(try await token(next) == "access-2", "the one before it is over, and its refresh token not durable")
        #expect(server.requests == ["refresh-1"])
        store.setBroken(false)
        #expect(try await token(next) == "access-3")
        #expect(server.requests == ["refresh-1", "refresh-2"])
        #expect(try kept.read()?.tokens.refreshToken?.reveal() == "refresh-3")
    }

    @Test func `a login from before a change asks for no token: the refresh token is its successor's`() async throws {
        try await signIn(1)
        let keeper = keeper()
        let former = try source(keeper)
        #expect(try await token(former) == "access-1")
        let next = try source(keeper, account(scopes: ["mail", "openid"]))
        clock.advance(.seconds(5000))
        server.answer(ScriptedServer.tokens(2))
        #expect(try await token(next) == "access-2" && server.requests == ["refresh-1"])
        #expect(try await token(former) == "access-2", "what is kept is everybody's")
        clock.advance(.seconds(5000))
        #expect(await code(former) == .delayed)
        #expect(server.requests == ["refresh-1"])
        server.answer(ScriptedServer.tokens(3))
        #expect(try await token(next) == "access-3")
    }

    @Test func `a refresh token that comes without an access token is kept, and the server left alone for a while`()
        async throws
    {
        try await signIn(1, life: 10)
        clock.advance(.seconds(20))
        let source = try source(keeper())
        server.answer(#"{"access_token":7,"token_type":"Bearer","refresh_token":"refresh-2"}"#)
        #expect(await code(source) == .delayed)
        #expect(await code(source) == .delayed)
        #expect(try kept.read()?.tokens.refreshToken?.reveal() == "refresh-2")
        #expect(server.requests == ["refresh-1"])
        clock.advance(.seconds(30))
        server.answer(ScriptedServer.tokens(3))
        #expect(try await token(source) == "access-3" && server.requests.last == "refresh-2")
    }

    @Test func `an alert of the gateway before this one ends with the first good look, and not before`() async throws {
        await alerts.raise(key: Self.key, summary: "", affects: "", remedy: "")
        let keeper = keeper()
        _ = try source(keeper)
        await keeper.round()
        #expect(alerts.open[Self.key] != nil)
        try await signIn(1)
        let reborn = self.keeper()
        _ = try source(reborn)
        await reborn.round()
        #expect(alerts.open.isEmpty)
    }

    @Test func `a client secret that cannot be read for a moment is no matter for a person, for long it is`()
        async throws
    {
        let path = "\(directory)/client-secret"
        let account = try account(.clientCredentials, clientSecret: .file(path))
        let source = try source(keeper(), account)
        #expect(await code(source) == .delayed && alerts.open.isEmpty)
        for _ in 0..<5 {
            clock.advance(.seconds(900))
            #expect(await code(source) == .delayed && alerts.open.isEmpty)
        }
        clock.advance(.seconds(900))
        #expect(await code(source) == .signInNeeded && alerts.open[Self.key]?.contains("client_secret") == true)
        #expect(server.requests.isEmpty)
    }

    @Test func `while no other token is to be had, one that a server refused is still good for another`() async throws {
        try await signIn(1)
        let source = try source(keeper())
        clock.advance(.seconds(3000))
        server.answer("", status: 503)
        let first = try await source.credential()
        #expect(await source.refused(first))
        #expect(await code(source) == .delayed, "the server that refused it is not asked again at once")
        #expect(try await token(source) == "access-1")
        #expect(await source.refused(first), "no password is wrong: it waits")
        #expect(await code(source) == .delayed)
        clock.advance(.seconds(900))
        #expect(await code(source) == .delayed, "it is over")
    }

    @Test func `a reload has accounts in trouble tried at once`() async throws {
        try await signIn(1, life: 10)
        clock.advance(.seconds(20))
        let keeper = keeper()
        let first = try source(keeper)
        server.answer(Self.revoked, status: 400)
        #expect(await code(first) == .signInNeeded)
        #expect(mended.all.isEmpty)
        _ = try source(keeper)
        await mended.wait()
        #expect(mended.all == [Self.address])
        server.answer(ScriptedServer.tokens(2))
        #expect(try await token(first) == "access-2" && alerts.open.isEmpty)
    }
}
