// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestLab

/// Ceralacca and the classic stack beside each other, on the same servers and sinks.
struct Bench {
    static let account = "pec1@pec.test"

    let directory: String
    let provider: CertifiedProvider
    let exchange: CountingSink
    let submission: CountingSink
    let classic: ClassicStack

    /// Starts the provider, the sinks and the classic stack.
    init() async throws {
        directory = try Files.makeTemporaryDirectory("bench")
        provider = try CertifiedProvider(in: "\(directory)/provider", boxes: 9)
        try await provider.start()
        exchange = try await CountingSink(named: "exchange", in: directory, authority: nil)
        submission = try await CountingSink(named: "submission", in: directory, authority: provider.authority)
        classic = try ClassicStack(
            in: "\(directory)/classic",
            exchange: exchange.port,
            submission: submission.port,
            account: Self.account,
            authority: provider.authority
        )
        try await classic.start()
    }

    func end() async {
        await classic.stop()
        await provider.stop()
        exchange.stop()
        submission.stop()
        Files.remove(directory)
    }

    /// A gateway on this work; `fetched` is the box that it empties, nil for none, `more` the end of its configuration.
    func gateway(_ name: String, fetching fetched: String? = nil, more: String = "") throws -> Gateway {
        var file = try GatewayFile(in: "\(directory)/\(name)")
        file.exchange = ["smtp://127.0.0.1:\(exchange.port)"]
        file.relay = "smtp://127.0.0.1:\(exchange.port)"
        let authority = provider.authority
        let limits = "messages_per_minute: 1000000, connections: 20"
        file.providers = [
            (
                "sink",
                GatewayFile.provider(
                    submit: "smtps://localhost:\(submission.port)",
                    authority: authority,
                    limits: limits
                )
            ),
            (
                "pec",
                GatewayFile.provider(
                    submit: "smtps://localhost:\(provider.smtps)",
                    pop3: "pop3s://localhost:\(provider.dovecot.pop3s)",
                    authority: authority,
                    limits: limits
                )
            ),
        ]
        file.more = more
        file.accounts = [.init(Self.account, provider: "sink")]
        if let fetched { file.accounts.append(.init(fetched, fetch: "{protocol: pop3, every: 1s, keep: 0d}")) }
        return Gateway(file)
    }

    /// Messages a second from the first byte sent to `port` to the last message at `sink`.
    func throughput(
        _ whom: String,
        port: Int,
        to sink: CountingSink,
        from sender: String,
        recipient: String,
        count: Int,
        octets: Int = 10_240,
        sessions: Int = 20,
        message: String? = nil
    ) async throws -> Double {
        let before = sink.now.messages
        let begin = CountingSink.clock
        try Command.run(
            "smtp-source",
            [
                "-s", "\(sessions)", "-m", "\(count)", "-f", sender, "-t", recipient,
            ] + (message.map { ["-F", $0] } ?? ["-l", "\(octets)"]) + ["127.0.0.1:\(port)"]
        )
        let last = try await sink.wait(for: count, after: before, within: .seconds(300), whom)
        return Double(count) / (last - begin)
    }

    /// Fills `box` with `count` messages of about `octets` octets.
    func fill(_ box: String, count: Int, octets: Int = 10_240) throws {
        let maildir = try provider.dovecot.maildir(box)
        for number in 0..<count {
            let message = KnownMessage(run: "bench", number: number, from: Self.account, to: box, size: octets)
            try maildir.add(message.octets, name: number)
        }
    }
}
