// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import Synchronization

/// An authorization server on loopback, in TLS: authorization codes with PKCE, codes for devices, client credentials and refresh tokens
/// that rotate; whatever a test wants to go wrong goes wrong. Mail servers ask it whose a token is.
package final class AuthorizationServer: Sendable {
    /// What is wrong with an answer of the token endpoint, or of that for devices.
    package enum Fault: Sendable {
        /// A status of HTTP with a page in place of JSON.
        case status(UInt)
        /// An error of OAuth.
        case error(String)
        /// Octets that are no JSON.
        case garbage
        /// JSON that never ends.
        case endless
        /// JSON that comes one octet at a time, without end.
        case dripping
        /// A redirection to an endpoint that gives tokens.
        case redirect
        /// No answer.
        case silence
    }

    /// How it behaves.
    package struct Behaviour: Sendable {
        /// Whose tokens it gives.
        package var subject = "pec1@pec.test"
        /// Seconds that an access token lives.
        package var accessLife = 3600
        /// Seconds that a refresh token lives, as it says; nil: it does not say.
        package var refreshLife: Int?
        /// True when each use of a refresh token ends it and brings another.
        package var rotates = true
        /// What goes wrong with the next requests, one each.
        package var faults: [Fault] = []
        /// Questions about a device that are answered so, before the person has signed in.
        package var deviceAnswers: [String] = ["authorization_pending"]
        /// Seconds between questions about a device.
        package var interval = 1
    }

    /// The application's identifier.
    package static let clientID = "ceralacca-test"
    /// The application's secret.
    package static let clientSecret = "segreto-della-applicazione"

    struct State {
        var behaviour = Behaviour()
        var count = 0
        var codes: [String: (challenge: String, redirect: String)] = [:]
        var devices: Set<String> = []
        var refreshTokens: Set<String> = []
        var accessTokens: [String: (subject: String, end: ContinuousClock.Instant)] = [:]
        var forms: [[String: String]] = []
    }

    /// Its port.
    package let port = Ports.take()
    /// Its address.
    package var base: String { "https://localhost:\(port)" }
    /// The authority of its certificate.
    package let authority: CertificateAuthority
    private let listener = HTTPSListener()
    let state = Mutex(State())

    /// A server with a certificate of `authority`. Call `start`.
    package init(authority: CertificateAuthority) { self.authority = authority }

    /// Begins to listen.
    package func start() async throws {
        try await listener.start(on: "127.0.0.1", port: port, by: authority) { [self] in
            AuthorizationHandler(server: self)
        }
    }

    /// Stops listening.
    package func stop() async throws {
        try await listener.stop()
    }

    /// Changes what it does from now on.
    package func change(_ body: @Sendable (inout Behaviour) -> Void) { state.withLock { body(&$0.behaviour) } }

    /// No token that was given out is good any more.
    package func revokeAll() {
        state.withLock {
            $0.refreshTokens = []
            $0.accessTokens = [:]
        }
    }

    /// No access token that was given out is good any more; refresh tokens are.
    package func revokeAccessTokens() { state.withLock { $0.accessTokens = [:] } }

    /// The forms that the token endpoint got, in order.
    package var forms: [[String: String]] { state.withLock { $0.forms } }

    /// How many tokens were asked for with this grant.
    package func count(_ grant: String) -> Int { forms.count { $0["grant_type"] == grant } }

    /// Every token, code and secret that it gave out or knows.
    package var secrets: [String] {
        state.withLock { state in
            (0...state.count).flatMap { number in
                ["access", "refresh", "code", "device"].map { Self.token($0, number) }
            } + [Self.clientSecret]
        }
    }

    /// The flow mapping of `oauth` for an account, without its braces.
    package func entries(grant: String, withSecret secret: String? = nil) -> String {
        "client_id: \(Self.clientID), grant: \(grant), scopes: [mail, offline_access], trust: \(authority.root), "
            + "token_endpoint: \"\(base)/token\", authorization_endpoint: \"\(base)/authorize\", "
            + "device_authorization_endpoint: \"\(base)/device\"" + (secret.map { ", client_secret: \($0)" } ?? "")
    }

    static func token(_ kind: String, _ number: Int) -> String { "\(kind)-token-\(number)-of-the-lab" }
}
