// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// How a message came here; it decides what becomes of it when its delivery fails for good.
public enum MessageOrigin: Hashable, Sendable, CustomStringConvertible {
    /// From Exchange, by the `exchange` listener: a failure is reported to the sender.
    case exchange
    /// From the Internet, by the `internet` listener: a failure goes to the quarantine, never back (no backscatter).
    case internet
    /// A copy forwarded by a provider, by the `provider` listener: a failure goes to the quarantine.
    case provider
    /// Retrieved from an account's maildrop, the address in its comparison form: a failure goes to the quarantine.
    case account(String)
    /// A notice of our own; its failure is logged and ends there.
    case notice

    /// `exchange`, `internet`, `provider`, `notice`, or `account:` and the address.
    public var description: String {
        switch self {
        case .exchange: "exchange"
        case .internet: "internet"
        case .provider: "provider"
        case .account(let address): "account:\(address)"
        case .notice: "notice"
        }
    }

    /// The origin that `description` describes; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "exchange": self = .exchange
        case "internet": self = .internet
        case "provider": self = .provider
        case "notice": self = .notice
        default:
            guard text.hasPrefix("account:"), text.utf8.count > 8 else { return nil }
            self = .account(String(text.dropFirst(8)))
        }
    }
}
