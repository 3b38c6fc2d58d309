// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import CertifiedMail
internal import CertifiedMailSignatures
internal import GatewayConfiguration
internal import MailModel

/// The lists of certified mail that come with this program, with their dates: they grow old, and nobody would notice.
enum BundledLists {
    /// After this time a person should look whether AgID has published something new.
    static let freshness = Duration.seconds(365 * 86_400)

    /// The dates for people.
    static let dates =
        "AgID's authority as of \(TrustAnchors.bundledDate), its list of providers as of \(ProviderDomains.bundledDate)"

    /// What `check` says of the lists that `configuration` uses; nil without a certified account, or when its own stand in their place.
    static func words(_ configuration: Configuration, now: Timestamp) -> (line: String, remark: String?)? {
        guard configuration.accounts.contains(where: \.provider.isCertified), !configuration.certified.replacesAnchors
        else { return nil }
        let line = "Signatures of certified mail: \(dates)."
        let limit = MailDate.formatISO8601(now - freshness).prefix(10)
        let old = [TrustAnchors.bundledDate, ProviderDomains.bundledDate].filter { $0 < limit }
        guard let oldest = old.min() else { return (line, nil) }
        return (
            line,
            "a bundled list of certified mail is of \(oldest), older than a year, and receipts of a provider that AgID has named since would not "
                + "be believed. Install a newer Ceralacca (ceralacca version says which this is; back up `state`, install, systemctl restart "
                + "ceralacca). Is there none: compare AgID's public list of PEC providers with ceralacca provider list, add the domains that are "
                + "new to certified.provider_domains and new roots to certified.trust, then ceralacca reload"
        )
    }
}
