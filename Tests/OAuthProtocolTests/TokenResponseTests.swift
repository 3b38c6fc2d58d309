// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import OAuthProtocol
import Testing

@Suite struct TokenResponseTests {
    @Test func `an answer of RFC 6749 section 5 is read, and what some servers write otherwise too`() throws {
        let answer = try OAuthFixtures.response(
            #"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"bearer","expires_in":"3599","refresh_token":"tGz","x":[1]}"#
        )
        #expect(answer.accessToken.reveal() == "2YotnFZFEjr1zCsicMWpAA" && answer.lifetime == .seconds(3599))
        #expect(answer.refreshToken?.reveal() == "tGz" && answer.refreshTokenLifetime == nil)
        let short = try OAuthFixtures.response(
            #"{"access_token":"a","token_type":"Bearer","refresh_token_expires_in":604799}"#
        )
        #expect(short.lifetime == .seconds(3600) && short.refreshTokenLifetime == .seconds(604_799))
    }

    @Test func `an ID token says whose the tokens are, and one that is none says nothing`() throws {
        let claims = Data(#"{"email":"mario@azienda.it"}"#.utf8).base64EncodedString().replacing("=", with: "")
        func subject(_ token: String) throws -> String? {
            try OAuthFixtures.response(#"{"access_token":"a","token_type":"Bearer","id_token":"\#(token)"}"#).subject
        }
        #expect(try subject("e30.\(claims).sig") == "mario@azienda.it")
        for token in ["", "a.b", "e30.!!!!.x", "e30.e30.x", "\(claims)"] { #expect(try subject(token) == nil) }
    }

    @Test(arguments: [
        ("invalid_grant", OAuthError.Code.signInNeeded), ("invalid_client", .registration),
        ("invalid_scope", .registration), ("unauthorized_client", .registration), ("access_denied", .denied),
        ("authorization_pending", .authorizationPending), ("slow_down", .slowDown), ("expired_token", .expiredToken),
        ("temporarily_unavailable", .temporary), ("something_new", .uncertain),
    ])
    func `each error is known for what it asks of whom`(_ word: String, _ expected: OAuthError.Code) {
        let error = #expect(throws: OAuthError.self) {
            try OAuthFixtures.response(#"{"error":"\#(word)","error_description":"perché\nno"}"#, status: 400)
        }
        #expect(error?.code == expected)
        #expect(error?.message == "\(word): perch no")
    }

    @Test func `a server that is out of order is a matter of time, whatever it says`() {
        for (status, text) in [(500, "<html>"), (503, #"{"error":"invalid_grant"}"#), (429, "{}"), (502, "")] {
            let error = #expect(throws: OAuthError.self) { try OAuthFixtures.response(text, status: status) }
            #expect(error?.code == .temporary)
        }
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"access_token":""}"#, #"{"access_token":"a"}"#,
        #"{"access_token":"a","token_type":"mac"}"#, #"{"access_token":"a b","token_type":"Bearer"}"#,
        #"{"access_token":7,"token_type":"Bearer"}"#, String(repeating: "[", count: 60_000),
        String(repeating: " ", count: TokenResponse.maximumOctets + 1),
        #"{"access_token":"a","token_type":"Bearer","refresh_token":"\u0001"}"#,
        #"{"access_token":"a","token_type":"Bearer","refresh_token":7}"#,
    ])
    func `what is no answer is malformed and never a reason to sign in`(_ text: String) {
        let error = #expect(throws: OAuthError.self) { try OAuthFixtures.response(text) }
        #expect(error?.code == .malformed)
    }

    @Test(arguments: [
        #""scope":["a","b"]"#, #""scope":7"#, #""expires_in":null"#, #""expires_in":[]"#, #""expires_in":true"#,
        #""refresh_token_expires_in":{}"#, #""id_token":{"a":1}"#, #""error":null"#, #""error":{}"#, #""error":"x""#,
        #""error_description":[1]"#, #""interval":"soon""#, #""verification_uri":false"#, #""device_code":1.5"#,
    ])
    func `one odd field costs no token`(_ odd: String) throws {
        let answer = try OAuthFixtures.response(
            #"{"access_token":"a","token_type":"Bearer","refresh_token":"r",\#(odd)}"#
        )
        #expect(answer.accessToken.reveal() == "a" && answer.refreshToken?.reveal() == "r")
        #expect(answer.lifetime == .seconds(3600))
    }

    @Test(arguments: [
        #""access_token":7"#, #""access_token":"a""#, #""access_token":"a","token_type":"mac""#, #""x":1"#,
    ])
    func `a refresh token is never lost, whatever comes with it, and no odd access token is used`(_ odd: String) throws
    {
        let answer = try OAuthFixtures.response(#"{"refresh_token":"r",\#(odd)}"#)
        #expect(answer.refreshToken?.reveal() == "r" && answer.lifetime == .zero)
        let tokens = AccountTokens(answer, of: OAuthFixtures.client, now: OAuthFixtures.start)
        #expect(tokens.standing(now: OAuthFixtures.start) == .over)
    }

    @Test func `no error shows what was sent, and none is endless`() {
        let secret = Secret("segretissimo")
        for word in ["segretissimo", "invalid_grant"] {
            let error = #expect(throws: OAuthError.self) {
                try OAuthFixtures.response(
                    #"{"error":"\#(word)","error_description":"no segretissimo \#(String(repeating: "x", count: 9000))"}"#,
                    status: 400,
                    [secret]
                )
            }
            #expect(error?.message.contains("segretissimo") == false)
            #expect((error?.message.count ?? 0) < 700)
        }
    }

    @Test func `absurd numbers trap nothing`() throws {
        for number in ["1e300", "-1e300", "-1", "0", "99999999999999999999", "\"x\"", "\"\""] {
            let answer = try OAuthFixtures.response(
                #"{"access_token":"a","token_type":"Bearer","expires_in":\#(number)}"#
            )
            #expect(answer.lifetime >= .seconds(1) && answer.lifetime <= .seconds(315_360_000))
        }
    }

    @Test func `no mutation of an answer traps or shows a secret`() {
        var generator = SystemRandomNumberGenerator()
        let seed = Array(
            #"{"access_token":"2Yotn","token_type":"Bearer","expires_in":3600,"refresh_token":"tGz","error":"x"}"#.utf8
        )
        var failed = 0
        for _ in 0..<3000 {
            var octets = seed
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<octets.count, using: &generator)
                if Bool.random() { octets[place] = UInt8.random(in: 0...255) } else { octets.remove(at: place) }
            }
            do throws(OAuthError) {
                _ = try TokenResponse(status: 200, octets, concealing: [Secret("tGz")])
            } catch {
                failed += 1
                #expect(!error.message.contains("tGz"))
            }
        }
        #expect(failed > 100)
    }
}
