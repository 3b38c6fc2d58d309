// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

struct WarningTests {
    private func load(_ replace: String, _ with: String) throws -> LoadedConfiguration {
        #expect(WrongFile.right.contains(replace))
        let text = WrongFile.right.replacingOccurrences(of: replace, with: with)
        return try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false)
    }

    @Test(arguments: [
        ("hostname: relay.azienda.it", "hostname: relay", "hostname", "without a domain"),
        ("protocollo@azienda.it", "x@altro.it", "accounts[0].deliver_to", "in none of exchange.domains"),
        (
            "certified: true", "tls: require", "providers.comune.tls",
            "does not verify the server that gets the password"
        ),
        ("hostname: relay.azienda.it", "hostname: EXCH1.azienda.lan", "hostname", "the name of an Exchange server"),
        ("postmaster@azienda.it", "postmaster@altrove.it", "postmaster", "in none of exchange.domains"),
        (
            "relay: smtp://smarthost.isp.it", "relay: smtp://a\n  tls: none\n  login: x\n  password: {file: pec}",
            "internet.tls",
            "in clear over the network"
        ),
        ("provider: comune", "provider: legalmail", "accounts[0].provider", "M1234567"),
        ("provider: comune", "provider: microsoft365", "accounts[0].provider", "use oauth"),
        ("provider: comune", "provider: gmail", "accounts[0].provider", "app password"),
        ("allow: [10.0.0.10]", "allow: [10.0.0.0/7]", "listeners[0].allow", "a large part of the Internet"),
        ("queue:", "metrics: {address: \"127.0.0.1:9125\"}\nqueue:", "metrics", "has no effect"),
        (
            "relay: smtp://smarthost.isp.it", "relay: smtp://a\n  tls: require\n  trust: ca.pem", "internet.trust",
            "has no effect"
        ),
    ]) func `what is doubtful is a warning and no mistake`(
        _ replace: String,
        _ with: String,
        _ path: String,
        _ message: String
    ) throws {
        let loaded = try load(replace, with)
        #expect(loaded.warnings.map(\.path) == [path])
        #expect(loaded.warnings.first?.message.contains(message) == true)
    }

    private static let taken = "a provider of certified mail: ordinary mail of everybody would leave through it"

    @Test(arguments: [
        ("smtps://smtps.pec.aruba.it:465", "", "internet.relay", "of aruba, \(taken)"),
        ("smtp://SMTPS.pec.aruba.it:587", "x@altrove.it", "internet.relay", "of aruba, \(taken)"),
        ("smtps://smtp.pec.comune.it:465", "", "internet.relay", "of comune, \(taken)"),
        (
            "smtp://smarthost.isp.it:587", "Azienda@pec.comune.it", "internet.login",
            "of the certified account azienda@pec.comune.it"
        ),
        ("smtp://smarthost.isp.it:587", "M1234567", "internet.login", "of the certified account azienda@pec.comune.it"),
        ("smtp://smtp.gmail.com:587", "x@gmail.com", nil, ""),
        ("smtp://smarthost.isp.it:587", "azienda", nil, ""),
    ])
    func `a relay that is the way of certified mail is a warning`(
        _ relay: String,
        _ login: String,
        _ path: String?,
        _ message: String
    ) throws {
        let text = WrongFile.right.replacingOccurrences(
            of: "    provider: comune\n",
            with: "    provider: comune\n    login: \(login == "M1234567" ? login : "azienda@pec.comune.it")\n"
        )
        let given = login.isEmpty ? "" : "\n  login: \(login)\n  password: {vault: isp-password}"
        let loaded = try ConfigurationFile.read(
            text.replacingOccurrences(of: "smtp://smarthost.isp.it", with: relay + given),
            path: "x.yaml",
            checkingFiles: false
        )
        #expect(loaded.warnings.map(\.path) == (path.map { [$0] } ?? []))
        #expect(loaded.warnings.first.map { $0.message.contains(message) } ?? (path == nil), "\(loaded.warnings)")
    }

    @Test func `a tunnel of this machine is the way of certified mail by its port alone`() throws {
        let text = WrongFile.right.replacingOccurrences(
            of: "certified: true\n    submit: smtps://smtp.pec.comune.it",
            with: "certified: true\n    submit: smtps://127.0.0.1:10465"
        )
        for (port, paths) in [(10465, ["internet.relay"]), (2527, [])] {
            let other = text.replacingOccurrences(of: "smtp://smarthost.isp.it", with: "smtp://127.0.0.1:\(port)")
            let loaded = try ConfigurationFile.read(other, path: "x.yaml", checkingFiles: false)
            #expect(loaded.warnings.map(\.path) == paths)
        }
    }

    @Test func `what stays on this machine may be in clear`() throws {
        let text = "relay: smtp://127.0.0.1\n  tls: none\n  login: x\n  password: {file: pec}"
        let warnings = try load("relay: smtp://smarthost.isp.it", text).warnings
        #expect(warnings.count == 1 && warnings[0].message.contains("DANGEROUS") == false)
    }

    @Test func `blanks around a password are named, and a byte order mark is no part of anything`() throws {
        let mark = "\u{FEFF}"
        let directory = try TemporaryDirectory.withExampleFiles()
        let file = try directory.write("x.yaml", mark + WrongFile.right)
        #expect(try ConfigurationFile.load(file).warnings.isEmpty)
        let password = try directory.write("pec", mark + "segreto\r\n")
        #expect(try SecretReference.file(password).read(EmptyVault()).reveal() == "segreto")
        for text in ["segreto \n", " segreto"] {
            try directory.write("pec", text)
            let warning = try #require(ConfigurationFile.load(file).warnings.first)
            #expect(warning.path == "accounts[0].password.file" && warning.message.contains("ends with a blank"))
            #expect(!warning.message.contains("segreto"))
        }
        let list = try directory.write("list", mark + "ugo@azienda.it\n")
        #expect(try RecipientsConfiguration.read(list) == ["ugo@azienda.it"])
    }

    @Test func `a file in UTF-16 is named as such`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/x.yaml"
        try Data([0xFF, 0xFE, 0x68, 0]).write(to: URL(fileURLWithPath: path))
        let error = try #require(throws: ConfigurationError.self) { try ConfigurationFile.load(path) }
        #expect(error.mistakes.first?.message.contains("UTF-16") == true)
    }

    @Test func `keys that are expected are named once each`() throws {
        let error = try #require(throws: ConfigurationError.self) {
            _ = try load("hostname:", "colour: red\nhostname:")
        }
        let words = try #require(error.mistakes.first?.message.split(separator: ": ").last?.split(separator: ", "))
        #expect(words.contains("listeners") && Set(words).count == words.count, "\(words)")
    }

    @Test func `passwords may be in the vault, says what is missing`() throws {
        let error = try #require(throws: ConfigurationError.self) { _ = try load("    password: {file: pec}\n", "") }
        #expect(error.mistakes.first?.message.contains("{vault: NAME}") == true)
        let listener = "allow: [10.0.0.10]\n    tls: {certificate: a, key: b}\n    auth: [{login: x}]"
        let other = try #require(throws: ConfigurationError.self) { _ = try load("allow: [10.0.0.10]", listener) }
        #expect(other.mistakes.first?.message.contains("{vault: NAME}") == true)
    }

    @Test func `the machine is asked for state and listeners, and its answers stand at their places`() throws {
        let loaded = try ConfigurationFile.read(
            WrongFile.right,
            path: "x.yaml",
            checkingFiles: false,
            lookAtHost: { question, state in
                switch question {
                case .state(let path): HostAnswer("no \(path)", isObstacle: false)
                case .listener(let address, let port): HostAnswer("\(address) \(port) of \(state)", isObstacle: true)
                }
            }
        )
        #expect(loaded.warnings.map(\.description) == ["x.yaml:1:1: state: no /var/lib/ceralacca"])
        #expect(
            loaded.obstacles.map(\.description)
                == ["x.yaml:8:14: listeners[0].address: 10.0.0.2 2525 of /var/lib/ceralacca"]
        )
    }

    @Test func `without listeners there is one warning, and a wrong one is a mistake alone`() throws {
        let given = "listeners:\n  - role: exchange\n    address: \"10.0.0.2:2525\"\n    allow: [10.0.0.10]\n"
        #expect(try load(given, "").warnings.map(\.path) == ["listeners"])
        #expect(try load(given, "listeners: []\n").warnings.map(\.path) == ["listeners"])
        let error = try #require(throws: ConfigurationError.self) { _ = try load("10.0.0.2:2525", "10.0.0.2") }
        #expect(error.mistakes.map(\.path) == ["listeners[0].address"])
        #expect(error.warnings.isEmpty)
    }

    @Test func `without a relay mail goes by MX, to a port and with roots that may be named`() throws {
        let loaded = try load("internet:\n  relay: smtp://smarthost.isp.it\n", "")
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.configuration.internet == InternetConfiguration())
        let named = try load("  relay: smtp://smarthost.isp.it", "  port: 2525\n  trust: ca.pem").configuration.internet
        #expect(named.port == 2525 && named.trust?.hasSuffix("ca.pem") == true)
        let error = #expect(throws: ConfigurationError.self) {
            try load("  relay: smtp://smarthost.isp.it", "  relay: smtp://smarthost.isp.it\n  port: 25")
        }
        #expect(error?.mistakes.map(\.path) == ["internet.port"])
    }

    @Test func `an account of a provider without POP3 is not retrieved, and says so`() throws {
        let rest = "\n    password: {file: pec}\n    deliver_to: [protocollo@azienda.it]\n"
        for fetch in ["", "    fetch: {every: 60s}"] {
            let loaded = try load("provider: comune\(rest)    fetch: {every: 60s}", "provider: register\(rest)\(fetch)")
            #expect(loaded.configuration.accounts[0].fetch.retrieval == FetchConfiguration.RetrievalProtocol.none)
            #expect(loaded.warnings.map(\.path) == ["accounts[0].provider"])
        }
        let asked = try load(
            "provider: comune\(rest)    fetch: {every: 60s}",
            "provider: register\(rest)    fetch: {protocol: none}"
        )
        #expect(asked.warnings.isEmpty)
        #expect(try load("    fetch: {every: 60s}", "").configuration.accounts[0].fetch.retrieval == .pop3)
    }

    @Test func `an environment variable that is not set is a warning: the service may have it`() throws {
        let directory = try TemporaryDirectory.withExampleFiles()
        let text = WrongFile.right.replacingOccurrences(of: "{file: pec}", with: "{env: CERALACCA_NOT_SET}")
        let loaded = try ConfigurationFile.read(text, path: "\(directory.path)/x.yaml")
        #expect(loaded.warnings.map(\.path) == ["accounts[0].password.env"])
        #expect(loaded.configuration.accounts[0].password == .environment("CERALACCA_NOT_SET"))
    }

    @Test func `TLS is verified as soon as a password or a trust bundle is given`() throws {
        let relay = "relay: smtp://smarthost.isp.it"
        #expect(try load(relay, relay).configuration.internet.relay?.tls == .opportunistic)
        let login = "\(relay)\n  login: me\n  password: {file: pec}"
        #expect(try load(relay, login).configuration.internet.relay?.tls == .verify)
        #expect(try load(relay, "\(relay)\n  trust: ca.pem").configuration.internet.relay?.tls == .verify)
        #expect(try load(relay, "relay: smtps://a").configuration.internet.relay?.tls == .require)
        #expect(try load(relay, "\(relay)\n  tls: none").configuration.internet.relay?.tls == TLSPolicy.none)
    }
}

struct ProviderTests {
    @Test func `an entry with a built-in name changes that provider key by key`() throws {
        let text = WrongFile.right.replacingOccurrences(of: "comune", with: "aruba")
            .replacingOccurrences(of: "    submit: smtps://smtp.pec.aruba.it\n", with: "    limits: {connections: 5}\n")
        let provider = try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false).configuration.accounts[0]
            .provider
        #expect(provider.submit.description == "smtps://smtps.pec.aruba.it:465")
        #expect(provider.pop3?.description == "pop3s://pop.pec.aruba.it:995")
        let limits = provider.limits
        #expect(limits.recipients == 500 && limits.totalBytes == .megabytes(100) && limits.connections == 5)
    }

    @Test func `the IMAP endpoint of a built-in provider, which no account uses, contradicts nothing`() throws {
        let endpoints = "    submit: smtp://127.0.0.1:2525\n    pop3: pop3://127.0.0.1:1110\n    tls: none\n"
        let text = WrongFile.right.replacingOccurrences(of: "comune", with: "aruba")
            .replacingOccurrences(of: "    submit: smtps://smtp.pec.aruba.it\n", with: endpoints)
            .replacingOccurrences(of: "    pop3: pop3s://pop.pec.aruba.it\n", with: "")
        let provider = try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false).configuration.accounts[0]
            .provider
        #expect(provider.submit.tls == TLSPolicy.none && provider.pop3?.tls == TLSPolicy.none)
        #expect(provider.imap?.description == "imaps://imaps.pec.aruba.it:993")
    }
}
