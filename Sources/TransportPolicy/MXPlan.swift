// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One MX record (RFC 1035 §3.3.9).
public struct MXRecord: Hashable, Sendable {
    /// Lower comes first.
    public var preference: Int
    /// The host in lower case; `.` for none (RFC 7505).
    public var exchange: String

    /// A record.
    public init(preference: Int, exchange: String) {
        self.preference = preference
        self.exchange = exchange
    }

    /// The record of these octets; nil for what is none, such as one without a name.
    public init?(_ octets: [UInt8]) {
        guard octets.count >= 3, let exchange = DomainName.read(octets.dropFirst(2)) else { return nil }
        self.init(preference: Int(octets[0]) << 8 | Int(octets[1]), exchange: exchange)
    }
}

/// What the MX records of a domain say (RFC 5321 §5.1).
public enum MXPlan: Hashable, Sendable {
    /// Hosts in the order in which they are tried: by preference, those of equal preference spread by chance.
    case hosts([MXRecord])
    /// No MX record: the domain itself is the host.
    case implicit
    /// The domain takes no mail (RFC 7505).
    case refusesMail
    /// There are records, and none that could be meant.
    case unreadable

    /// Hosts of one domain that are considered; more are left out, the least preferred.
    public static let maximumHosts = 12

    /// The plan for the data of MX records; malformed ones count as absent, unless there are no others.
    public static func make(_ records: [[UInt8]], using generator: inout some RandomNumberGenerator) -> Self {
        guard !records.isEmpty else { return .implicit }
        let read = records.prefix(1000).compactMap(MXRecord.init)
        guard !read.isEmpty else { return .unreadable }
        let named = read.filter { $0.exchange != "." }
        guard !named.isEmpty else { return .refusesMail }
        var best: [String: MXRecord] = [:]
        for record in named where (best[record.exchange]?.preference ?? .max) > record.preference {
            best[record.exchange] = record
        }
        // By name first: what chance does then depends on the generator alone.
        let spread = best.values.sorted { $0.exchange < $1.exchange }.shuffled(using: &generator)
        let ordered = spread.enumerated().sorted {
            ($0.element.preference, $0.offset) < ($1.element.preference, $1.offset)
        }
        return .hosts(ordered.prefix(maximumHosts).map(\.element))
    }
}
