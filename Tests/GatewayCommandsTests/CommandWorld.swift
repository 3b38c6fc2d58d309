// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import GatewayRuntime
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import Synchronization

@testable import GatewayCommands

/// A state directory with a configuration, and commands that run on it in this process.
final class CommandWorld: Sendable {
    let directory: String
    let store: any CommandEnvironment.Store
    /// The signals that commands sent.
    private let signals = Mutex<[Int32]>([])
    /// The process that commands take for the gateway's.
    private let gateway = Mutex<Int32?>(nil)
    /// What the gateway says to a signal, and what keeps this user out of its files.
    let answer = Mutex<ReloadOutcome.Ending?>(nil)
    let accessError = Mutex<Int32>(0)
    /// What this machine says to what the configuration needs of it.
    let host = Mutex<(@Sendable (HostQuestion) -> HostAnswer?)>({ _ in nil })
    /// What stands on standard input where a secret is read.
    let input = Mutex("")
    /// What happens while somebody types a secret.
    let meanwhile = Mutex<@Sendable () -> Void>({})
    static let start = Timestamp(milliseconds: 1_795_428_000_000)

    struct Outcome {
        var status: Int32
        var output: [UInt8]
        var errors: String
        var text: String { String(decoding: output, as: UTF8.self) }
        var lines: [String] { text.split(separator: "\n").map(String.init) }
        /// Every line of the output as JSON; fails when one is not.
        var objects: [[String: Any]] {
            get throws {
                try lines.map {
                    try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
                }
            }
        }
    }

    private final class Capture: Sendable {
        let output = Mutex<[UInt8]>([])
        let errors = Mutex<[String]>([])
    }

    struct StoppedClock: WallClock {
        var moment: Timestamp
        func now() -> Timestamp { moment }
    }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("ceralacca-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: "\(directory)/state", withIntermediateDirectories: true)
        store = try SQLiteQueue.open(directory: "\(directory)/state")
        try write("pec", "Tr0ppo-Segreto!\n")
        try write(
            "x.yaml",
            """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            state: \(directory)/state
            exchange: {servers: [smtp://exch1.azienda.lan], domains: [azienda.it]}
            listeners: [{role: exchange, address: "10.0.0.2:2525", allow: [10.0.0.10]}]
            internet: {relay: smtp://smarthost.isp.it}
            accounts:
              - {address: azienda@pec.it, provider: aruba, password: {file: pec}, deliver_to: [protocollo@azienda.it]}
              - {address: b@pec.it, provider: aruba, password: {file: pec}, deliver_to: [b@azienda.it], fetch: {protocol: none}}
            """
        )
    }

    /// Process and signal, for each signal that commands sent.
    var sent: [Int32] { signals.withLock { $0 } }

    func startGateway() { gateway.withLock { $0 = 4711 } }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func write(_ name: String, _ content: String) throws {
        let path = "\(directory)/\(name)"
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    /// Runs `ceralacca ARGUMENTS` with this world's configuration.
    func run(_ arguments: String..., now: Timestamp = CommandWorld.start + .seconds(60)) async -> Outcome {
        await run(arguments, now: now)
    }

    func run(_ arguments: [String], now: Timestamp = CommandWorld.start + .seconds(60)) async -> Outcome {
        let capture = Capture()
        let path = "\(directory)/x.yaml"
        var environment = CommandEnvironment()
        environment.write = { octets in capture.output.withLock { $0 += octets } }
        environment.warn = { line in capture.errors.withLock { $0.append(line) } }
        environment.variable = { ["CERALACCA_CONFIG": path, "USER": "maria"][$0] }
        environment.readSecret = { [self] _ in
            meanwhile.withLock { $0 }()
            return Array(input.withLock { $0 }.utf8)
        }
        environment.readSecretOnce = environment.readSecret
        environment.isTerminal = { false }
        environment.clock = StoppedClock(moment: now)
        environment.runningGateway = { [self] _ in gateway.withLock { $0 } }
        environment.signal = { [self] process, number in
            signals.withLock { $0 += [process, number] }
            let count = sent.count
            if let ending = answer.withLock({ $0 }) {
                let text = ReloadOutcome.text(ending, at: Self.start + .seconds(count))
                do { try write("state/reload.outcome", text) } catch { return false }
            }
            return true
        }
        let host = host.withLock { $0 }
        environment.lookAtHost = { question, _ in host(question) }
        environment.pollInterval = .milliseconds(5)
        environment.reloadPatience = .milliseconds(20)
        let denied = accessError.withLock { $0 }
        if denied != 0 { environment.access = { _ in denied } }
        let status = await CommandEnvironment.$current.withValue(environment) {
            await CommandLineProgram.run(arguments)
        }
        let errors = capture.errors.withLock { $0.joined(separator: "\n") }
        return Outcome(status: status, output: capture.output.withLock { $0 }, errors: errors)
    }

    /// Puts a message into the queue.
    @discardableResult
    func insert(
        _ recipients: [String] = ["cliente@altro.it"],
        route: Route = .internet,
        subject: String = "Prova",
        body: String = "Subject: Prova\r\n\r\nciao\r\n",
        after: Duration = .zero
    ) async throws -> QueueID {
        let arrival = Self.start + after
        let id = QueueID(arrival: arrival)
        let message = QueuedMessage(
            id: id,
            origin: .exchange,
            arrival: arrival,
            reversePath: .mailbox(AddrSpec(localPart: "mario", domain: "azienda.it")),
            size: body.utf8.count,
            headerFrom: "Mario <mario@azienda.it>",
            subject: subject,
            messageID: "1@azienda.it",
            routeReason: "from no account"
        )
        let queued = recipients.enumerated().map { number, text in
            QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(AddrSpec(text) ?? AddrSpec(localPart: "x", domain: "y")),
                route: route,
                nextAttempt: arrival
            )
        }
        try await store.insert(Arrival(message: message, recipients: queued, body: .octets(ByteBuffer(string: body))))
        return id
    }

    /// Delivers what is due on `route`, every recipient with this outcome.
    func settle(_ route: Route, _ outcome: RecipientOutcome, reply: String) async throws {
        let lease = Lease(owner: "test", until: Self.start + .seconds(600))
        for claim in try await store.claim(route, limit: 10, now: Self.start + .seconds(90), lease: lease) {
            let attempt = DeliveryAttempt(
                moment: Self.start + .seconds(31),
                duration: .milliseconds(120),
                server: "smarthost.isp.it:25",
                reply: reply
            )
            try await store.settle(
                Settlement(
                    id: claim.message.id,
                    lease: lease,
                    results: claim.recipients.map {
                        RecipientResult(number: $0.number, outcome: outcome, attempt: attempt)
                    }
                )
            )
        }
    }
}
