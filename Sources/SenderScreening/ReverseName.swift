// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
public import NameResolution

/// The name of a client: what the DNS says of its address (PTR), believed only when that name leads back to the address.
public enum ReverseName: Hashable, Sendable {
    /// This one.
    case confirmed(String)
    /// There is none, or none that leads back.
    case none
    /// The DNS gave no answer.
    case unknown

    /// Names of one address that are looked at: anybody may give an address as many as fit into an answer.
    public static let maximumNames = 5

    /// The name; nil when there is none that is confirmed.
    public var name: String? {
        guard case .confirmed(let name) = self else { return nil }
        return name
    }

    /// The name that is asked for (RFC 1035 §3.5, RFC 3596 §2.5).
    public static func question(_ address: ClientKey) -> String {
        "\(labels(address)).\(address.isIPv4 ? "in-addr.arpa" : "ip6.arpa")"
    }

    /// The octets or nibbles of the address, backwards.
    static func labels(_ address: ClientKey) -> String {
        let octets = address.octets.reversed()
        guard !address.isIPv4 else { return octets.map(String.init).joined(separator: ".") }
        return octets.map { "\(String($0 & 15, radix: 16)).\(String($0 >> 4, radix: 16))" }.joined(separator: ".")
    }

    /// The names in an answer to that question that may stand in a trace field; each must still lead back.
    public static func candidates(_ answer: DNSAnswer) -> [String] {
        Array(answer.records.lazy.compactMap(hostName).prefix(maximumNames))
    }

    /// True when the answer to a question for the addresses of a candidate holds the client's.
    public static func leadsBack(_ answer: DNSAnswer, to address: ClientKey) -> Bool {
        answer.records.contains { $0 == address.octets }
    }

    /// A name of the wire (RFC 1035 §3.1) as a host name of letters, digits, hyphens and underscores; nil for anything else.
    static func hostName(_ record: [UInt8]) -> String? {
        var labels: [String] = []
        var rest = record[...]
        while true {
            guard let length = rest.popFirst() else { return nil }
            if length == 0 { break }
            guard length < 64, rest.count >= length else { return nil }
            let label = rest.prefix(Int(length))
            guard label.allSatisfy(isHostOctet) else { return nil }
            labels.append(String(decoding: label, as: UTF8.self).lowercased())
            rest = rest.dropFirst(Int(length))
        }
        let name = labels.joined(separator: ".")
        return labels.isEmpty || !rest.isEmpty || name.utf8.count > 253 ? nil : name
    }

    private static func isHostOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
