// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms
import Testing

@Suite struct SASLClientExchangeTests {
    @Test func `PLAIN gives the example of RFC 4616 section 4 as its initial response`() throws {
        var exchange = SASLClientExchange(.plain, login: "tim", credential: .password(Secret("tanstaaftanstaaf")))
        #expect(exchange.initialResponse() == Array("\0tim\0tanstaaftanstaaf".utf8))
        try exchange.verifySuccess(nil)
    }

    @Test func `PLAIN repeats itself for an empty challenge alone`() throws {
        var exchange = SASLClientExchange(.plain, login: "tim", credential: .password(Secret("p")))
        _ = exchange.initialResponse()
        #expect(try exchange.respond(to: []) == Array("\0tim\0p".utf8))
        #expect(throws: SASLError.self) { try exchange.respond(to: Array("more".utf8)) }
    }

    @Test(arguments: [("a\0b", "p"), ("a", "p\0q"), ("", "p")])
    func `PLAIN refuses what it cannot carry`(_ login: String, _ password: String) {
        var exchange = SASLClientExchange(.plain, login: login, credential: .password(Secret(password)))
        #expect(exchange.initialResponse() == nil)
        #expect(throws: SASLError.self) { try exchange.respond(to: []) }
    }

    @Test func `LOGIN answers two challenges and no third`() throws {
        var exchange = SASLClientExchange(.login, login: "mario", credential: .password(Secret("segreto")))
        #expect(exchange.initialResponse() == nil)
        #expect(try exchange.respond(to: Array("Username:".utf8)) == Array("mario".utf8))
        #expect(try exchange.respond(to: Array("Password:".utf8)) == Array("segreto".utf8))
        #expect(throws: SASLError.self) { try exchange.respond(to: Array("Again:".utf8)) }
    }

    @Test func `CRAM-MD5 gives the example of RFC 2195 section 2`() throws {
        var exchange = SASLClientExchange(.cramMD5, login: "tim", credential: .password(Secret("tanstaaftanstaaf")))
        #expect(exchange.initialResponse() == nil)
        let response = try exchange.respond(to: Array("<1896.697170952@postoffice.reston.mci.net>".utf8))
        #expect(String(decoding: response, as: UTF8.self) == "tim b913a602c7eda7a495b4e6e7334d3890")
        #expect(throws: SASLError.self) { try exchange.respond(to: Array("<second>".utf8)) }
    }

    @Test func `an overlong challenge is refused`() {
        var exchange = SASLClientExchange(.cramMD5, login: "tim", credential: .password(Secret("p")))
        let challenge = [UInt8](repeating: 0x41, count: SASLClientExchange.maximumChallengeOctets + 1)
        #expect(throws: SASLError.self) { try exchange.respond(to: challenge) }
    }

    @Test func `the strongest mechanism is chosen and clear passwords stay inside TLS`() {
        func strongest(_ offered: [String], inTLS: Bool = true) -> SASLMechanism? {
            SASLMechanism.strongest(of: offered, for: .password(Secret("p")), inTLS: inTLS)
        }
        #expect(strongest(["plain", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "GSSAPI"]) == .scramSHA256)
        #expect(strongest(["LOGIN", "plain"]) == .plain)
        #expect(strongest(["LOGIN", "XOAUTH2", "OAUTHBEARER"]) == .login)
        #expect(strongest(["XOAUTH2", "OAUTHBEARER"]) == nil)
        #expect(strongest(["PLAIN", "LOGIN"], inTLS: false) == nil)
        #expect(strongest(["PLAIN", "cram-md5"], inTLS: false) == .cramMD5)
        #expect(strongest([]) == nil)
    }

    @Test func `an access token goes by the mechanisms of OAuth, inside TLS alone`() {
        func strongest(_ offered: [String], inTLS: Bool = true) -> SASLMechanism? {
            SASLMechanism.strongest(of: offered, for: .accessToken(Secret("t")), inTLS: inTLS)
        }
        #expect(strongest(["PLAIN", "XOAUTH2", "oauthbearer"]) == .oauthBearer)
        #expect(strongest(["PLAIN", "LOGIN", "xoauth2"]) == .xoauth2)
        #expect(strongest(["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"]) == nil)
        #expect(strongest(["XOAUTH2", "OAUTHBEARER"], inTLS: false) == nil)
    }

    @Test func `nonces are fresh and hold no comma`() {
        let nonces = (0..<100).map { _ in SASLClientExchange.makeNonce() }
        #expect(Set(nonces).count == 100)
        #expect(nonces.allSatisfy { $0.utf8.count == 24 && !$0.contains(",") })
    }
}
