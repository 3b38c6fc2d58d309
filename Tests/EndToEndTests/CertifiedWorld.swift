// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MailModel
import NIOPosix
import Sandbox
import Synchronization
import TestLab
import Testing

/// The built gateway between a stand-in for Exchange and the simulated certified provider; the way to its submission can be cut.
final class CertifiedWorld: Sendable {
    static let account = "azienda@pec.gestore.example"
    static let recipient = "ente@pec.altrove.example"

    let world: World
    let provider: SimulatedProvider
    let valve: Valve

    private init(_ world: World, _ provider: SimulatedProvider, _ valve: Valve) {
        self.world = world
        self.provider = provider
        self.valve = valve
    }

    /// Starts all of it, runs `body`, and takes it down again. The account is fetched at the start, and when it is asked for.
    static func with(uncertainAfter: String = "30m", _ body: (CertifiedWorld) async throws -> Void) async throws {
        let authority = try Sandbox.CertificateAuthority(name: "End to End Root", now: SandboxClock().now())
        let valve = Valve()
        let provider = try await open(authority, valve)
        let proxy = CuttingProxy(to: provider.submissionPort, chance: 0, seed: 1)
        try await proxy.start()
        valve.join(proxy)
        async let _: Void = provider.run()  // cancelled when the scope is left
        try await World.with { file, _ in
            let trust = "\(file.directory)/authority.pem"
            try Files.write(try authority.trustPEM(), to: trust)
            let entries =
                "certified: true, submit: \"smtps://localhost:\(proxy.port)\", "
                + "pop3: \"pop3s://localhost:\(provider.pop3Port)\", trust: \(trust)"
            file.providers = [("pec", entries)]
            file.more = """
                tracking: {uncertain_after: \(uncertainAfter)}
                certified: {trust: \(trust), provider_domains: [pec.gestore.example]}

                """
            file.accounts = [.init(account, fetch: "{protocol: pop3, every: 3600s, keep: 0d}")]
        } _: { world in
            try await body(CertifiedWorld(world, provider, valve))
        }
        try await proxy.stop()
    }

    private static func open(
        _ authority: Sandbox.CertificateAuthority,
        _ valve: Valve
    ) async throws -> SimulatedProvider {
        var behaviour = SimulatedProvider.Behaviour()
        behaviour.certifiedDomains = ["pec.altrove.example"]
        behaviour.objection = { _ in valve.judge() }
        let address = try #require(AddrSpec(account))
        return try await SimulatedProvider.open(
            ProviderProfile(name: "Gestore Simulato S.p.A.", domain: "pec.gestore.example"),
            accounts: [ProviderAccount(address: address, password: Secret(TestLab.CertifiedProvider.password))],
            authority: authority,
            behaviour: behaviour,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "provider", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    /// How many messages the provider has certified.
    var certified: Int {
        provider.events.all.count { event in
            if case .accepted = event { true } else { false }
        }
    }

    /// Who got a notice that a message is uncertain.
    var told: [[String]] { Self.told(in: world.exchange.journal.taken) }

    static func told(in records: [SinkRecord]) -> [[String]] {
        records.filter {
            $0.trace.contains("Outcome uncertain") && $0.recipients != ["postmaster@azienda.test"]
        }
        .map(\.recipients)
    }

    /// Sends message `number` as Exchange does.
    func send(_ number: Int, _ fate: Valve.Fate) throws {
        valve.turn(to: fate)
        let conversation = try SMTPConversation(port: world.gateway.file.exchangePort)
        conversation.greet()
        let message = Self.message(number)
        let reply = conversation.send(message, from: "mario@azienda.test", to: [Self.recipient], isChunked: false)
        #expect(reply.code == 250, "\(reply); \(world.gateway.tail())")
    }

    private static func message(_ number: Int) -> KnownMessage {
        KnownMessage(run: "certified", number: number, from: account, to: recipient)
    }

    /// Puts a receipt of acceptance of message `number`, with a flaw, into the maildrop: the provider issued none.
    func forge(_ number: Int, _ flaw: NoticeFlaw) async throws {
        let (sender, recipient) = (try #require(AddrSpec(Self.account)), try #require(AddrSpec(Self.recipient)))
        let now = SandboxClock().now()
        let original = OriginalMessage(
            envelope: Envelope(reversePath: .mailbox(sender), recipients: [EnvelopeRecipient(recipient)]),
            sender: sender,
            octets: Self.message(number).octets,
            identifier: "forged.\(number)@pec.gestore.example",
            moment: now,
            isCertified: { _ in true }
        )
        let notice = CertifiedNotice(.acceptance, about: original, identifier: "r-\(flaw)@x.example", moment: now)
        await provider.deposit(try provider.forger.compose(notice, flaw), for: sender)
    }

    /// What `pec list` says of the newest message.
    func newest() throws -> Tracked? {
        let line = try world.gateway.command(["pec", "list", "--json"]).output.split(separator: "\n").first
        return try line.map { try JSONDecoder().decode(Tracked.self, from: Data($0.utf8)) }
    }

    /// Waits until the newest message has come to `state` for its one recipient.
    func await(_ state: String, within limit: Duration = .seconds(30)) async throws -> Tracked {
        let end = ContinuousClock.now + limit
        var last: Tracked?
        while ContinuousClock.now < end {
            last = try newest()
            if let last, last.states == [state] { return last }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw LabError("not \(state) within \(limit): \(last?.states ?? [])")
    }

    /// Has the maildrop looked into, and waits until that is done.
    func fetch() async throws {
        try await awaitFetch(after: nil)  // the one at the start
        let before = try standing()
        try run("account", "fetch", Self.account)
        try await awaitFetch(after: before)
    }

    /// Has a message sent again, once its receipt has had its time and the maildrop was looked into since.
    func resend(_ id: String) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            try await fetch()
            let result = try run("pec", "resend", id)
            if result.code == 0 { return }
            guard ContinuousClock.now < end else { throw LabError("not resent: \(result.output)") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func awaitFetch(after before: String?) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try standing() == before {
            guard ContinuousClock.now < end else { throw LabError("not fetched within 30 s") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// When the account was last fetched.
    private func standing() throws -> String? {
        struct Account: Decodable { var lastFetch: String? }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let line = try run("account", "list", "--json").output
        return try decoder.decode(Account.self, from: Data(line.utf8)).lastFetch
    }

    /// Runs a command of the program.
    @discardableResult
    func run(_ arguments: String...) throws -> (code: Int32, output: String) {
        let result = try world.gateway.command(arguments)
        return (result.code, result.output)
    }

    /// A message as `pec list --json` has it.
    struct Tracked: Decodable {
        struct Recipient: Decodable { var state: String }
        var id: String
        var recipients: [Recipient]
        var states: [String] { recipients.map(\.state) }
    }

    /// Decides what becomes of the next submission, between the end of its data and the reply.
    final class Valve: Sendable {
        /// What the provider does with a message that is handed over.
        enum Fate: Sendable {
            /// Takes it and replies.
            case taken
            /// Takes it; its reply is lost.
            case takenUnheard
            /// Does not take it, and what it says of it is lost too.
            case lost
        }

        private struct State {
            var fate = Fate.taken
            var proxy: CuttingProxy?
        }

        private let state = Mutex(State())

        func join(_ proxy: CuttingProxy) { state.withLock { $0.proxy = proxy } }

        func turn(to fate: Fate) {
            state.withLock { state in
                state.fate = fate
                state.proxy?.change(chance: 0)
            }
        }

        /// All of the message has passed the proxy: the next piece through it would be the reply.
        func judge() -> SMTPReply? {
            state.withLock { state in
                switch state.fate {
                case .taken: return nil
                case .takenUnheard:
                    state.proxy?.change(chance: 1)
                    return nil
                case .lost:
                    state.proxy?.change(chance: 1)
                    return SMTPReply(451, nil, "not taken")
                }
            }
        }
    }
}
