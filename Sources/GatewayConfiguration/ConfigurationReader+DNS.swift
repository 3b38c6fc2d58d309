// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ConfigurationReader {
    /// Reads `dns`.
    func readDNS(_ field: Field) -> DNSConfiguration {
        var dns = DNSConfiguration()
        guard var section = field.section("a mapping with servers, trust_anchor, timeout") else { return dns }
        if let fields = section.field("servers")?.list("a list of addresses such as [10.0.0.53]") {
            dns.servers = fields.compactMap { $0.nameServer() }
        }
        if let anchor = section.field("trust_anchor")?.trustAnchor() { dns.trustAnchor = anchor }
        if let value = section.field("timeout")?.duration(.seconds(1)...(.seconds(60))) { dns.timeout = value }
        section.finish()
        return dns
    }
}

extension Field {
    /// `10.0.0.53`, `127.0.0.1:5353` or `[::1]:53`.
    fileprivate func nameServer() -> DNSConfiguration.Server? {
        let expected = "the address of a DNS server such as 10.0.0.53, \"127.0.0.1:5353\" or \"[::1]:53\""
        guard let text = text(expected) else { return nil }
        if IPAddress.parse(text) != nil { return DNSConfiguration.Server(address: text) }
        guard let (host, port) = HostName.split(text), IPAddress.parse(host) != nil, port != 0 else {
            return wrong(expected)
        }
        return DNSConfiguration.Server(address: host, port: port ?? 53)
    }

    /// `none`, or the path of a file.
    fileprivate func trustAnchor() -> DNSConfiguration.TrustAnchor? {
        guard let text = text("none, or the path of a file with DNSKEY or DS records") else { return nil }
        guard text != "none" else { return DNSConfiguration.TrustAnchor.none }
        let path = findings.absolute(text)
        guard findings.checksFiles else { return .file(path) }
        do {
            guard DNSConfiguration.zone(try SystemFile.read(path, limit: 1_048_576)) != nil else {
                mistake("found no DNSKEY or DS record in \(path), expected the keys of the root zone")
                return nil
            }
        } catch {
            mistake("cannot read \(path): \(error.reason). \(error.remedy)")
            return nil
        }
        return .file(path)
    }
}
