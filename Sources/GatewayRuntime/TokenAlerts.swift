// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import MailQueue
import OAuthProtocol

/// The alerts about one account's tokens: a person must sign in, must do so before long, or must renew the application's secret.
struct TokenAlerts: Sendable {
    /// What the alerts are about: the ends of their keys, behind `account:ADDRESS:`.
    enum Topic: String, CaseIterable {
        case signIn = "sign-in"
        case expiry = "sign-in-expiry"
        case secret = "client-secret-expiry"
    }

    /// How long before the end of a client secret the alert begins.
    static let secretNotice = Duration.seconds(30 * 86_400)

    let account: AddrSpec
    let grant: OAuthGrant
    let alerts: any AlertReporting

    private func key(_ topic: Topic) -> String { "account:\(account.comparisonKey):\(topic.rawValue)" }

    /// The command that mends it.
    var command: String { "ceralacca account sign-in \(account)" }

    func remedy(_ error: OAuthError) -> String {
        switch error.code {
        case .registration:
            "Mend client_id, client_secret, grant, scopes or the registration at the authorization server, then run: ceralacca "
                + "reload, then: \(command)."
        case .signInNeeded, .denied, .expiredToken, .temporary, .uncertain, .malformed, .authorizationPending,
            .slowDown:
            "Sign in again: \(command). The running gateway uses the new tokens by itself."
        }
    }

    func needed(_ error: OAuthError) async {
        await alerts.raise(
            key: key(.signIn),
            summary: "\(account) gets no access token before a person does something: \(error.message)",
            affects:
                "Mail of \(account) waits: at the provider, and in the queue until `queue.lifetime` has passed, when it goes back to its "
                + "sender. Other accounts are not affected.",
            remedy: remedy(error)
        )
    }

    func ended() async { await alerts.clear(key: key(.signIn)) }

    func expiry(of tokens: AccountTokens?, now: Timestamp) async {
        guard let tokens, let warns = tokens.warns, let end = tokens.refreshTokenExpires, now >= warns else {
            return await alerts.clear(key: key(.expiry))
        }
        await alerts.raise(
            key: key(.expiry),
            summary: "The sign-in of \(account) ends at \(MailDate.formatISO8601(end)), and is not renewed by itself.",
            affects: "After that mail of \(account) waits until a person signs in.",
            remedy: "Sign in before: \(command)."
        )
    }

    func expiry(ofSecret end: Timestamp?, now: Timestamp) async {
        guard let end, now >= end - Self.secretNotice else { return await alerts.clear(key: key(.secret)) }
        await alerts.raise(
            key: key(.secret),
            summary: "The client_secret of \(account) ends at \(MailDate.formatISO8601(end)).",
            affects: "After that \(account) gets no access tokens, and its mail waits.",
            remedy:
                "Make a new secret at the authorization server, keep it where client_secret says, write its end into "
                + "client_secret_expires, then run: ceralacca reload."
        )
    }
}
