// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The organisations whose mail a listener takes from Exchange Online.
///
/// All organisations share Microsoft's servers and certificate, so that what a message says of its organisation decides (P6). Exchange Online writes
/// two fields for it when it hands a message over; what is listed of each kind must be named, and neither may contradict itself:
/// ```text
/// X-OriginatorOrg: azienda.onmicrosoft.com
/// X-MS-Exchange-CrossTenant-Id: 5a3f1c9e-0f1d-4c52-9d5b-6f7f6f1f2a10
/// ```
public struct TenantRule: Hashable, Sendable {
    /// The field with the organisation's identifier.
    public static let idField = "X-MS-Exchange-CrossTenant-Id"
    /// The field with one of the organisation's domains.
    public static let domainField = "X-OriginatorOrg"

    /// The field that says by which way a message came to the organisation.
    public static let originField = "X-MS-Exchange-CrossTenant-FromEntityHeader"
    /// What that field says, in lower case, of the organisation's own mailboxes and of servers on its premises.
    static let ownOrigins: Set<String> = ["hosted", "hybridonprem"]

    /// Identifiers, in lower case.
    public let ids: Set<String>
    /// Domains in comparison form.
    public let domains: Set<String>
    /// Mail From an account must have the field of its origin; where it must not, one that is there counts nevertheless.
    public let requiresOrigin: Bool

    /// A rule; one that lists nothing takes no message.
    public init(ids: [String], domains: [String], requiresOrigin: Bool = true) {
        self.requiresOrigin = requiresOrigin
        self.ids = Set(ids.map { $0.lowercased() })
        self.domains = Set(domains.map(AddrSpec.comparisonDomain))
    }

    /// Judges by the header section alone.
    ///
    /// - Returns: nil for a message of a listed organisation; otherwise the reply that refuses it, 550 5.7.64.
    public func refusal(_ header: HeaderSection) -> SMTPReply? {
        let namedIDs = Set(header.all(Self.idField).map { $0.lowercased() })
        let namedDomains = Set(header.all(Self.domainField).map(AddrSpec.comparisonDomain))
        if ids.isEmpty, domains.isEmpty { return Refusal.tenantNotNamed(Self.idField) }
        return Self.refusal(Self.idField, named: namedIDs, listed: ids)
            ?? Self.refusal(Self.domainField, named: namedDomains, listed: domains)
    }

    /// Judges mail From an account by `origins`, what the message says in `originField`: one of `ownOrigins` and nothing else will do.
    ///
    /// - Returns: nil when the organisation's own mailboxes or servers wrote it; otherwise the reply that refuses it, 550 5.7.1.
    func refusal(_ account: AddrSpec, origins: Set<String>) -> SMTPReply? {
        guard let origin = origins.first else { return requiresOrigin ? Refusal.originMissing(account) : nil }
        guard origins.count == 1 else { return Refusal.originContradicted(account, origins.sorted()) }
        if origin == "internet" { return Refusal.fromInternet(account) }
        return Self.ownOrigins.contains(origin) ? nil : Refusal.originUnknown(account, origin)
    }

    private static func refusal(_ field: String, named: Set<String>, listed: Set<String>) -> SMTPReply? {
        guard named.count <= 1 else { return Refusal.tenantContradicted(field, named.sorted()) }
        // What is not listed of a kind is not asked for.
        guard !listed.isEmpty else { return nil }
        guard let name = named.first else { return Refusal.tenantNotNamed(field) }
        return listed.contains(name) ? nil : Refusal.tenantNotListed(field, name)
    }
}
