// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import Testing

@testable import GatewayCommands

struct ProviderCommandTests {
    let world: CommandWorld

    init() throws {
        world = try CommandWorld()
    }

    /// Adds these lines to the configuration.
    private func configure(_ lines: String) throws {
        let path = "\(world.directory)/x.yaml"
        try world.write("x.yaml", String(contentsOfFile: path, encoding: .utf8) + "\n\(lines)\n")
    }

    @Test func `list shows every preset, then the configuration's own providers`() async throws {
        try configure("providers: {comune: {certified: true, submit: \"smtps://smtp.pec.comune.it\"}}")
        let outcome = await world.run("provider", "list")
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.lines.count == 1 + ProviderPreset.all.count + 1)
        #expect(outcome.lines[1].hasPrefix("aruba "))
        #expect(outcome.lines[1].hasSuffix("high"))
        #expect(outcome.lines[0].split(separator: " ").suffix(3) == ["POP3", "IMAP", "CONFIDENCE"])
        let actalis = outcome.lines[2].split(separator: " ").suffix(3)
        #expect(actalis == ["-", "imaps://imap.pec.actalis.it:993", "medium"])
        #expect(outcome.lines.last?.hasPrefix("comune ") == true)
        #expect(outcome.lines.last?.hasSuffix("configured") == true)
        let objects = try await world.run("provider", "list", "--json").objects
        #expect(objects.map { $0["name"] as? String }.prefix(2) == ["aruba", "actalis"])
        #expect(objects.last?["values"] as? String == "configuration")
        #expect(objects.last?["confidence"] is NSNull)
    }

    @Test func `list for an address names the preset of its domain, or what to do`() async throws {
        let outcome = await world.run("provider", "list", "--for", "studio@cert.legalmail.it")
        #expect(outcome.status == 0 && outcome.lines.count == 2)
        #expect(outcome.lines[1].hasPrefix("legalmail "))
        let own = await world.run("provider", "list", "--for", "pec@azienda.it")
        #expect(own.status == 1 && own.output.isEmpty)
        #expect(own.errors.contains("no built-in provider is known for azienda.it"))
        #expect(own.errors.contains("`dig +short MX azienda.it`: mx.pec.aruba.it is aruba"))
        let closed = await world.run("provider", "list", "--for", "a@fastweb-pec.it", "--json")
        #expect(closed.status == 1 && closed.errors.contains("the servers of Fastweb are not publicly known"))
        #expect(await world.run("provider", "list", "--for", "azienda").status == 64)
    }

    @Test func `show tells servers, limits, peculiarities, source and confidence`() async throws {
        let outcome = await world.run("provider", "show", "legalmail")
        #expect(outcome.status == 0)
        for part in [
            "legalmail: InfoCert Legalmail, certified mail",
            "submission      smtps://sendm.cert.legalmail.it:465 (tls: verify, from 1.2 on)",
            "limits          6 messages a minute, 1 connection", "domains         legalmail.it cert.legalmail.it",
            "note            Logs in with a user code such as M1234567", "source          ThunderPEC, provider.js",
            "confidence      high", "values          built-in\n",
        ] { #expect(outcome.text.contains(part), "\(part) in \(outcome.text)") }
        for (name, words) in [
            ("actalis", "none known: `fetch: {protocol: imap}`, or give the entry `pop3`\n"),
            ("tim-pec", "none known: give the entry `pop3`\n"),
        ] {
            #expect(await world.run("provider", "show", name).text.contains("    POP3            \(words)"))
        }
        let object = try #require(try await world.run("provider", "show", "aruba", "--json").objects.first)
        let limits = try #require(object["limits"] as? [String: Any])
        #expect(limits["recipients"] as? Int == 500 && limits["messages_per_minute"] is NSNull)
        #expect((object["pop3"] as? [String: Any])?["endpoint"] as? String == "pop3s://pop3s.pec.aruba.it:995")
        #expect(object["values"] as? String == "built-in" && object["confidence"] as? String == "high")
        let unknown = await world.run("provider", "show", "arruba")
        #expect(unknown.status == 1 && unknown.errors.contains("there is no provider arruba"))
    }

    @Test func `show tells the values in force where the configuration changes a preset`() async throws {
        try configure("providers: {aruba: {pop3: \"pop3s://localhost:10995\", limits: {recipients: 50}}}")
        let text = await world.run("provider", "show", "aruba").text
        #expect(text.contains("pop3s://localhost:10995") && text.contains("50 recipients, 100 MB in all"))
        #expect(text.contains("smtps://smtps.pec.aruba.it:465"))
        #expect(text.contains("built-in, changed by the configuration"))
        #expect(await world.run("provider", "list").lines[1].hasSuffix("configured"))
    }

    @Test func `presets are shown before there is a configuration, and beside a wrong one with a remark`() async throws
    {
        try world.write("x.yaml", "hostname: [\n")
        let wrong = await world.run("provider", "show", "aruba")
        #expect(wrong.status == 0 && wrong.text.contains("values          built-in\n"))
        #expect(wrong.errors.contains("x.yaml is not read, so the built-in values are shown"))
        #expect(await world.run("provider", "list", "--config", "\(world.directory)/x.yaml").status == 78)
        try FileManager.default.removeItem(atPath: "\(world.directory)/x.yaml")
        let missing = await world.run("provider", "show", "aruba")
        #expect(missing.status == 0 && missing.errors.isEmpty)
        #expect(missing.output == wrong.output)
    }
}
