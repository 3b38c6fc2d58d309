// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

/// A gateway with a stand-in for Exchange, one for the relay of the Internet, and, when asked for, a provider on real servers.
final class World: Sendable {
    let directory: String
    let exchange: RecordingSink
    let relay: RecordingSink
    let provider: CertifiedProvider?
    let gateway: Gateway

    private init(
        _ directory: String,
        _ exchange: RecordingSink,
        _ relay: RecordingSink,
        _ provider: CertifiedProvider?,
        _ gateway: Gateway
    ) {
        self.directory = directory
        self.exchange = exchange
        self.relay = relay
        self.provider = provider
        self.gateway = gateway
    }

    /// Makes a world, lets `prepare` change the configuration, starts all of it, runs `body`, and takes it down again; what the
    /// gateway logged is kept when something failed.
    static func with(
        boxes: Int = 0,
        withTokens: Bool = false,
        exchange: SinkBehaviour = SinkBehaviour(),
        relay: SinkBehaviour = SinkBehaviour(),
        _ prepare: (inout GatewayFile, CertifiedProvider?) throws -> Void = { _, _ in },
        _ body: (World) async throws -> Void
    ) async throws {
        let directory = try Files.makeTemporaryDirectory("world")
        let world = try make(directory, boxes: boxes, withTokens, exchange, relay, prepare)
        do {
            try await world.exchange.start()
            try await world.relay.start()
            try await world.provider?.start()
            try await world.gateway.start()
            try await body(world)
        } catch {
            await world.end()
            throw LabError("\(error)\n--- the gateway's last words (\(world.gateway.log)):\n\(world.gateway.tail())")
        }
        await world.end()
        Files.remove(directory)
    }

    private static func make(
        _ directory: String,
        boxes: Int,
        _ withTokens: Bool,
        _ exchange: SinkBehaviour,
        _ relay: SinkBehaviour,
        _ prepare: (inout GatewayFile, CertifiedProvider?) throws -> Void
    ) throws -> World {
        let exchangeSink = try RecordingSink(exchange)
        let relaySink = try RecordingSink(relay)
        let provider =
            boxes > 0 ? try CertifiedProvider(in: "\(directory)/provider", boxes: boxes, withTokens: withTokens) : nil
        var file = try GatewayFile(in: "\(directory)/gateway")
        file.exchange = ["smtp://127.0.0.1:\(exchangeSink.port)"]
        file.relay = "smtp://127.0.0.1:\(relaySink.port)"
        if let provider {
            file.providers = [
                (
                    "pec",
                    GatewayFile.provider(
                        submit: "smtps://localhost:\(provider.smtps)",
                        pop3: "pop3s://localhost:\(provider.dovecot.pop3s)",
                        authority: provider.authority
                    )
                )
            ]
        }
        try prepare(&file, provider)
        return World(directory, exchangeSink, relaySink, provider, Gateway(file))
    }

    private func end() async {
        await gateway.stop()
        await provider?.stop()
        do {
            try await exchange.stop()
            try await relay.stop()
        } catch { print("a sink did not stop: \(error)") }
    }

    /// The last words of the gateway, for a failed expectation.
    var lastWords: Comment { "the gateway's last words:\n\(gateway.tail())" }

    /// Checks that the numbers 0..<`count` arrived, each once and octet for octet, with only fields of `allowed` on top.
    func expectEach(
        _ count: Int,
        in records: [SinkRecord],
        allowed: Set<String>,
        _ make: (Int) -> KnownMessage,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let numbers = records.compactMap(\.number)
        let missing = Set(0..<count).subtracting(numbers)
        #expect(missing.isEmpty, "missing: \(missing.sorted().prefix(20))", sourceLocation: location)
        let repeated = Dictionary(grouping: numbers) { $0 }.filter { $0.value.count > 1 }.keys
        #expect(repeated.isEmpty, "more than once: \(repeated.sorted().prefix(20))", sourceLocation: location)
        #expect(numbers.count == records.count, "messages without X-Seq", sourceLocation: location)
        for record in records {
            guard let number = record.number else { continue }
            let message = make(number)
            let isOpen = message.endsOpen && !(record.isChunked && number % 2 == 1)
            let expected = isOpen ? KnownMessage.digest(message.octets + [13, 10]) : message.digest
            guard record.digest != expected || !Set(record.traceNames).isSubset(of: allowed) else { continue }
            Issue.record(
                "message \(number) was changed: \(record.octets) octets; on top: \(record.trace); header: \(record.header)",
                sourceLocation: location
            )
            return
        }
    }
}

/// The body of message `number`: every sort in turn; those with an open end fall on odd numbers, which go by BDAT.
func bodyInTurn(_ number: Int) -> KnownMessage.Body {
    KnownMessage.Body.allCases[number % KnownMessage.Body.allCases.count]
}
