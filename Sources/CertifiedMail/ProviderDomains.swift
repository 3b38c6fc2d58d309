// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The service domains of the providers of certified mail: whoever signs as `posta-certificata` of one of them is a provider.
///
/// A public authority certifies any mailbox; that a certificate is valid says nothing of its owner being a provider. AgID's directory of providers
/// (IGPEC) is closed to customers, but the name constraints of its authority name every service domain.
public struct ProviderDomains: Hashable, Sendable {
    /// The day of the certificate whose name constraints the bundled list is made of.
    public static let bundledDate = "2025-02-20"

    /// The service domains of "AgID CA1" of 2025, and `pec.numera.it`, which the one of 2018 had.
    public static let bundled = Self([
        "agid.gov.it", "cert.informatica.aci.it", "cert.interno.it", "emarche.it", "fastweb-pec.it",
        "gestorepec.unina.it", "kmailer.it", "legalmail.it", "pcert.sogei.it", "pec.actalis.it",
        "pec.ancitel.it", "pec.aruba.it", "pec.basilicatanet.it", "pec-email.com", "pec.postecert.it",
        "pec.posteitaliane.it", "pec.rupar.puglia.it", "postacert.cedacri.it", "postacertificata.notariato.it",
        "postacert.it.net", "postecert.it", "sicurezzapostale.it", "telecompost.it", "trustedmail.intesa.it",
        "twtcert.it", "zucchettipec.it", "cert.intesa.it", "certmail.kpnqwest.it", "certmail.irideos.it",
        "pupec.informatica.aci.it", "pro.sicurezzapostale.it", "pec.bill4me.it", "pec.notartel.it", "miapec.it",
        "ig-trustmail.com", "postecertifica.it", "pec.reevo.eu",
        "pec.numera.it",
    ])

    /// No domain.
    public static let none = Self([])

    private let domains: Set<String>

    /// A list; letters without case.
    public init(_ domains: some Sequence<String>) {
        self.domains = Set(domains.map { $0.lowercased() })
    }

    /// This list and further domains.
    public func adding(_ further: some Sequence<String>) -> Self { Self(Array(domains) + Array(further)) }

    /// The local parts of the addresses that providers sign as (RFC 6109 §4.3); customers of many providers have mailboxes in the same domain.
    private static let localParts: Set<String> = ["posta-certificata", "certified-mail"]

    /// True when `address` is the one that a provider of the list signs as; a domain below one of the list is not in it (RFC 5280 §4.2.1.10).
    public func contains(address: String) -> Bool {
        guard let sign = address.lastIndex(of: "@") else { return false }
        guard Self.localParts.contains(address[..<sign].lowercased()) else { return false }
        return domains.contains(address[address.index(after: sign)...].lowercased())
    }
}
