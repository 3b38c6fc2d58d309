// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// Each flow of the contract with 1,000 messages: every one once, octet for octet (P1, P3).
    @Suite struct FlowTests {
        static let count = 1000

        /// What a retrieved message may carry on top of its own octets.
        static let retrieved: Set = [
            "Received", "Return-Path", "X-Ceralacca-Account", "X-Ceralacca-PEC", "X-Auto-Response-Suppress",
        ]

        @Test(.timeLimit(.minutes(5)))
        func `Flow 1: mail of the Internet reaches Exchange`() async throws {
            try await World.with { world in
                let make = { @Sendable (number: Int) in
                    KnownMessage(
                        run: "flow1",
                        number: number,
                        from: "mario@fuori.test",
                        to: "ugo@azienda.test",
                        body: bodyInTurn(number)
                    )
                }
                let port = world.gateway.file.internetPort
                let sender = Sender(port: port, from: "mario@fuori.test", to: ["ugo@azienda.test"])
                let attempts = await sender.send(0..<Self.count, make)
                #expect(attempts.filter { $0.reply.code == 250 }.count == Self.count, world.lastWords)
                #expect(await world.exchange.journal.waitForNumbers(Self.count, within: .seconds(120)), world.lastWords)
                let records = world.exchange.journal.records
                world.expectEach(Self.count, in: records, allowed: ["Received", "Return-Path"], make)
                #expect(records.allSatisfy { $0.sender == "mario@fuori.test" && $0.recipients == ["ugo@azienda.test"] })
                #expect(world.exchange.journal.sessions < 100, "connections are reused")
                #expect(world.relay.journal.records.isEmpty)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `Flow 2: a certified box reaches Exchange and is emptied only then`() async throws {
            try await World.with(boxes: 1) { file, _ in
                file.accounts = [.init("pec1@pec.test", fetch: "{protocol: pop3, every: 1s, keep: 0d}")]
            } _: { world in
                let make = Self.certified
                let box = try #require(world.provider).dovecot.maildir("pec1@pec.test")
                for number in 0..<Self.count { try box.add(make(number).octets, name: number) }
                #expect(await world.exchange.journal.waitForNumbers(Self.count, within: .seconds(120)), world.lastWords)
                let isEmpty = try await box.waitUntilEmpty(within: .seconds(60))
                #expect(isEmpty, world.lastWords)
                let records = world.exchange.journal.records
                let trace = Self.retrieved
                world.expectEach(Self.count, in: records, allowed: trace, make)
                #expect(records.allSatisfy { $0.recipients == ["mario@azienda.test"] })
                #expect(records.allSatisfy { $0.traceField("X-Ceralacca-Account") == "pec1@pec.test" })
                #expect(records.allSatisfy { $0.traceField("X-Auto-Response-Suppress") == "All" })
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `Flow 2 with STLS and keep forever: each message once, also after a restart, and the box stays`()
            async throws
        {
            try await World.with(boxes: 1) { file, provider in
                guard let provider else { return }
                let entries = GatewayFile.provider(
                    submit: "smtps://localhost:\(provider.smtps)",
                    pop3: "pop3://localhost:\(provider.dovecot.pop3)",
                    authority: provider.authority
                )
                file.providers = [("pec", entries)]
                file.accounts = [.init("pec1@pec.test", fetch: "{protocol: pop3, every: 1s, keep: forever}")]
            } _: { world in
                let dovecot = try #require(world.provider).dovecot
                let box = try dovecot.maildir("pec1@pec.test")
                for number in 0..<50 { try box.add(Self.certified(number).octets, name: number) }
                #expect(await world.exchange.journal.waitForNumbers(50, within: .seconds(60)), world.lastWords)
                await world.gateway.stop()
                for number in 50..<60 { try box.add(Self.certified(number).octets, name: number) }
                try await world.gateway.start()
                #expect(await world.exchange.journal.waitForNumbers(60, within: .seconds(60)), world.lastWords)
                let logins = dovecot.pop3Logins("pec1@pec.test")
                let deadline = ContinuousClock.now + .seconds(20)
                while dovecot.pop3Logins("pec1@pec.test") < logins + 2, ContinuousClock.now < deadline {
                    try await Task.sleep(for: .milliseconds(100))
                }
                let trace = Self.retrieved
                world.expectEach(60, in: world.exchange.journal.records, allowed: trace, Self.certified)
                #expect(box.count == 60)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `Flow 3: mail From an account leaves through its provider, many messages a login`() async throws {
            try await World.with(boxes: 2) { file, _ in
                file.accounts = [.init("pec1@pec.test")]
            } _: { world in
                let provider = try #require(world.provider)
                let port = world.gateway.file.exchangePort
                let sender = Sender(port: port, from: "pec1@pec.test", to: ["pec2@pec.test"])
                let attempts = await sender.send(0..<Self.count, Self.certified)
                #expect(attempts.filter { $0.reply.code == 250 }.count == Self.count, world.lastWords)
                let box = try provider.dovecot.maildir("pec2@pec.test")
                let hasArrived = try await box.wait(for: Self.count, within: .seconds(120))
                #expect(hasArrived, world.lastWords)
                await world.gateway.stop()
                let trace: Set = ["Return-Path", "Delivered-To", "Received"]
                world.expectEach(Self.count, in: box.records, allowed: trace, Self.certified)
                #expect(box.records.allSatisfy { $0.traceField("Return-Path") == "<pec1@pec.test>" })
                #expect(world.relay.journal.records.isEmpty && world.exchange.journal.records.isEmpty)
                let logins = provider.submissionSessions
                #expect(logins <= Self.count / 10, "\(logins) sessions for \(Self.count) messages")
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `Flow 3: mail that is not From an account leaves through the relay`() async throws {
            try await World.with(boxes: 1) { file, _ in
                file.accounts = [.init("pec1@pec.test")]
            } _: { world in
                let make = { @Sendable (number: Int) in
                    KnownMessage(
                        run: "flow3b",
                        number: number,
                        from: "ugo@azienda.test",
                        to: "ada@fuori.test",
                        body: bodyInTurn(number)
                    )
                }
                let port = world.gateway.file.exchangePort
                let sender = Sender(port: port, from: "ugo@azienda.test", to: ["ada@fuori.test"])
                let attempts = await sender.send(0..<Self.count, make)
                #expect(attempts.filter { $0.reply.code == 250 }.count == Self.count, world.lastWords)
                #expect(await world.relay.journal.waitForNumbers(Self.count, within: .seconds(120)), world.lastWords)
                world.expectEach(Self.count, in: world.relay.journal.records, allowed: ["Received"], make)
                #expect(world.relay.journal.records.allSatisfy { $0.sender == "ugo@azienda.test" })
                let provider = try #require(world.provider)
                #expect(provider.submissionSessions <= 2, "nobody logs in for ordinary mail")
            }
        }

        /// A message from the first box to the second, with bodies that a mailbox of lines can hold unchanged.
        static let certified: @Sendable (Int) -> KnownMessage = { number in
            let bodies: [KnownMessage.Body] = [.plain, .dots, .eightBit, .longLines, .blanks]
            return KnownMessage(
                run: "pec",
                number: number,
                from: "pec1@pec.test",
                to: "pec2@pec.test",
                body: bodies[number % bodies.count]
            )
        }
    }
}
