// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A provider that needs no entry in the configuration: how it is reached, what is peculiar about it, and where that is known from.
public struct ProviderPreset: Hashable, Sendable {
    /// The provider as an account uses it.
    public var configuration: ProviderConfiguration
    /// What people call it.
    public var title: String
    /// The domains of its mailboxes, in lower case; `*.` in front stands for every domain below. Customers may have their own besides.
    public var domains: [String]
    /// The mail exchangers of domains that customers own.
    public var mailExchangers: [String]
    /// What somebody who has an account there should know, a sentence each; what makes logins fail is the note of `configuration`.
    public var quirks: [String]
    /// Where endpoints and domains are known from.
    public var sources: [Source]
    /// How sure they are.
    public var confidence: Confidence

    /// How sure endpoints are.
    public enum Confidence: String, Hashable, Sendable, CaseIterable {
        /// Several sources of today agree, or the provider's own.
        case high
        /// The provider's own words and a source that says otherwise of old.
        case mediumHigh = "medium-high"
        /// One source or two, not seen at work.
        case medium
        /// One public configuration, or an old one.
        case low
    }

    /// Where something is known from; the raw value is the word in the tables of presets.
    public enum Source: String, Hashable, Sendable, CaseIterable {
        case provider
        case ispdb
        case postClient = "postclient"
        case thunderPEC = "thunderpec"
        case massMailer = "massmailer"
        case sendService = "pn-ec"
        case agid
        case manual
        case configuration = "config"

        /// The source for a reader who wants to look it up.
        public var words: String {
            switch self {
            case .provider: "the provider's own help pages"
            case .ispdb: "Thunderbird's database of providers (thunderbird/autoconfig, ispdb, c6ad7965)"
            case .postClient: "MAKS-IT PostClient, MailProvider.cs"
            case .thunderPEC: "ThunderPEC, provider.js"
            case .massMailer: "PMM-PecMassiveMailer, src/config/provider-presets.ts (9c5976f)"
            case .sendService: "pagopa/pn-ec, configuration and documentation"
            case .agid: "AgID CA1 of 2025, name constraints (the domain alone)"
            case .manual: "the R.U.N. manual for Eudora (diazilla.com/doc/543734)"
            case .configuration: "a single public configuration"
            }
        }
    }

    /// Every preset: certified mail first, then the others, each in the order of its table.
    public static let all = certified + ordinary

    /// The presets that the address's domain suggests; none when the domain is a customer's own, or unknown.
    public static func suggested(for address: AddrSpec) -> [Self] {
        let domain = address.domain.lowercased()
        return all.filter { preset in preset.domains.contains { covers($0, domain) } }
    }

    private static func covers(_ pattern: String, _ domain: String) -> Bool {
        pattern.hasPrefix("*.") ? domain.hasSuffix(pattern.dropFirst()) : pattern == domain
    }
}
