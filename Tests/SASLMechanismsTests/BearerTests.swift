// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms
import Testing

/// OAUTHBEARER (RFC 7628) and XOAUTH2.
@Suite struct BearerTests {
    private static let token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
    private static let bearer = [SASLMechanism.oauthBearer, .xoauth2]

    private func exchange(
        _ mechanism: SASLMechanism,
        login: String = "someuser@example.com",
        token: String = token
    ) -> SASLClientExchange {
        SASLClientExchange(mechanism, login: login, credential: .accessToken(Secret(token)))
    }

    @Test func `OAUTHBEARER says login and token as RFC 7628 section 4 does, host and port left out`() throws {
        var exchange = exchange(.oauthBearer, login: "user@example.com")
        #expect(
            exchange.initialResponse()
                == Array("n,a=user@example.com,\u{1}auth=Bearer \(Self.token)\u{1}\u{1}".utf8)
        )
        try exchange.verifySuccess(nil)
        #expect(exchange.refusal == nil)
    }

    @Test func `OAUTHBEARER escapes what would end the login`() {
        var exchange = exchange(.oauthBearer, login: "a,b=c")
        #expect(exchange.initialResponse()?.starts(with: Array("n,a=a=2Cb=3Dc,\u{1}".utf8)) == true)
    }

    @Test func `XOAUTH2 gives Google's example`() {
        var exchange = exchange(.xoauth2, token: "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
        #expect(
            Base64.encode(exchange.initialResponse() ?? [])
                == "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJo"
                + "ZG1semRHRXVZMjl0Q2cBAQ=="
        )
    }

    @Test(arguments: bearer)
    func `the empty challenge of a server that took no initial response brings the message`(
        _ mechanism: SASLMechanism
    ) throws {
        var exchange = exchange(mechanism)
        let message = exchange.initialResponse()
        #expect(try exchange.respond(to: []) == message)
    }

    @Test func `a refusal is answered as the mechanism asks, and its JSON is put into words`() throws {
        var standard = exchange(.oauthBearer)
        _ = standard.initialResponse()
        let object =
            #"{"status":"invalid_token","scope":"example_scope","openid-configuration":"https://example.com/x"}"#
        #expect(try standard.respond(to: Array(object.utf8)) == [1])
        #expect(standard.refusal == "status invalid_token, it asks for the scope example_scope")
        var google = exchange(.xoauth2)
        _ = google.initialResponse()
        let words = #"{"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"}"#
        #expect(try google.respond(to: Array(words.utf8)) == [])
        #expect(google.refusal == "status 401, it asks for the scope https://mail.google.com/")
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{}", #"{"status":7}"#, #"{"status":""}"#, "\u{1}", String(repeating: "[", count: 8192),
        #"{"status":"\(String(repeating: "{", count: 4000))"#,
    ])
    func `a refusal without known words is answered all the same, once`(_ challenge: String) throws {
        var exchange = exchange(.oauthBearer)
        _ = try exchange.respond(to: [])
        #expect(try exchange.respond(to: Array(challenge.utf8)) == [1])
        #expect(exchange.refusal == "no reason that is known")
        #expect(throws: SASLError.self) { try exchange.respond(to: Array(challenge.utf8)) }
    }

    @Test func `a refusal shows no token, no control character and no endless text`() throws {
        var echo = exchange(.xoauth2)
        _ = echo.initialResponse()
        _ = try echo.respond(to: Array(#"{"status":"bad token \#(Self.token)"}"#.utf8))
        #expect(echo.refusal == "no reason that is known")
        var long = exchange(.xoauth2)
        _ = long.initialResponse()
        _ = try long.respond(to: Array(#"{"status":"a\u0007\u000A\#(String(repeating: "x", count: 5000))"}"#.utf8))
        #expect(long.refusal == "status a\(String(repeating: "x", count: 197))")
        #expect(throws: SASLError.self) {
            var endless = exchange(.xoauth2)
            _ = endless.initialResponse()
            _ = try endless.respond(to: [UInt8](repeating: 0x20, count: 8193))
        }
    }

    @Test(
        arguments: bearer,
        [("", "t"), ("a\0", "t"), ("a\u{1}b", "t"), ("a", ""), ("a", "t\u{1}"), ("a", "t t"), ("a", "é")]
    )
    func `what would break the message is not sent`(_ mechanism: SASLMechanism, _ pair: (String, String)) {
        var exchange = exchange(mechanism, login: pair.0, token: pair.1)
        #expect(exchange.initialResponse() == nil)
        let error = #expect(throws: SASLError.self) { try exchange.respond(to: []) }
        #expect(error?.code == .notEncodable)
    }
}
