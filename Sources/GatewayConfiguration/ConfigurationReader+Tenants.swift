// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// Listeners that serve Exchange Online, and those that serve it without knowing whose mail it brings.
extension ConfigurationReader {
    /// Where Debian's ca-certificates keep the authorities that everybody can have certificates of.
    static let publicAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    /// From where Exchange Online sends, as Microsoft publishes it for its customers' firewalls; for all organisations from the same addresses.
    private static let exchangeOnline = [
        "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48", "2a01:111:f403::/48",
    ].compactMap { Network($0) }

    /// Reads `tenants`, and `origin_field` which goes with it.
    func readTenants(_ field: Field?, origin originField: Field?) -> ListenerConfiguration.Tenants? {
        let origin = originField?.choice(ListenerConfiguration.Tenants.OriginField.self)
        if field == nil {
            originField?.mistake("found it without tenants, expected it on a listener that serves Exchange Online")
        }
        var tenants = field.flatMap(readTenants)
        if let origin { tenants?.origin = origin }
        return tenants
    }

    /// Identifiers and domains.
    private func readTenants(_ field: Field) -> ListenerConfiguration.Tenants? {
        let expected = "a list such as [5a3f1c9e-0f1d-4c52-9d5b-6f7f6f1f2a10, azienda.onmicrosoft.com]"
        guard let fields = field.list(expected) else { return nil }
        if fields.isEmpty {
            field.mistake("found an empty list, expected the organisation's identifier or a domain of it")
        }
        var tenants = ListenerConfiguration.Tenants()
        for field in fields {
            guard let text = field.text("an organisation's identifier or a domain of it") else { continue }
            if Self.isIdentifier(text) {
                tenants.ids.append(text.lowercased())
            } else if let domain = field.domain() {
                tenants.domains.append(domain)
            }
        }
        if tenants.ids.isEmpty, !tenants.domains.isEmpty {
            field.warning(
                "names domains alone: add the organisation's identifier (Get-OrganizationConfig, ExternalDirectoryOrganizationId), "
                    + "so that another organisation would have to forge two fields and not one"
            )
        }
        return tenants
    }

    /// 8-4-4-4-12 hexadecimal digits.
    private static func isIdentifier(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && groups.joined().utf8.allSatisfy { digit in
                (0x30...0x39).contains(digit) || (0x41...0x46).contains(digit) || (0x61...0x66).contains(digit)
            }
    }

    /// What contradicts `tenants`.
    func checkTenants(_ field: Field, _ role: ListenerConfiguration.Role, _ tls: Field?, _ auth: Field?) {
        if role != .exchange {
            field.mistake("found tenants on the \(role.rawValue) listener, expected them on an exchange listener")
        }
        if tls == nil {
            field.mistake(
                "found tenants without tls, expected tls: {certificate, key}: Exchange Online proves by its certificate who it is"
            )
        }
        auth?.mistake("found auth beside tenants, expected none: Exchange Online does not log in")
    }

    /// An `exchange` listener without `tenants` that Microsoft's servers, which every organisation sends from, may use nevertheless.
    func warnOfStrangers(_ allowField: Field?, _ allowed: [Network], _ tlsField: Field?, _ tls: ListenerTLS?) {
        for network in allowed where Self.exchangeOnline.contains(where: { Self.overlap($0, network) }) {
            allowField?.warning(
                "\(network) holds addresses of Exchange Online, from which all its organisations send: each of them may send through this gateway; "
                    + "expected tenants: [the organisation's identifier] in place of these addresses"
            )
        }
        guard findings.checksFiles, let tls, tls.client == .required, let path = tls.clientCA else { return }
        let held = Self.certificates(path).intersection(Self.certificates(Self.publicAuthorities))
        guard !held.isEmpty else { return }
        tlsField?.warning(
            "client_ca holds \(held.count) public authorities, of which everybody can have a certificate, and Microsoft has the one that all "
                + "organisations of Exchange Online share: whoever shows one may send"
                + (allowField == nil ? "" : " from the addresses in allow")
                + "; expected tenants for Exchange Online, the company's own authority for others"
        )
    }

    private static func overlap(_ one: Network, _ other: Network) -> Bool {
        one.contains(other.octets) || other.contains(one.octets)
    }

    /// The certificates of a bundle in PEM, as their base64; none of one that cannot be read.
    private static func certificates(_ path: String) -> Set<String> {
        let octets: [UInt8]
        do { octets = try SystemFile.read(path, limit: 4_194_304) } catch { return [] }
        let text = String(decoding: octets, as: UTF8.self)
        let blocks = text.components(between: "-----BEGIN CERTIFICATE-----", and: "-----END CERTIFICATE-----")
        return Set(blocks.map { $0.filter { !$0.isWhitespace } })
    }
}

extension String {
    /// The texts between each `start` and the `end` that follows it.
    fileprivate func components(between start: String, and end: String) -> [Substring] {
        var found: [Substring] = []
        var rest = self[...]
        while let begin = rest.firstRange(of: start) {
            rest = rest[begin.upperBound...]
            guard let finish = rest.firstRange(of: end) else { break }
            found.append(rest[..<finish.lowerBound])
            rest = rest[finish.upperBound...]
        }
        return found
    }
}
