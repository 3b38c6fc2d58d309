// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

extension ProviderConfiguration {
    /// The providers that need no entry, by name; `ProviderPreset` says where each is known from.
    public static let builtIn: [String: ProviderConfiguration] = Dictionary(
        uniqueKeysWithValues: ProviderPreset.all.map { ($0.configuration.name, $0.configuration) }
    )
}

extension Endpoint.Scheme {
    /// The port when an endpoint names none: 25, 465, 110, 995, 143, 993.
    public var defaultPort: Int {
        switch self {
        case .smtp: 25
        case .smtps: 465
        case .pop3: 110
        case .pop3s: 995
        case .imap: 143
        case .imaps: 993
        }
    }
}
