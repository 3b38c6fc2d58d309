// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab

extension Bench {
    /// Resident memory with 500 accounts whose sessions of IMAP, in TLS, wait for news.
    func idle() async throws -> [Measurement] {
        let server = try PretendIMAPServer(authority: provider.authority)
        try await server.start()
        var file = try GatewayFile(in: "\(directory)/idle")
        file.exchange = ["smtp://127.0.0.1:\(exchange.port)"]
        let entries = GatewayFile.provider(
            submit: "smtps://localhost:\(provider.smtps)",
            imap: "imaps://localhost:\(server.port)",
            authority: provider.authority
        )
        file.providers = [("pec", entries)]
        file.accounts = (1...500).map {
            .init("pec\($0)@pec.test", fetch: "{protocol: imap, every: 1h, keep: forever}")
        }
        let gateway = Gateway(file)
        try await gateway.start()
        guard try await server.wait(within: .seconds(120), until: { $0.idling == 500 }) else {
            throw LabError("\(server.idling) of 500 sessions wait\n\(gateway.tail())")
        }
        let measured = Measurement(
            name: "memory, 500 accounts wait",
            value: gateway.memory.now,
            ceiling: 150,
            unit: "MB"
        )
        await gateway.stop()
        await server.stop()
        return [measured]
    }
}
