// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import TestLab
import Testing

extension EndToEnd {
    /// A company that changes over from Postfix, stunnel and fetchmail or getmail.
    @Suite struct ImportTests {
        enum Program: String, CaseIterable {
            case fetchmail
            case getmail
        }

        /// Message 0 came, as its provider says, long after the import: under an identifier that is known it is another one.
        private static func message(_ number: Int) -> KnownMessage {
            KnownMessage(
                run: "import",
                number: number,
                from: "mario@fuori.test",
                to: "pec1@pec.test",
                extraFields:
                    "Received: from fuori.test by pec.test; Mon, 2 Nov \(number == 0 ? 2099 : 2020) 10:00:00 +0100\r\n"
            )
        }

        @Test(.timeLimit(.minutes(3)), arguments: Program.allCases)
        func `After an import the gateway fetches what is new and nothing twice, and removes what it may`(
            _ program: Program
        ) async throws {
            let world = try ClassicWorld()
            do {
                try await world.exchange.start()
                try await world.provider.start()
                try await changeOver(world, program)
            } catch {
                await world.end()
                throw LabError("\(error)\n--- the gateway's last words:\n\(Files.tail(world.log, 40))")
            }
            await world.end()
            Files.remove(world.directory)
        }

        private func changeOver(_ world: ClassicWorld, _ program: Program) async throws {
            let box = try world.provider.dovecot.maildir("pec1@pec.test")
            for number in 0..<20 { try box.add(Self.message(number).octets, name: number) }
            try await world.classic.start()
            let fetched = try world.classic.fetch(
                "pec1@pec.test",
                pop3s: world.provider.dovecot.pop3s,
                authority: world.provider.authority,
                keeps: true
            )
            #expect(fetched.code == 0, "\(fetched.output)")
            #expect(await world.exchange.journal.waitForNumbers(20, within: .seconds(60)), "what fetchmail fetched")
            await world.classic.stop()
            #expect(box.count == 20, "fetchmail keeps")
            if program == .getmail { try world.writeGetmail() }

            let result = try world.runImport(program)
            #expect(result.code == 0 && !result.output.contains(CertifiedProvider.password), "\(result.output)")
            #expect(result.output.contains("not fetched again for pec1@pec.test: 20 messages"), "\(result.output)")
            #expect(!Files.text(world.configuration).contains(CertifiedProvider.password))
            #expect(try Command.run("stat", ["-c", "%U", "\(world.state)/queue.sqlite"]).contains("mail"))
            let check = try world.gatewayCommand(["check"])
            #expect(check.code == 0, "\(check.output)")

            for number in 20..<25 { try box.add(Self.message(number).octets, name: number) }
            // The gateway of this test is root's, and takes no state of somebody else's.
            try Command.run("chown", ["-R", "root:root", world.state])
            try await world.startGateway()
            #expect(await world.exchange.journal.waitForNumbers(25, within: .seconds(60)))
            let again = try world.gatewayCommand(["account", "fetch", "pec1@pec.test"])
            #expect(again.code == 0, "\(again.output)")
            #expect(box.count == 25, "keep: forever")
            #expect(world.exchange.journal.records.count == 25, "none twice")

            // The provider's copies may go now, those too that the old program delivered.
            let text = Files.text(world.configuration).replacing("keep: forever", with: "keep: 0d")
            try Files.write(text, to: world.configuration)
            let reload = try world.gatewayCommand(["reload"])
            #expect(reload.code == 0, "\(reload.output)")
            let last = try world.gatewayCommand(["account", "fetch", "pec1@pec.test"])
            #expect(last.code == 0, "\(last.output)")
            #expect(
                await world.exchange.journal.wait(within: .seconds(60)) { $0.count == 26 },
                "message 0 is delivered"
            )
            let isEmpty = try await box.waitUntilEmpty(within: .seconds(90))
            #expect(isEmpty, "\(box.count) are left")
            let records = world.exchange.journal.records
            #expect(
                records.compactMap(\.number).sorted() == [0] + Array(0..<25),
                "each once, and what proved nothing again"
            )
            #expect(
                records.filter { $0.traceNames.contains("X-Ceralacca-Account") }.compactMap(\.number).sorted() == [
                    0, 20, 21, 22, 23, 24,
                ]
            )
        }
    }
}

/// The classic stack between a provider and a stand-in for Exchange, and the gateway that takes its place.
private final class ClassicWorld: Sendable {
    let directory: String
    let exchange: RecordingSink
    let provider: CertifiedProvider
    let classic: ClassicStack
    let state: String
    private let gateway = Mutex<ChildProcess?>(nil)

    var configuration: String { "\(directory)/ceralacca.yaml" }
    var log: String { "\(directory)/gateway.log" }

    init() throws {
        directory = try Files.makeTemporaryDirectory("import")
        exchange = try RecordingSink(SinkBehaviour())
        provider = try CertifiedProvider(in: "\(directory)/provider", boxes: 1)
        classic = try ClassicStack(
            in: "\(directory)/classic",
            exchange: exchange.port,
            submission: provider.smtps,
            account: "pec1@pec.test",
            authority: provider.authority
        )
        // Of another user than the one who imports, as the gateway's is.
        state = "\(directory)/state"
        try Files.makeDirectory(state)
        try Command.run("chmod", ["700", state])
        try Files.give(state, to: "mail")
        try Files.write(String(repeating: "0f", count: 32), to: "\(directory)/vault.key", mode: 0o600)
    }

    /// What getmail would have written, had it fetched what fetchmail did.
    func writeGetmail() throws {
        let port = provider.dovecot.pop3s
        let lines = Files.text("\(classic.directory)/.fetchids").split(separator: "\n")
            .compactMap { $0.split(separator: " ").last.map { "\($0)\u{0}1764400000\n" } }
        let own = "\(directory)/getmail"
        try Files.makeDirectory(own)
        try Files.write(lines.joined(), to: "\(own)/oldmail-127.0.0.1-\(port)-pec1@pec.test")
        try Files.write(
            """
            [retriever]
            type = SimplePOP3SSLRetriever
            server = 127.0.0.1
            port = \(port)
            username = pec1@pec.test
            password = \(CertifiedProvider.password)
            ca_certs = \(provider.authority.root)
            [destination]
            type = MDA_external
            path = /usr/sbin/sendmail
            arguments = ("-i", "-bm", "mario@azienda.test")
            [options]
            read_all = false
            """,
            to: "\(own)/getmailrc",
            mode: 0o600
        )
    }

    func runImport(_ program: EndToEnd.ImportTests.Program) throws -> Command.Result {
        let retrieval =
            switch program {
            case .fetchmail: ["--fetchmailrc", "\(classic.directory)/fetchmailrc"]
            case .getmail: ["--getmailrc", "\(directory)/getmail/getmailrc"]
            }
        return try gatewayCommand(
            [
                "import", "--postfix", "\(classic.directory)/postfix/etc", "--stunnel",
                "\(classic.directory)/stunnel.conf", "--state", state, "--vault-key", "\(directory)/vault.key",
            ] + retrieval
        )
    }

    func gatewayCommand(_ arguments: [String]) throws -> Command.Result {
        try Command.outcome(Gateway.program, arguments + ["--config", configuration])
    }

    func startGateway() async throws {
        let started = try ChildProcess(Gateway.program, ["serve", "--config", configuration], log: log)
        gateway.withLock { $0 = started }
        guard try await Ports.waitForAnswer(classic.port, within: .seconds(30), unless: { started.ending != nil })
        else {
            throw LabError("the gateway does not answer: \(started.tail())")
        }
    }

    func end() async {
        if let running = gateway.withLock({ $0 }) {
            running.signal(SIGTERM)
            if await running.wait(within: .seconds(20)) == nil { running.signal(SIGKILL) }
        }
        await classic.stop()
        await provider.stop()
        do { try await exchange.stop() } catch { print("the sink did not stop: \(error)") }
    }
}
