// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import SASLMechanisms

/// Where one lane delivers, drawn from the settings for its route.
struct LaneTarget: Sendable {
    /// The servers; empty where the DNS names them for each domain, and never else.
    var endpoints: [Endpoint]
    var login: SASLLogin?
    var connections: Int
    /// True when mail goes to each domain by its MX records.
    var isByMX = false
    /// True for the submission of certified mail.
    var isCertified = false
    /// True when retrieved and incoming mail goes with one recipient a transaction, because one bad recipient costs the message.
    var isolatesIncoming = false
    var limits: AccountLimits?
    var sessionAge: Duration
    var pause: ClosedRange<Duration>

    private static func byMX(_ tuning: DeliveryTuning) -> LaneTarget {
        LaneTarget(
            endpoints: [],
            connections: tuning.destinationConnections,
            isByMX: true,
            sessionAge: tuning.sessionAge,
            pause: tuning.destinationPause
        )
    }

    /// The target of `route`, or nil and the reason in words.
    static func make(_ route: Route, _ settings: DeliverySettings) -> (target: LaneTarget?, reason: String) {
        let tuning = settings.tuning
        switch route {
        case .exchange:
            guard !settings.exchange.isEmpty else { return (nil, "no Exchange server is configured") }
            return (
                LaneTarget(
                    endpoints: settings.exchange,
                    login: settings.exchangeLogin,
                    connections: tuning.exchangeConnections,
                    isolatesIncoming: true,
                    sessionAge: tuning.exchangeSessionAge,
                    pause: tuning.lanePause
                ), ""
            )
        case .internet:
            guard let relay = settings.relay else {
                if settings.internet != nil { return (byMX(tuning), "") }
                return (nil, "no relay for the Internet is configured (internet.relay)")
            }
            return (
                LaneTarget(
                    endpoints: [relay],
                    login: settings.relayLogin,
                    connections: tuning.relayConnections,
                    sessionAge: tuning.sessionAge,
                    pause: tuning.lanePause
                ), ""
            )
        case .account(let address):
            guard let account = settings.accounts[address] else {
                return (nil, "the account \(address) is not configured (accounts)")
            }
            return (
                LaneTarget(
                    endpoints: [account.endpoint],
                    login: account.login,
                    connections: account.limits.connections,
                    isCertified: account.isCertified,
                    limits: account.limits,
                    sessionAge: tuning.sessionAge,
                    pause: tuning.accountPause
                ), ""
            )
        }
    }
}
