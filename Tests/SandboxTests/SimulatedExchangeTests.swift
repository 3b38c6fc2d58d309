// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import NIOCore
import NIOPosix
import Testing

@testable import Sandbox

struct SimulatedExchangeTests {
    private func withExchange(
        _ behaviour: SimulatedExchange.Behaviour = .init(),
        _ body: (SimulatedExchange) async throws -> Void
    ) async throws {
        let exchange = try await SimulatedExchange.open(
            domains: ["azienda.example"],
            behaviour: behaviour,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Fixtures.quiet
        )
        async let _: Void = exchange.run()  // cancelled when the scope is left
        try await body(exchange)
    }

    private func client(_ exchange: SimulatedExchange) async throws -> LineClient {
        let endpoint = Endpoint(scheme: .smtp, host: "127.0.0.1", port: exchange.port, tls: .none)
        return LineClient(
            try await MailConnector(group: MultiThreadedEventLoopGroup.singleton)
                .connect(to: endpoint, within: .seconds(10))
        )
    }

    private func mail(to recipients: [String]) -> ExchangeMail {
        ExchangeMail(
            from: Fixtures.address("azienda@pec.example.it"),
            to: recipients.map { Fixtures.address($0) },
            subject: "Perché?",
            text: "Così.\n.\n",
            messageID: "1@azienda.example",
            date: Fixtures.moment
        )
    }

    @Test
    func `it offers what Exchange offers and what the gateway must cope with`() async throws {
        try await withExchange { exchange in
            let client = try await client(exchange)
            #expect(try await client.line().hasPrefix("220 exch1.azienda.example"))
            try await client.send("EHLO gateway.example\r\n")
            var offered: Set<String> = []
            while true {
                let line = try await client.line()
                offered.insert(String(line.dropFirst(4)))
                if line.hasPrefix("250 ") { break }
            }
            for keyword in ["SIZE 37748736", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES", "8BITMIME", "CHUNKING"] {
                #expect(offered.contains(keyword), "\(offered)")
            }
            await client.close()
        }
    }

    @Test
    func `it takes mail for its domains octet for octet, and no other`() async throws {
        try await withExchange { exchange in
            let mail = mail(to: ["protocollo@AZIENDA.example", "x@altrove.example"])
            async let awaited = exchange.awaitMessage { $0.header.messageID == "1@azienda.example" }
            let replies = try await exchange.send(mail.octets, envelope: mail.envelope, toPort: exchange.port)
            #expect(replies.map(\.code) == [250, 550])
            #expect(replies[1].description.contains("non-accepted domain"))
            let message = try await awaited
            #expect(message.octets == mail.octets && message.size == mail.octets.count)
            #expect(message.subject == "Perché?" && message.kind == nil)
            #expect(message.envelope.recipients.map(\.forwardPath.localPart) == ["protocollo"])
        }
    }

    @Test
    func `it can count alone, refuse recipients and messages`() async throws {
        var behaviour = SimulatedExchange.Behaviour()
        behaviour.onlyCounts = true
        behaviour.judge = { $0.localPart == "pieno" ? SMTPReply(452, EnhancedStatus(4, 2, 2), "Mailbox full") : nil }
        behaviour.objection = { $0.envelope.recipients.count > 1 ? SMTPReply(451, nil, "Later") : nil }
        try await withExchange(behaviour) { exchange in
            func send(_ recipients: [String]) async throws -> [Int] {
                let mail = mail(to: recipients)
                return try await exchange.send(mail.octets, envelope: mail.envelope, toPort: exchange.port).map(\.code)
            }
            let full = try await send(["a@azienda.example", "pieno@azienda.example"])
            #expect(full == [250, 452])
            let two = try await send(["a@azienda.example", "b@azienda.example"])
            #expect(two == [451, 451])
            #expect(exchange.messages.count == 1)
            #expect(exchange.messages.all[0].octets.isEmpty && exchange.messages.all[0].size > 500)
        }
    }

    @Test
    func `a gateway that is not there is an error in words`() async throws {
        try await withExchange { exchange in
            let mail = mail(to: ["a@azienda.example"])
            let error = await #expect(throws: SandboxError.self) {
                _ = try await exchange.send(mail.octets, envelope: mail.envelope, toPort: 1)
            }
            let words = try #require(error).description
            #expect(words.contains("Exchange cannot send to the gateway") && words.contains("127.0.0.1:1"))
        }
    }
}
