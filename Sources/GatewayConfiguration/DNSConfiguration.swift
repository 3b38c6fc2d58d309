// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How the DNS is asked, as `dns` describes it.
public struct DNSConfiguration: Hashable, Sendable {
    /// A server that resolves.
    public struct Server: Hashable, Sendable, CustomStringConvertible {
        /// Its IP address.
        public var address: String
        /// Its port.
        public var port: Int

        /// A server.
        public init(address: String, port: Int = 53) {
            self.address = address
            self.port = port
        }

        /// `10.0.0.53:53`.
        public var description: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
    }

    /// What DNSSEC begins with.
    public enum TrustAnchor: Hashable, Sendable {
        /// The root's keys, where the system keeps them; nothing is validated when it has none.
        case system
        /// Nothing is validated.
        case none
        /// A file with DNSKEY or DS records.
        case file(String)
    }

    /// The servers; empty: those that `/etc/resolv.conf` names.
    public var servers: [Server]
    /// What proves answers.
    public var trustAnchor: TrustAnchor
    /// How long an answer may take.
    public var timeout: Duration

    /// The system's servers and anchor, and 10 seconds, unless given.
    public init(servers: [Server] = [], trustAnchor: TrustAnchor = .system, timeout: Duration = .seconds(10)) {
        self.servers = servers
        self.trustAnchor = trustAnchor
        self.timeout = timeout
    }

    /// The file that validation begins with; nil when nothing is validated.
    public var trustAnchorFile: String? {
        switch trustAnchor {
        case .none: nil
        case .file(let path): path
        case .system: Self.systemAnchors.first { SystemFile.facts($0)?.isDirectory == false }
        }
    }

    /// Where systems keep the root's keys: the packages dns-root-data and unbound.
    private static let systemAnchors = [
        "/usr/share/dns/root.key", "/var/lib/unbound/root.key", "/etc/unbound/root.key",
    ]

    /// The zone at which the records of the anchor's file stand; nil without them.
    public var anchorZone: String? {
        guard let path = trustAnchorFile else { return nil }
        do { return Self.zone(try SystemFile.read(path, limit: 1_048_576)) } catch { return nil }
    }

    /// The owner of the first DNSKEY or DS record of a file in the zone file's form; nil when there is none.
    static func zone(_ octets: [UInt8]) -> String? {
        for line in String(decoding: octets, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != ";" }.split(whereSeparator: \.isWhitespace)
            guard let owner = words.first, words.contains("DNSKEY") || words.contains("DS") else { continue }
            return String(owner)
        }
        return nil
    }
}
