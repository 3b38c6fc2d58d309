// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Testing

struct DNSTests {
    private func read(_ lines: String, checkingFiles: Bool = false) throws -> Configuration {
        let text = "\(WrongFile.right)\n\(lines)"
        return try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: checkingFiles).configuration
    }

    @Test func `the system's servers and anchor are taken unless others are named`() throws {
        #expect(try read("").dns == DNSConfiguration())
        let expected = DNSConfiguration(
            servers: [
                .init(address: "10.0.0.53"), .init(address: "127.0.0.1", port: 5353), .init(address: "::1", port: 54),
                .init(address: "2001:db8::1"),
            ],
            trustAnchor: .none,
            timeout: .seconds(3)
        )
        let servers = #"[10.0.0.53, "127.0.0.1:5353", "[::1]:54", "2001:db8::1"]"#
        #expect(try read("dns: {servers: \(servers), trust_anchor: none, timeout: 3s}").dns == expected)
        #expect(expected.servers.last?.description == "[2001:db8::1]:53")
        #expect(expected.trustAnchorFile == nil && expected.anchorZone == nil)
    }

    @Test func `a file of anchors says of which zone it is`() throws {
        let directory = try TemporaryDirectory.withExampleFiles()
        let path = "\(directory.path)/anchor"
        try directory.write("anchor", "; the key\n\nprova.\t3600 IN DS 1 13 2 abcd\n")
        let dns = try read("dns: {trust_anchor: \(path)}").dns
        #expect(dns.trustAnchorFile == path && dns.anchorZone == "prova.")
    }

    @Test(arguments: [
        ("dns: {servers: [dns.azienda.it]}", "dns.servers[0]", "the address of a DNS server"),
        ("dns: {servers: [\"10.0.0.1:0\"]}", "dns.servers[0]", "the address of a DNS server"),
        ("dns: {timeout: 10}", "dns.timeout", "the unit is missing"),
        ("dns: {anchor: x}", "dns.anchor", "unknown key"),
        ("dns: yes", "dns", "a mapping with servers"),
    ])
    func `what cannot be meant is a mistake`(_ lines: String, _ path: String, _ words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try read(lines) }
        #expect(error?.mistakes.map(\.path) == [path])
        #expect(error?.mistakes.first?.message.contains(words) == true, "\(error?.mistakes.first?.message ?? "")")
    }

    @Test func `a file that holds no key is a mistake, and so is one that is not there`() throws {
        for (file, words) in [("/etc/passwd", "no DNSKEY or DS record"), ("/nowhere/key", "there is no such file")] {
            let error = #expect(throws: ConfigurationError.self) {
                try read("dns: {trust_anchor: \(file)}", checkingFiles: true)
            }
            let remark = error?.mistakes.first { $0.path == "dns.trust_anchor" }
            #expect(remark?.message.contains(words) == true, "\(remark?.message ?? "")")
        }
    }
}
