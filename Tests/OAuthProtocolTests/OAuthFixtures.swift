// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import OAuthProtocol

enum OAuthFixtures {
    static let client = OAuthClient(
        server: AuthorizationServer(
            tokenEndpoint: "https://login.example/token",
            authorizationEndpoint: "https://login.example/authorize",
            deviceAuthorizationEndpoint: "https://login.example/device"
        ),
        clientID: "ceralacca & co",
        grant: .authorizationCode,
        scopes: ["https://mail.example/", "offline_access"]
    )
    static let start = Timestamp(milliseconds: 1_800_000_000_000)

    static func response(
        _ text: String,
        status: Int = 200,
        _ secrets: [Secret] = []
    ) throws(OAuthError) -> TokenResponse {
        try TokenResponse(status: status, Array(text.utf8), concealing: secrets)
    }

    /// Tokens that were given at `start`, for so many seconds.
    static func tokens(_ life: Int, more: String = "", former: AccountTokens? = nil) throws -> AccountTokens {
        let answer = try response(
            #"{"access_token":"a","token_type":"Bearer","expires_in":\#(life),"refresh_token":"r"\#(more)}"#
        )
        return AccountTokens(answer, of: client, now: start, former: former)
    }
}
