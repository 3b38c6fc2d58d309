// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import OAuthProtocol
import Testing

@Suite struct RequestTests {
    private func body(_ request: AccessTokenRequest, _ secret: Secret? = nil) -> String {
        request.form(OAuthFixtures.client, secret: secret).encoded.reveal()
    }

    @Test func `requests for tokens are those of the standards, and their values are encoded`() {
        #expect(
            body(.refreshToken(Secret("t+/=&")), Secret("s&x"))
                == "grant_type=refresh_token&refresh_token=t%2B%2F%3D%26&client_id=ceralacca%20%26%20co&client_secret=s%26x"
        )
        let verifier = CodeVerifier(Secret("v"))
        #expect(
            body(.authorizationCode(Secret("c"), redirectURI: "http://127.0.0.1:1", verifier: verifier))
                == "grant_type=authorization_code&redirect_uri=http%3A%2F%2F127.0.0.1%3A1&code=c&code_verifier=v"
                + "&client_id=ceralacca%20%26%20co"
        )
        #expect(
            body(.deviceCode(Secret("d"))).hasPrefix(
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d&"
            )
        )
        #expect(body(.clientCredentials).contains("scope=https%3A%2F%2Fmail.example%2F%20offline_access"))
    }

    private func request() throws -> AuthorizationRequest {
        try #require(AuthorizationRequest(OAuthFixtures.client, port: 4711, loginHint: "mario@azienda.it"))
    }

    private func parameter(_ name: String, of url: String) -> String? {
        OAuthForm(query: String(url.split(separator: "?")[1]))?[name]?.reveal()
    }

    @Test func `a browser is sent with PKCE, state and the mailbox that is meant`() throws {
        let request = try request()
        #expect(request.url.hasPrefix("https://login.example/authorize?response_type=code&"))
        #expect(parameter("redirect_uri", of: request.url) == "http://127.0.0.1:4711")
        #expect(parameter("code_challenge", of: request.url) == request.verifier.challenge)
        #expect(parameter("code_challenge_method", of: request.url) == "S256")
        #expect(parameter("login_hint", of: request.url) == "mario@azienda.it")
        #expect(!request.url.contains(request.verifier.secret.reveal()))
        let other = try self.request()
        #expect(parameter("state", of: request.url) != parameter("state", of: other.url))
    }

    @Test func `a code is taken with our state alone`() throws {
        let request = try request()
        let state = try #require(parameter("state", of: request.url))
        #expect(try request.code(in: "/?code=abc&state=\(state)").reveal() == "abc")
        #expect(try request.code(in: "http://127.0.0.1:4711/?state=\(state)&code=a%2Bc&scope=x#f").reveal() == "a+c")
        for wrong in [
            "/", "/?code=abc", "/?code=abc&state=", "/?code=abc&state=\(state)x", "/?state=\(state)",
            "/?code=a&code=b&state=\(state)", "/?code=%zz&state=\(state)", "/?code=&state=\(state)",
            "/?state=\(state)&code=" + String(repeating: "a", count: 20_000), "",
        ] {
            let error = #expect(throws: OAuthError.self) { try request.code(in: wrong) }
            #expect(error?.code == .malformed, "\(wrong.prefix(60))")
            #expect(error?.message.contains(state) == false)
        }
    }

    @Test func `a person's no is told in the server's words`() throws {
        let request = try request()
        let state = try #require(parameter("state", of: request.url))
        let error = #expect(throws: OAuthError.self) {
            try request.code(in: "/?error=access_denied&error_description=not+today&state=\(state)")
        }
        #expect(error?.code == .denied && error?.message == "access_denied: not today")
    }

    @Test func `a device is asked about at the server's pace, and slower when it says so`() throws {
        let text =
            #"{"device_code":"d","user_code":"AB-CD","verification_uri":"https://x.example/a","expires_in":86400,"interval":5}"#
        var device = try DeviceAuthorization(status: 200, Array(text.utf8), concealing: [])
        #expect(device.userCode == "AB-CD" && device.lifetime == .seconds(1800) && device.interval == .seconds(5))
        #expect(device.judge(OAuthError(.authorizationPending, "")) == nil && device.interval == .seconds(5))
        #expect(device.judge(OAuthError(.slowDown, "")) == nil && device.interval == .seconds(10))
        #expect(device.judge(OAuthError(.temporary, "")) == nil && device.interval == .seconds(20))
        for code in [OAuthError.Code.denied, .expiredToken, .registration, .malformed, .signInNeeded] {
            #expect(device.judge(OAuthError(code, "x"))?.code == code)
        }
        #expect(!"\(device)".contains("device_code"))
    }

    @Test(arguments: [
        "{}", #"{"device_code":"d","user_code":"x","verification_uri":"http://x.example"}"#,
        #"{"device_code":"d","user_code":"a\u001b[2J","verification_uri":"https://x.example"}"#,
        #"{"device_code":"d","user_code":"","verification_uri":"https://x.example"}"#,
    ])
    func `a code for a device that cannot be shown is refused`(_ text: String) {
        #expect(throws: OAuthError.self) { try DeviceAuthorization(status: 200, Array(text.utf8), concealing: []) }
    }
}
