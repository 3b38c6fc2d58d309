// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import OAuthProtocol
import Testing

@Suite struct AccountTokensTests {
    private let start = OAuthFixtures.start

    private func standing(_ life: Int, after seconds: Int) throws -> AccountTokens.Standing {
        try OAuthFixtures.tokens(life).standing(now: start + .seconds(seconds))
    }

    @Test func `a token is renewed at 80 percent of its life or five minutes before its end, and not used at its end`()
        throws
    {
        #expect(try standing(3600, after: 0) == .fresh && standing(3600, after: 2879) == .fresh)
        #expect(try standing(3600, after: 2880) == .due && standing(3600, after: 3569) == .due)
        #expect(try standing(3600, after: 3570) == .over && standing(3600, after: 9999) == .over)
        #expect(try standing(86_400, after: 69_119) == .fresh && standing(86_400, after: 69_120) == .due)
        #expect(
            try standing(10, after: 4) == .fresh && standing(10, after: 5) == .due && standing(10, after: 9) == .over
        )
    }

    @Test func `a clock that was set back by far trusts no token`() throws {
        #expect(try standing(3600, after: -200) == .fresh && standing(3600, after: -301) == .over)
    }

    @Test func `what an answer leaves out stays, and what it brings replaces`() throws {
        let first = try OAuthFixtures.tokens(3600, more: #","refresh_token_expires_in":604800"#)
        let answer = try OAuthFixtures.response(#"{"access_token":"b","token_type":"Bearer","expires_in":60}"#)
        let later = start + .seconds(3000)
        let second = AccountTokens(answer, of: OAuthFixtures.client, now: later, former: first)
        #expect(second.accessToken.reveal() == "b" && second.refreshToken?.reveal() == "r")
        #expect(second.refreshTokenExpires == first.refreshTokenExpires && second.signedIn == first.signedIn)
        let rolling = try OAuthFixtures.tokens(3600, more: #","refresh_token_expires_in":60"#, former: second)
        #expect(rolling.refreshTokenExpires == start + .seconds(60))
    }

    @Test func `Microsoft's refresh tokens end 90 days after their last use`() throws {
        var client = OAuthFixtures.client
        client.server = .microsoft(tenant: "organizations")
        let answer = try OAuthFixtures.response(#"{"access_token":"a","token_type":"Bearer","refresh_token":"r"}"#)
        let tokens = AccountTokens(answer, of: client, now: start)
        #expect(tokens.refreshTokenExpires == start + .seconds(90 * 86_400))
        #expect(tokens.warns == start + .seconds(76 * 86_400))
    }

    @Test func `a person is told at two thirds of a short life, and never of an end that nobody knows`() throws {
        let week = try OAuthFixtures.tokens(3600, more: #","refresh_token_expires_in":604800"#)
        #expect(week.warns == start + .seconds(403_200))
        #expect(try OAuthFixtures.tokens(3600).warns == nil)
    }

    /// Renews every hour; the refresh token ends `life` seconds after `isRolling` ? each use : the sign-in, give or take a second.
    private func renewing(_ tokens: AccountTokens, hours: Int, life: Int, isRolling: Bool) throws -> [AccountTokens] {
        var all = [tokens]
        for hour in 1...hours {
            let now = start + .seconds(hour * 3600)
            let left = isRolling ? life : life - hour * 3600 + hour % 3 - 1
            let answer = try OAuthFixtures.response(
                #"{"access_token":"a","token_type":"Bearer","refresh_token":"r","refresh_token_expires_in":\#(left)}"#
            )
            all.append(AccountTokens(answer, of: OAuthFixtures.client, now: now, former: all.last))
        }
        return all
    }

    @Test func `renewals every hour put off no warning of an end that stays where it is`() throws {
        let week = try OAuthFixtures.tokens(3600, more: #","refresh_token_expires_in":604800"#)
        let all = try renewing(week, hours: 5 * 24, life: 604_800, isRolling: false)
        for tokens in all {
            let warns = try #require(tokens.warns)
            #expect(warns >= start + .seconds(403_000) && warns <= start + .seconds(403_200))
        }
        #expect(try #require(all.last?.warns) < start + .seconds(5 * 86_400), "days before the end")
    }

    @Test(arguments: [7200, 604_800, 90 * 86_400])
    func `of an end that moves on with each use nobody is told`(_ life: Int) throws {
        let first = try OAuthFixtures.tokens(3600, more: #","refresh_token_expires_in":\#(life)"#)
        let all = try renewing(first, hours: 30 * 24, life: life, isRolling: true)
        for (hour, tokens) in all.enumerated() {
            #expect(try #require(tokens.warns) > start + .seconds(hour * 3600 + 3599 / 2))
        }
    }

    @Test func `an unused refresh token is used once a day`() throws {
        let tokens = try OAuthFixtures.tokens(3600)
        #expect(tokens.needsUse(now: start - .seconds(301)), "the clock was ahead when it was used")
        #expect(!tokens.needsUse(now: start - .seconds(299)))
        #expect(!tokens.needsUse(now: start + .seconds(86_399)) && tokens.needsUse(now: start + .seconds(86_400)))
    }

    @Test func `tokens are kept as one secret, come back as they were, and no description shows them`() throws {
        let tokens = try OAuthFixtures.tokens(3600, more: #","refresh_token_expires_in":60,"access_token":"segreto-a""#)
        #expect(AccountTokens(tokens.secret) == tokens)
        #expect(!"\(tokens) \(tokens.secret)".contains("segreto"))
        for text in ["", "{}", "segreto", #"{"version":2}"#] { #expect(AccountTokens(Secret(text)) == nil) }
    }

    @Test func `what nobody knows is trouble that passes, and after ten minutes of it a person's`() {
        var pause = RefreshPause()
        let doubt = OAuthError(.uncertain, "x")
        var waited = Duration.zero
        for _ in 0..<6 {
            #expect(pause.judge(doubt) == doubt)
            waited += pause.failed(doubt)
        }
        #expect(waited >= .seconds(600))
        #expect(pause.judge(doubt).code == .registration)
        #expect(pause.judge(OAuthError(.temporary, "x")).code == .temporary)
        #expect(pause.judge(doubt) == doubt)
        pause.succeeded()
        #expect(pause.judge(doubt) == doubt)
    }

    @Test func `a token endpoint in trouble is asked less and less, one that refused once an hour`() {
        var pause = RefreshPause()
        let trouble = OAuthError(.temporary, "x")
        let pauses = (0..<9).map { _ in pause.failed(trouble).components.seconds }
        #expect(pauses == [10, 20, 40, 80, 160, 320, 640, 900, 900])
        #expect(pause.failed(OAuthError(.signInNeeded, "x")) == .seconds(3600))
        pause.succeeded()
        var asked = trouble
        asked.retryAfter = .seconds(120)
        #expect(pause.failed(asked) == .seconds(120))
        asked.retryAfter = .seconds(86_400)
        #expect(pause.failed(asked) == .seconds(900))
    }
}
