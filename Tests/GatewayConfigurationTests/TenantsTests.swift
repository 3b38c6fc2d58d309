// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

/// `tenants` of a listener, `exchange.certificate`, and warnings about listeners that Exchange Online may use without them.
struct TenantsTests {
    private let directory: TemporaryDirectory
    private static let id = "5A3F1C9E-0f1d-4c52-9d5b-6f7f6f1f2a10"
    private static let tls = "tls: {certificate: relay.pem, key: relay.key}"

    init() throws {
        directory = try TemporaryDirectory.withExampleFiles()
    }

    private func load(listener: String, exchange: String = "") throws -> LoadedConfiguration {
        let text = WrongFile.right.replacingOccurrences(of: "allow: [10.0.0.10]", with: listener)
            .replacingOccurrences(of: "  domains: [azienda.it]\n", with: "  domains: [azienda.it]\n\(exchange)")
        return try ConfigurationFile.read(text, path: "\(directory.path)/x.yaml")
    }

    private func mistakes(listener: String, exchange: String = "") -> [String] {
        do {
            _ = try load(listener: listener, exchange: exchange)
            return []
        } catch let error as ConfigurationError {
            return error.mistakes.map { "\($0.path): \($0.message)" }
        } catch { return ["\(error)"] }
    }

    @Test func `identifiers and domains are told apart, and a certificate of the client goes with them`() throws {
        let loaded = try load(listener: "tenants: [\(Self.id), Azienda.onmicrosoft.com, città.it]\n    \(Self.tls)")
        let listener = loaded.configuration.listeners[0]
        #expect(listener.tenants?.ids == [Self.id.lowercased()])
        #expect(listener.tenants?.domains == ["azienda.onmicrosoft.com", "xn--citt-3na.it"])
        #expect(listener.tls?.client == .required && listener.tls?.clientCA == nil && listener.allowed.isEmpty)
        #expect(loaded.warnings.isEmpty)
    }

    @Test func `allow narrows it further, and other authorities may be named`() throws {
        let tls = "tls: {certificate: relay.pem, key: relay.key, client: required, client_ca: ca.pem}"
        let loaded = try load(listener: "tenants: [\(Self.id)]\n    allow: [40.92.0.0/15]\n    \(tls)")
        #expect(loaded.configuration.listeners[0].tls?.clientCA?.hasSuffix("/ca.pem") == true)
        #expect(loaded.configuration.listeners[0].allowed.count == 1 && loaded.warnings.isEmpty)
    }

    @Test(arguments: [
        ("", ListenerConfiguration.Tenants.OriginField.require), ("require", .require), ("optional", .optional),
    ])
    func `the field of the origin is required unless the file says that it may lack`(
        _ word: String,
        _ origin: ListenerConfiguration.Tenants.OriginField
    ) throws {
        let line = word.isEmpty ? "" : "\n    origin_field: \(word)"
        let loaded = try load(listener: "tenants: [\(Self.id)]\(line)\n    \(Self.tls)")
        #expect(loaded.configuration.listeners[0].tenants?.origin == origin && loaded.warnings.isEmpty)
    }

    @Test func `a domain alone is remarked on`() throws {
        let loaded = try load(listener: "tenants: [azienda.onmicrosoft.com]\n    \(Self.tls)")
        #expect(loaded.warnings.map(\.path) == ["listeners[0].tenants"])
        #expect(loaded.warnings[0].message.contains("forge two fields"))
    }

    @Test(arguments: [
        ("tenants: []\n    \(tls)", "listeners[0].tenants: found an empty list"),
        ("tenants: \(id)\n    \(tls)", "listeners[0].tenants"),
        ("tenants: [\"{\(id)}\"]\n    \(tls)", "listeners[0].tenants[0]"),
        ("tenants: [\"a b\"]\n    \(tls)", "listeners[0].tenants[0]"),
        ("tenants: [\(id)]\n    origin_field: ignore\n    \(tls)", "listeners[0].origin_field: found"),
        ("allow: [10.0.0.10]\n    origin_field: optional", "listeners[0].origin_field: found it without tenants"),
        ("tenants: [\(id)]", "without tls"),
        ("tenants: [\(id)]\n    allow: [10.0.0.10]", "without tls"),
        ("tenants: [\(id)]\n    tls: {certificate: relay.pem, key: relay.key, client: optional}", "expected required"),
        ("tenants: [\(id)]\n    tls: {certificate: relay.pem, key: relay.key, client: none}", "expected required"),
        ("tenants: [\(id)]\n    tls: {certificate: relay.pem, key: relay.key, implicit: true}", "STARTTLS alone"),
        ("tenants: [\(id)]\n    \(tls)\n    auth: [{login: x, password: {file: pec}}]", "does not log in"),
        (
            "allow: [10.0.0.10]\n  - {role: internet, address: \"10.0.0.2:25\", tenants: [\(id)], \(tls)}",
            "listeners[1].tenants: found tenants on the internet listener"
        ),
        (
            "allow: [10.0.0.10]\n  - {role: provider, address: \"10.0.0.2:25\", tenants: [\(id)], \(tls)}",
            "listeners[1].tenants: found tenants on the provider listener"
        ),
    ])
    func `what contradicts it is a mistake`(_ listener: String, _ words: String) {
        let found = mistakes(listener: listener)
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test(arguments: [
        "40.92.12.0/24", "40.92.0.0/15", "40.64.0.0/10", "40.107.1.2", "52.101.0.0/16", "104.47.0.0/20",
        "\"2a01:111:f400::/48\"", "\"2a01:111:f403:c100::/56\"", "\"2a01:111::/32\"",
    ])
    func `addresses that all organisations send from are remarked on without tenants`(_ network: String) throws {
        let loaded = try load(listener: "allow: [10.0.0.10, \(network)]")
        #expect(loaded.warnings.map(\.path) == ["listeners[0].allow"])
        #expect(loaded.warnings.first?.message.contains("tenants") == true)
    }

    @Test(arguments: ["40.90.0.0/15", "52.104.0.0/14", "104.47.128.0/17", "10.0.0.10", "\"2a01:111:f500::/48\""])
    func `other addresses are not`(_ network: String) throws {
        #expect(try load(listener: "allow: [\(network)]").warnings.isEmpty)
    }

    @Test(arguments: ["", "allow: [10.0.0.10]\n    "])
    func `public authorities of client certificates are remarked on, the company's own are not`(_ allow: String) throws
    {
        let tls = "tls: {certificate: relay.pem, key: relay.key, client: required, client_ca: roots.pem}"
        try directory.write("roots.pem", "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", mode: 0o644)
        #expect(try load(listener: "\(allow)\(tls)").warnings.isEmpty)
        let system = try String(contentsOfFile: "/etc/ssl/certs/ca-certificates.crt", encoding: .utf8)
        let first = try #require(system.firstRange(of: "-----END CERTIFICATE-----\n"))
        try directory.write(
            "roots.pem",
            "# ours\r\n" + system[..<first.upperBound].replacing("\n", with: "\r\n"),
            mode: 0o644
        )
        let loaded = try load(listener: "\(allow)\(tls)")
        #expect(loaded.warnings.map(\.path) == ["listeners[0].tls"])
        #expect(loaded.warnings.first?.message.contains("client_ca holds 1 public") == true)
        #expect(loaded.warnings.first?.message.contains("from the addresses in allow") == !allow.isEmpty)
        let served = try load(listener: "\(allow)tenants: [\(Self.id)]\n    \(tls)")
        #expect(served.warnings.isEmpty)
    }

    @Test func `the certificate that Exchange is shown has its key`() throws {
        let given = "  certificate: relay.pem\n  key: relay.key\n"
        let exchange = try load(listener: "allow: [10.0.0.10]", exchange: given).configuration.exchange
        #expect(exchange.identity?.certificate.hasSuffix("/relay.pem") == true)
        #expect(exchange.identity?.key.hasSuffix("/relay.key") == true)
        #expect(try load(listener: "allow: [10.0.0.10]").configuration.exchange.identity == nil)
        for (lines, words) in [
            ("  certificate: relay.pem\n", "exchange.certificate: found a certificate without a key"),
            ("  key: relay.key\n", "exchange.key: found a key without a certificate"),
            ("  certificate: relay.key\n  key: relay.key\n", "exchange.certificate: found no certificate"),
            ("  certificate: relay.pem\n  key: relay.pem\n", "exchange.key: found no private key"),
        ] {
            let found = mistakes(listener: "allow: [10.0.0.10]", exchange: lines)
            #expect(found.contains { $0.hasPrefix(words) }, "\(found)")
        }
    }
}
