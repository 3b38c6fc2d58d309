// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import SMTPDelivery

/// What an open alert is about, held against a configuration: the end of an alert whose subject has left it is noticed by nobody else.
struct AlertSubjects {
    /// What is to become of an open alert.
    enum Standing: Hashable {
        /// Whoever raised it ends it.
        case kept
        /// What it is about is not configured any more, or what it asked for is.
        case ended
        /// It stands while mail waits for the route, which is not configured.
        case whileMailWaits(Route)
    }

    private let accounts: Set<String>
    private let fetched: Set<String>
    private let tokens: Set<String>
    private let certificates: Set<String>
    private let scanners: Set<String>
    private let hasExchangeLogin: Bool
    private let asksForRecipients: Bool
    private let hasRelayLogin: Bool

    init(_ configuration: Configuration) {
        accounts = Set(configuration.accounts.map(\.address.comparisonKey))
        fetched = Set(
            configuration.accounts.filter { $0.fetch.retrieval != .none }.map(\.address.comparisonKey)
        )
        tokens = Set(configuration.accounts.filter { $0.oauth != nil }.map(\.address.comparisonKey))
        certificates = Set(configuration.ownCertificates)
        scanners = Set(configuration.scanners.names)
        hasExchangeLogin = configuration.exchange.login != nil
        asksForRecipients = configuration.exchange.recipients == .exchange
        hasRelayLogin = configuration.internet.relay != nil && configuration.internet.login != nil
    }

    /// What is to become of the open alert `key`; a key that is not known here is kept.
    func standing(of key: String) -> Standing {
        switch key {
        case "exchange:servers": return .ended
        case "exchange:login": return hasExchangeLogin ? .kept : .ended
        case RecipientDirectory.alertKey: return asksForRecipients ? .kept : .ended
        case "internet:relay": return .ended
        case "internet:relay:login": return hasRelayLogin ? .kept : .ended
        default: break
        }
        if key.hasPrefix("certificate:") {
            return certificates.contains(String(key.dropFirst("certificate:".count))) ? .kept : .ended
        }
        if key.hasPrefix("scanner:"), key.hasSuffix(":down") {
            return scanners.contains(String(key.dropFirst("scanner:".count).dropLast(":down".count))) ? .kept : .ended
        }
        if key.hasPrefix("lane:"), key.hasSuffix(":down") {
            return standing(ofLane: String(key.dropFirst("lane:".count).dropLast(":down".count)))
        }
        guard key.hasPrefix("account:"), let colon = key.lastIndex(of: ":") else { return .kept }
        let address = String(key[..<colon].dropFirst("account:".count))
        return standing(of: String(key[colon...].dropFirst()), account: address)
    }

    private func standing(ofLane name: String) -> Standing {
        switch Route(name) {
        case .account(let address): accounts.contains(address) ? .kept : .ended
        case .internet, .exchange, nil: .kept
        }
    }

    private func standing(of topic: String, account address: String) -> Standing {
        switch topic {
        case "missing": accounts.contains(address) ? .ended : .whileMailWaits(.account(address))
        case "login", "loop", "digest", "digest-failed", TrackingWatch.Sort.acceptance.rawValue,
            TrackingWatch.Sort.delivery.rawValue,
            TrackingWatch.Sort.disbelieved.rawValue:
            accounts.contains(address) ? .kept : .ended
        case TokenAlerts.Topic.signIn.rawValue, TokenAlerts.Topic.expiry.rawValue, TokenAlerts.Topic.secret.rawValue:
            tokens.contains(address) ? .kept : .ended
        default: fetched.contains(address) ? .kept : .ended
        }
    }
}
