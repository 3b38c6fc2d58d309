// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import OAuthProtocol
import SecretsVault
import Synchronization

/// Answers the next request with what a test says, again and again.
final class ScriptedServer: AuthorizationServerReaching {
    private struct State {
        var body = ""
        var status = 500
        var before: @Sendable () async throws -> Void = {}
        var requests: [String] = []
    }

    private let state = Mutex(State())

    static func tokens(_ number: Int, life: Int = 3600, more: String = "") -> String {
        #"{"access_token":"access-\#(number)","token_type":"Bearer","expires_in":\#(life),"refresh_token":"refresh-\#(number)"\#(more)}"#
    }

    /// The refresh tokens that came, or the grants.
    var requests: [String] { state.withLock { $0.requests } }

    func answer(_ body: String, status: Int = 200, _ before: @escaping @Sendable () async throws -> Void = {}) {
        state.withLock { ($0.body, $0.status, $0.before) = (body, status, before) }
    }

    func post(_ form: OAuthForm, to endpoint: String, trust: String?) async throws(OAuthError) -> HTTPAnswer {
        let (body, status, before) = state.withLock { state in
            state.requests.append(form["refresh_token"]?.reveal() ?? form["grant_type"]?.reveal() ?? "")
            return (state.body, state.status, state.before)
        }
        do { try await before() } catch { throw OAuthError(.malformed, "\(error)") }
        return HTTPAnswer(status: status, body: Array(body.utf8))
    }
}

final class RecordedTokenAlerts: AlertReporting {
    private let state = Mutex<[String: String]>([:])

    var open: [String: String] { state.withLock { $0 } }

    func raise(key: String, summary: String, affects: String, remedy: String) async {
        state.withLock { $0[key] = "\(summary) \(affects) \(remedy)" }
    }

    func clear(key: String) async { state.withLock { $0[key] = nil } }
}

final class HandClock: WallClock {
    private let moment = Mutex(Timestamp(milliseconds: 1_800_000_000_000))

    func now() -> Timestamp { moment.withLock { $0 } }

    func advance(_ duration: Duration) { moment.withLock { $0 = $0 + duration } }
}

final class MendedAccounts: Sendable {
    private let accounts = Mutex<[String]>([])
    private let (noted, mark) = AsyncStream.makeStream(of: Void.self)

    var all: [String] { accounts.withLock { $0 } }

    func note(_ account: String) {
        accounts.withLock { $0.append(account) }
        mark.yield()
    }

    /// Waits for the next one.
    func wait() async { for await _ in noted { return } }
}

/// The tokens' store, which now and then cannot be written.
final class UnsteadyStore: TokenStore {
    struct Broken: Error {}

    let store: any TokenStore
    private let isBroken = Mutex(false)

    init(_ store: any TokenStore) { self.store = store }

    func setBroken(_ value: Bool) { isBroken.withLock { $0 = value } }

    private func check() throws { if isBroken.withLock({ $0 }) { throw Broken() } }

    func sealedSecret(_ name: SecretName) throws -> SealedSecret? { try store.sealedSecret(name) }

    func putSecret(_ secret: SealedSecret) async throws {
        try check()
        try await store.putSecret(secret)
    }

    func exchangeSecret(_ secret: SealedSecret, for former: SealedSecret) async throws -> Bool {
        try check()
        return try await store.exchangeSecret(secret, for: former)
    }
}
