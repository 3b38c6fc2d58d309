// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import Testing

struct ExampleTests {
    private func contract(_ directory: TemporaryDirectory) -> String {
        let at = directory.path
        return """
            hostname: relay.azienda.it              # EHLO, Received, generated Message-IDs
            postmaster: postmaster@azienda.it
            state: /var/lib/ceralacca
            exchange:
              servers: [smtp://exch1.azienda.lan:25, smtp://exch2.azienda.lan:25]
              domains: [azienda.it]
              tls: opportunistic
              trust: \(at)/ca.pem
            listeners:
              - {role: exchange, address: "10.0.0.2:2525", allow: [10.0.0.10, 10.0.0.11]}
              - {role: internet, address: "0.0.0.0:25", tls: {certificate: \(at)/relay.pem, key: \(at)/relay.key}}
            internet:
              relay: smtp://smarthost.isp.it:587
            providers:
              comune:
                certified: true
                submit: smtps://smtp.pec.comune.it:465
                pop3: pop3s://pop.pec.comune.it:995
                imap: imaps://imap.pec.comune.it:993
                trust: \(at)/ca.pem
                limits: {messages_per_minute: 6, recipients: 500, total_bytes: 100MB, connections: 1}
            accounts:
              - address: azienda@pec.comune.it
                provider: comune
                login: M1234567
                password: {file: \(at)/pec}
                deliver_to: [protocollo@azienda.it]
                fetch: {protocol: pop3, every: 60s, keep: 0d}
            scanners:
              clamav: unix:/run/clamav/clamd.ctl
              rspamd: http://127.0.0.1:11333
              spamassassin: tcp:127.0.0.1:783
              milters: [unix:/run/opendkim/opendkim.sock]
              when_down: defer
            dashboard: {address: "127.0.0.1:8025"}
            metrics: {address: "127.0.0.1:9125"}
            """
    }

    @Test func `the contract's example is understood to the last value`() throws {
        let directory = try TemporaryDirectory.withExampleFiles()
        let loaded = try ConfigurationFile.read(contract(directory), path: "\(directory.path)/ceralacca.yaml")
        let configuration = loaded.configuration
        #expect(configuration.hostname == "relay.azienda.it")
        #expect(configuration.postmaster == AddrSpec(localPart: "postmaster", domain: "azienda.it"))
        #expect(configuration.state == "/var/lib/ceralacca")
        #expect(configuration.scanners.clamAV == .unix("/run/clamav/clamd.ctl"))
        #expect(configuration.scanners.rspamd == .tcp(host: "127.0.0.1", port: 11333))
        #expect(configuration.scanners.spamAssassin?.service == .tcp(host: "127.0.0.1", port: 783))
        #expect(configuration.scanners.milters == [.unix("/run/opendkim/opendkim.sock")])
        #expect(
            configuration.exchange.servers
                == ["exch1", "exch2"].map {
                    Endpoint(
                        scheme: .smtp,
                        host: "\($0).azienda.lan",
                        port: 25,
                        tls: .opportunistic,
                        trust: "\(directory.path)/ca.pem"
                    )
                }
        )
        #expect(configuration.exchange.domains == ["azienda.it"])
        #expect(configuration.exchange.connections == 15)
        #expect(configuration.listeners.map(\.role) == [.exchange, .internet])
        #expect(configuration.listeners[0].allowed.map(\.description) == ["10.0.0.10/32", "10.0.0.11/32"])
        #expect(configuration.listeners[0].address == "10.0.0.2")
        #expect(configuration.listeners[0].port == 2525)
        #expect(configuration.listeners[1].tls?.certificate == "\(directory.path)/relay.pem")
        #expect(configuration.internet.relay?.description == "smtp://smarthost.isp.it:587")
        #expect(configuration.internet.relay?.tls == .opportunistic)
        let account = try #require(configuration.accounts.first)
        #expect(account.login == "M1234567")
        #expect(account.provider.isCertified)
        #expect(account.provider.submit.tls == .verify)
        #expect(account.provider.submit.trust == "\(directory.path)/ca.pem")
        #expect(account.provider.pop3?.description == "pop3s://pop.pec.comune.it:995")
        #expect(
            account.provider.limits
                == .init(messagesPerMinute: 6, recipients: 500, totalBytes: .megabytes(100), connections: 1)
        )
        #expect(account.fetch == FetchConfiguration(retrieval: .pop3))
        #expect(try account.password?.read(EmptyVault()).reveal() == TemporaryDirectory.secret)
        // The trust bundle is no use to an opportunistic endpoint; dashboard and metrics come later.
        #expect(loaded.warnings.map(\.path) == ["exchange.trust", "dashboard", "metrics"])
        #expect(loaded.warnings.map(\.line) == [8, 35, 36])
    }

    @Test func `the lab's shape is understood, limits far beyond a provider's too`() throws {
        let directory = try TemporaryDirectory.withExampleFiles()
        let at = directory.path
        let accounts = (1...20).map {
            "  - {address: pec\($0)@pec.test, provider: lab, password: {file: \(at)/pec}, "
                + "deliver_to: [mario\($0)@azienda.test], fetch: {protocol: none, every: 60s, keep: 0d}}"
        }
        let text = """
            hostname: relay.azienda.test
            postmaster: postmaster@azienda.test
            state: \(at)/state
            exchange: {servers: ["smtp://127.0.0.1:2526"], domains: [azienda.test], tls: none}
            listeners:
              - {role: exchange, address: "127.0.0.1:2125", allow: [127.0.0.1]}
              - {role: internet, address: "127.0.0.1:2126"}
            internet: {relay: "smtp://127.0.0.1:2527", tls: none}
            providers:
              lab:
                certified: true
                submit: smtps://localhost:10465
                pop3: pop3s://localhost:10995
                imap: imaps://localhost:10993
                trust: \(at)/ca.pem
                limits: {messages_per_minute: 1000000, connections: 20}
              sink:
                certified: true
                submit: smtps://localhost:10466
                trust: \(at)/ca.pem
                limits: {messages_per_minute: 1000000, connections: 20}
            accounts:
            \(accounts.joined(separator: "\n"))
              - {address: pec50@pec.test, provider: sink, password: {file: \(at)/pec}, deliver_to: [mario@azienda.test], fetch: {protocol: none}}
            """
        let loaded = try ConfigurationFile.read(text, path: "\(at)/ceralacca.yaml")
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.configuration.accounts.count == 21)
        #expect(loaded.configuration.accounts[20].provider.pop3 == nil)
        #expect(loaded.configuration.accounts[3].login == "pec4@pec.test")
        #expect(loaded.configuration.exchange.servers.first?.tls == TLSPolicy.none)
    }

    @Test func `a first real account needs a few lines and takes every default`() throws {
        let directory = try TemporaryDirectory.withExampleFiles()
        let text = """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            exchange: {servers: [smtp://exch1.azienda.lan], domains: [azienda.it]}
            listeners: [{role: exchange, address: "10.0.0.2:2525", allow: [10.0.0.0/24]}]
            internet: {relay: smtp://smarthost.isp.it}
            accounts:
              - {address: azienda@pec.it, provider: aruba, password: {file: pec}, deliver_to: [protocollo@azienda.it]}
            """
        let loaded = try ConfigurationFile.read(text, path: "\(directory.path)/ceralacca.yaml")
        #expect(loaded.warnings.isEmpty)
        let configuration = loaded.configuration
        #expect(configuration.state == "/var/lib/ceralacca")
        #expect(configuration.exchange.servers.first?.port == 25)
        #expect(configuration.queue == QueueConfiguration())
        #expect(configuration.accounts[0].login == "azienda@pec.it")
        #expect(configuration.accounts[0].provider.submit.description == "smtps://smtps.pec.aruba.it:465")
        #expect(configuration.accounts[0].fetch == FetchConfiguration(retrieval: .pop3))
        #expect(configuration.accounts[0].password == .file("\(directory.path)/pec"))
        #expect(configuration.accounts[0].provider.limits.totalBytes == .megabytes(100))
    }

    private func limits(_ providers: String, of name: String) throws -> ProviderConfiguration.Limits {
        let text = """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            exchange: {servers: [smtp://exch1.azienda.lan], domains: [azienda.it], merge_window: 90s}
            listeners: []
            providers: {\(providers)}
            """
        let configuration = try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false).configuration
        #expect(configuration.exchange.mergeWindow == .seconds(90))
        return try #require(configuration.providers[name]).limits
    }

    @Test func `the files that a provider refuses are those of its entry, or the built-in ones`() throws {
        #expect(ExchangeConfiguration(servers: [], domains: []).mergeWindow == .zero)
        for name in ["aruba", "poste"] {
            let refused = try limits("", of: name).refusedExtensions
            #expect(
                refused.count == 58 && Set(refused).count == 58 && refused.contains("exe") && refused.contains("js")
            )
        }
        #expect(try limits("", of: "legalmail").refusedExtensions.isEmpty)
        #expect(try limits("aruba: {limits: {recipients: 50}}", of: "aruba").refusedExtensions.count == 58)
        let emptied = try limits("aruba: {limits: {refused_extensions: []}}", of: "aruba")
        #expect(emptied.refusedExtensions.isEmpty && emptied.recipients == 500)
        let own = "comune: {certified: true, submit: smtps://a.it, limits: {refused_extensions: [EXE, 7z, \"1\"]}}"
        #expect(try limits(own, of: "comune").refusedExtensions == ["exe", "7z", "1"])
    }

    @Test(arguments: [
        ("rspamd: unix:/run/rspamd/worker.sock", ScannersConfiguration(rspamd: .unix("/run/rspamd/worker.sock"))),
        (
            "rspamd: \"http://[2001:db8::1]:11333/\"",
            ScannersConfiguration(rspamd: .tcp(host: "2001:db8::1", port: 11333))
        ),
        (
            "spamassassin: {service: unix:/run/spamd.sock, user: ceralacca}",
            ScannersConfiguration(spamAssassin: .init(service: .unix("/run/spamd.sock"), user: "ceralacca"))
        ),
        (
            "milters: [unix:/a, \"tcp:mail:8891\"]",
            ScannersConfiguration(milters: [.unix("/a"), .tcp(host: "mail", port: 8891)])
        ),
        ("milters: []", ScannersConfiguration()),
    ])
    func `scanners are read in all their forms`(_ text: String, _ expected: ScannersConfiguration) throws {
        let directory = try TemporaryDirectory.withExampleFiles()
        let file = contract(directory).replacing(
            /scanners:\n.*?defer/.dotMatchesNewlines(),
            with: "scanners: {\(text)}"
        )
        let loaded = try ConfigurationFile.read(file, path: "\(directory.path)/ceralacca.yaml")
        #expect(loaded.configuration.scanners == expected)
    }
}
