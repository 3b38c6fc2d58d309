// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Where a recipient's copy goes next; each route is a lane of the queue with connections and limits of its own.
public enum Route: Hashable, Sendable, CustomStringConvertible {
    /// To the company's Exchange servers.
    case exchange
    /// To the Internet: the configured relay.
    case internet
    /// Submission at the provider of this account; the address in its comparison form.
    case account(String)

    /// The route as the queue stores it and listings show it: `exchange`, `internet`, `account:azienda@pec.example.it`.
    public var description: String {
        switch self {
        case .exchange: "exchange"
        case .internet: "internet"
        case .account(let address): "account:\(address)"
        }
    }

    /// The route that `description` describes; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "exchange": self = .exchange
        case "internet": self = .internet
        default:
            guard text.hasPrefix("account:"), text.utf8.count > 8 else { return nil }
            self = .account(String(text.dropFirst(8)))
        }
    }
}
