// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

struct ProviderPresetTests {
    private func preset(_ name: String) throws -> ProviderPreset {
        try #require(ProviderPreset.all.first { $0.configuration.name == name })
    }

    @Test func `every row of the tables is read, whole`() {
        let presets = ProviderPreset.all
        #expect(presets.count { $0.configuration.isCertified } == 18)
        #expect(presets.count { !$0.configuration.isCertified } == 12)
        #expect(Set(presets.map(\.configuration.name)).count == 30)
        #expect(ProviderConfiguration.builtIn.count == 30)
        for preset in presets {
            #expect(!preset.title.isEmpty && !preset.domains.isEmpty && !preset.sources.isEmpty, "\(preset)")
            #expect(preset.domains.allSatisfy { $0 == $0.lowercased() && $0.contains(".") && !$0.contains("@") })
        }
    }

    @Test func `built-in servers are verified, by TLS from the first byte or by an upgrade at the usual port`() {
        for provider in ProviderConfiguration.builtIn.values {
            for endpoint in [provider.submit, provider.pop3, provider.imap].compactMap({ $0 }) {
                #expect(endpoint.tls == .verify && endpoint.minimumTLS == .v12 && endpoint.trust == nil)
                let usual = [465, 995, 993].contains(endpoint.port)
                #expect(endpoint.hasImplicitTLS == usual && endpoint.host.contains("."), "\(endpoint)")
                #expect(usual || [25, 587, 110, 143].contains(endpoint.port), "\(endpoint)")
            }
        }
    }

    @Test(arguments: [
        ("aruba", "smtps://smtps.pec.aruba.it:465", "pop3s://pop3s.pec.aruba.it:995", "imaps://imaps.pec.aruba.it:993"),
        (
            "legalmail", "smtps://sendm.cert.legalmail.it:465", "pop3s://mbox.cert.legalmail.it:995",
            "imaps://mbox.cert.legalmail.it:993"
        ),
        (
            "namirial", "smtps://smtps.sicurezzapostale.it:465", "pop3s://pops.sicurezzapostale.it:995",
            "imaps://imaps.sicurezzapostale.it:993"
        ),
        ("poste", "smtps://mail.postecert.it:465", "pop3s://mail.postecert.it:995", "imaps://mail.postecert.it:993"),
        ("register", "smtps://smtp.pec-email.com:465", nil, "imaps://imap.pec-email.com:993"),
        ("kpnqwest", "smtp://pec.kpnqwest.it:25", nil, "imaps://imap.kpnqwest.it:993"),
        ("namirial-pro", "smtps://pro-smtps.sicurezzapostale.it:465", nil, nil),
        ("tim", "smtp://smtp.tim.it:587", "pop3://pop.tim.it:110", "imap://imap.tim.it:143"),
        ("icloud", "smtp://smtp.mail.me.com:587", nil, "imaps://imap.mail.me.com:993"),
    ])
    func `endpoints are the known ones, and none is invented`(
        _ name: String,
        _ submit: String,
        _ pop3: String?,
        _ imap: String?
    ) throws {
        let provider = try preset(name).configuration
        #expect(provider.submit.description == submit)
        #expect(provider.pop3?.description == pop3)
        #expect(provider.imap?.description == imap)
    }

    @Test func `limits and peculiarities are told where they are known`() throws {
        let legalmail = try preset("legalmail")
        #expect(legalmail.configuration.limits.words == "6 messages a minute, 1 connection")
        #expect(legalmail.quirks.contains { $0.contains("M1234567") })
        let aruba = try preset("aruba")
        #expect(aruba.configuration.limits.words == "500 recipients, 100 MB in all, 58 kinds of files refused")
        #expect(aruba.quirks.contains { $0.contains("client password") })
        #expect(try preset("namirial").configuration.limits.words.isEmpty)
    }

    @Test func `who logs in with something else than the address, and who takes tokens, is said by the preset`() throws
    {
        func names(_ isSo: (ProviderConfiguration) -> Bool) -> [String] {
            ProviderPreset.all.map(\.configuration).filter(isSo).map(\.name)
        }
        #expect(names { $0.login != .address } == ["legalmail", "icloud"])
        #expect(names { $0.authorization != nil } == ["gmail", "outlook", "microsoft365"])
        #expect(names { $0.authorization?.isRequired == true } == ["outlook", "microsoft365"])
        #expect(try preset("legalmail").quirks.first?.hasPrefix("Logs in with a user code such as M1234567") == true)
        #expect(try preset("icloud").quirks.first?.hasSuffix("for submission: set `fetch.login`.") == true)
        let retrievals = try ["aruba", "register", "tim-pec"].map { try preset($0).configuration.retrievals }
        #expect(retrievals == [[.pop3, .imap, .none], [.imap, .none], [.none]])
    }

    @Test(arguments: [
        ("studio@pec.it", ["aruba"]), ("Studio@LegalMail.it", ["legalmail"]), ("a@pec.postecert.it", ["poste"]),
        ("a@azienda.onmicrosoft.com", ["microsoft365"]), ("a@onmicrosoft.com", []), ("a@xpec.it", []),
        ("a@sub.pec.it", []), ("a@hotmail.it", ["outlook"]), ("a@azienda.it", []),
    ])
    func `a domain suggests the preset that lists it and no other`(_ address: String, _ names: [String]) throws {
        let address = try #require(AddrSpec(address))
        #expect(ProviderPreset.suggested(for: address).map(\.configuration.name) == names)
    }

    @Test func `no domain suggests two presets, nor one that is said to have none`() {
        let domains = ProviderPreset.all.flatMap(\.domains)
        #expect(Set(domains).count == domains.count)
        #expect(Set(domains).isDisjoint(with: ProviderPreset.withoutPreset.keys))
        let closed = AddrSpec(localPart: "a", domain: "PostaCertificata.gov.it")
        #expect(ProviderPreset.reasonForNone(for: closed)?.contains("closed on 18 September 2015") == true)
    }

    private func load(_ account: String) throws -> LoadedConfiguration {
        let text = WrongFile.right
            .replacingOccurrences(of: "provider: comune", with: "provider: \(account)")
            .replacingOccurrences(of: "    fetch: {every: 60s}\n", with: "")
        return try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false)
    }

    @Test func `POP3 is refused with words where a preset knows none`() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try load("actalis\n    fetch: {protocol: pop3}")
        }
        #expect(error?.mistakes.map(\.path) == ["accounts[0].fetch.protocol"])
        #expect(error?.mistakes.first?.message.contains("no pop3 endpoint: add one, or use imap or none") == true)
        #expect(try load("actalis\n    fetch: {protocol: none}").warnings.isEmpty)
    }

    @Test func `an account at a provider that one unsure source knows is warned of it`() throws {
        for preset in ProviderPreset.all where preset.confidence == .low {
            let warnings = try load("\(preset.configuration.name)\n    fetch: {protocol: none}").warnings
            #expect(warnings.map(\.path) == ["accounts[0].provider"])
            #expect(warnings.first?.message.contains("one unsure source") == true)
        }
    }
}

/// `docs/configuration.md` says of the presets what the code says.
struct ProviderDocumentTests {
    private func row(_ preset: ProviderPreset) -> String {
        let provider = preset.configuration
        func endpoint(_ endpoint: Endpoint?) -> String { endpoint.map { "`\($0)`" } ?? "not known" }
        let cells = [
            "`\(provider.name)`", preset.title, provider.isCertified ? "yes" : "", endpoint(provider.submit),
            endpoint(provider.pop3), endpoint(provider.imap), provider.limits.words,
            preset.domains.joined(separator: " "),
            preset.confidence.rawValue,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    @Test func `the table of built-in providers is the code's`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let document = folder.appending(path: "../../docs/configuration.md").standardizedFileURL
        let text = try String(contentsOf: document, encoding: .utf8)
        let section = try #require(text.split(separator: "\nBuilt in:\n").last?.split(separator: "\n### ").first)
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        #expect(rows == ProviderPreset.all.map(row))
        for (domain, _) in ProviderPreset.withoutPreset { #expect(section.contains("`\(domain)`"), "\(domain)") }
    }
}
