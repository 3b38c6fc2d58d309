// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension Field {
    /// An e-mail address.
    func address() -> AddrSpec? {
        let expected = "an e-mail address such as protocollo@azienda.it"
        guard let text = text(expected) else { return nil }
        guard let address = AddrSpec(text) else { return wrong(expected) }
        return address
    }

    /// A list of one or more e-mail addresses.
    func addresses() -> [AddrSpec]? {
        guard let fields = list("a list of e-mail addresses such as [protocollo@azienda.it]") else { return nil }
        guard !fields.isEmpty else { return wrong("one address or more") }
        let addresses = fields.compactMap { $0.address() }
        return addresses.count == fields.count ? addresses : nil
    }

    /// A host name or address literal without brackets.
    func hostname() -> String? {
        let expected = "a host name such as relay.azienda.it"
        guard let text = text(expected) else { return nil }
        guard HostName.isValid(text), IPAddress.parse(text) == nil else {
            return wrong(HostName.hint(text) ?? expected)
        }
        return text.lowercased()
    }

    /// A mail domain in lower case.
    func domain() -> String? {
        let expected = "a mail domain such as azienda.it"
        guard let text = text(expected) else { return nil }
        // The grammar of addresses knows what a domain may be, internationalized ones too.
        guard !text.hasPrefix("["), let address = AddrSpec("postmaster@\(text)") else { return wrong(expected) }
        let key = address.comparisonKey
        guard let at = key.lastIndex(of: "@") else { return wrong(expected) }
        return String(key[key.index(after: at)...])
    }

    /// `10.0.0.2:25` or `[::1]:25`.
    func socketAddress() -> (host: String, port: Int)? {
        let expected = "an address with a port such as \"10.0.0.2:2525\" or \"[::1]:25\""
        guard let text = text(expected) else { return nil }
        guard let (host, port) = HostName.split(text), let port, IPAddress.parse(host) != nil else {
            let isStar = text.hasPrefix("*:")
            return wrong(isStar ? "\"0.0.0.0\(text.dropFirst())\" for every IPv4 address" : expected)
        }
        return (host, port)
    }

    /// A list of addresses and blocks.
    func networks() -> [Network]? {
        guard let fields = list("a list of addresses or CIDR blocks such as [10.0.0.10, 10.1.0.0/16]") else {
            return nil
        }
        let networks = fields.compactMap { field -> Network? in
            let expected = "an address or a CIDR block such as 10.0.0.10, 10.1.0.0/16 or 2001:db8::/32"
            guard let text = field.text(expected) else { return nil }
            guard let network = Network(text) else {
                let isBlock = text.split(separator: "/").first.map { IPAddress.parse(String($0)) != nil } ?? false
                return field.wrong(isBlock ? "a CIDR block without bits beyond its prefix" : expected)
            }
            return network
        }
        return networks.count == fields.count ? networks : nil
    }

    /// `smtps://smtp.pec.example.it:465`, one of the given schemes; TLS is filled in by `TLSKeys`.
    func endpoint(_ schemes: [Endpoint.Scheme]) -> Endpoint? {
        let example =
            schemes.contains(.smtps)
            ? "smtp.example.it" : schemes.contains(.pop3s) ? "pop.example.it" : "imap.example.it"
        let expected =
            "an endpoint such as \(schemes.map { "\($0.rawValue)://\(example):\($0.defaultPort)" }.joined(separator: " or "))"
        guard let text = text(expected) else { return nil }
        guard let colon = text.firstRange(of: "://"),
            let scheme = Endpoint.Scheme(rawValue: text[..<colon.lowerBound].lowercased()),
            schemes.contains(scheme)
        else { return wrong(expected) }
        let rest = String(text[colon.upperBound...])
        guard !rest.contains("@") else {
            return wrong("\(expected), without a login: use the keys login and password")
        }
        guard let (host, port) = HostName.split(rest), HostName.isValid(host) || IPAddress.parse(host) != nil else {
            return wrong(HostName.hint(rest) ?? expected)
        }
        guard port != 0 else { return wrong("\(expected), with a port from 1 to 65535") }
        return Endpoint(scheme: scheme, host: host.lowercased(), port: port ?? scheme.defaultPort, tls: .verify)
    }
}

/// The spelling of hosts with ports.
package enum HostName {
    /// Host and port of `host`, `host:port`, `[v6]` and `[v6]:port`; nil when it is none of them.
    package static func split(_ text: String) -> (host: String, port: Int?)? {
        let host: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard host.contains(":") else { return nil }
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<end]
            rest = text[end...]
        }
        guard !host.isEmpty else { return nil }
        guard !rest.isEmpty else { return (String(host), nil) }
        let digits = rest.dropFirst()
        guard rest.first == ":", (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        return (String(host), port)
    }

    /// Labels of letters, digits, hyphens and underscores (RFC 1123 §2.1), 253 octets at most.
    package static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { octet in
                    (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20) || octet == 0x2D
                        || octet == 0x5F
                }
        }
    }

    /// What to write instead, for names that are not ASCII.
    static func hint(_ text: String) -> String? {
        text.utf8.allSatisfy { $0 < 0x80 } ? nil : "the host name in its ASCII form (xn--…)"
    }
}
