// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// Flow 2b beside flow 2: a provider forwards copies of what lies in the box as well, and nobody gets a message twice.
    @Suite struct ForwardingTests {
        private static let account = "pec1@pec.test"
        private static let secret = "4f9k2m7q1x8w3z6h"

        /// A world with a box that is fetched every second and a listener for its forwarded copies.
        private static func with(
            keep: String = "0d",
            options: String = "allow: [127.0.0.1]",
            _ body: (World, Int) async throws -> Void
        ) async throws {
            let port = Ports.take()
            try await World.with(boxes: 2) { file, _ in
                file.accounts = [.init(account, fetch: "{protocol: pop3, every: 1s, keep: \(keep)}")]
                try Files.write("\(secret)\n", to: "\(file.directory)/suffix", mode: 0o600)
                let options = options.replacing("SUFFIX", with: "recipient_suffix: {file: \(file.directory)/suffix}")
                file.listeners = ["role: provider, address: \"127.0.0.1:\(port)\", \(options)"]
            } _: { world in
                guard try await Ports.waitForAnswer(port, within: .seconds(30)) else {
                    throw LabError("no answer on the listener for copies")
                }
                try await body(world, port)
            }
        }

        /// Starts the gateway again; returns when its listener for copies answers too.
        private static func start(_ world: World, _ port: Int) async throws {
            try await world.gateway.start()
            guard try await Ports.waitForAnswer(port, within: .seconds(30)) else {
                throw LabError("no answer on the listener for copies")
            }
        }

        /// The message as a provider's server hands on a copy, with what it puts on top.
        private static func copy(_ message: [UInt8]) -> [UInt8] {
            let top =
                "Received: by mx.pec.test (forwarder) id 1; Mon, 23 Nov 2026 10:00:05 +0100\r\n"
                + "X-Forwarded-For: \(account)\r\n"
            return Array(top.utf8) + message
        }

        /// The message as it lies in the box, with what the delivery put on top.
        private static func lying(_ message: [UInt8]) -> [UInt8] {
            let top =
                "Return-Path: <mittente@pec.test>\r\nDelivered-To: \(account)\r\n"
                + "Received: by pop.pec.test (LMTP) id 2; Mon, 23 Nov 2026 10:00:01 +0100\r\n"
            return Array(top.utf8) + message
        }

        /// Forwards one copy; the reply to its recipient when that is refused, or the one to its end.
        private static func forward(
            _ octets: [UInt8],
            to recipient: String = account,
            port: Int,
            preface: [UInt8] = []
        ) throws -> SMTPConversation.Reply {
            let conversation = try SMTPConversation(port: port, preface: preface)
            conversation.greet(as: "mx.pec.test")
            var reply = conversation.command("MAIL FROM:<mittente@pec.test> BODY=8BITMIME")
            guard reply.isPositive else { return reply }
            reply = conversation.command("RCPT TO:<\(recipient)>")
            guard reply.isPositive else { return reply }
            reply = conversation.data(octets)
            conversation.command("QUIT")
            return reply
        }

        private static func numbers(_ world: World) -> [Int] {
            world.exchange.journal.taken.compactMap(\.number).sorted()
        }

        private static func expectUnchanged(_ world: World, _ make: (Int) -> KnownMessage) {
            for record in world.exchange.journal.taken {
                guard let number = record.number else { continue }
                #expect(record.digest == make(number).digest, "message \(number) was changed")
                #expect(record.recipients == ["mario@azienda.test"])
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `A copy that was forwarded first is delivered once, and the box keeps its own until it was delivered`()
            async throws
        {
            try await Self.with { world, port in
                world.exchange.change { $0.refuseContent = { _ in "451 4.3.0 later" } }
                let message = FlowTests.certified(1).octets
                #expect(try Self.forward(Self.copy(message), port: port).code == 250)
                let box = try #require(world.provider).dovecot.maildir(Self.account)
                try box.add(Self.lying(message), name: 1)
                let isTold = try await world.gateway.waitForLine(
                    "message retrieved that the provider has forwarded already",
                    within: .seconds(30)
                )
                #expect(isTold, world.lastWords)
                #expect(box.count == 1, "P1: it is not delivered yet")
                await world.gateway.kill()
                try await Self.start(world, port)
                world.exchange.change { $0.refuseContent = nil }
                _ = try world.gateway.command(["queue", "retry"])
                #expect(await world.exchange.journal.waitForNumbers(1, within: .seconds(30)), world.lastWords)
                let isEmpty = try await box.waitUntilEmpty(within: .seconds(30))
                #expect(isEmpty, world.lastWords)
                #expect(Self.numbers(world) == [1])
                Self.expectUnchanged(world, FlowTests.certified)
                let list = try world.gateway.command(["queue", "list", "--all", "--json"])
                #expect(list.output.split(separator: "\n").count == 1, "\(list.output)")
                let id = try #require(list.output.firstMatch(of: /"id":"([0-9A-Z]{16})"/)?.1)
                let shown = try world.gateway.command(["queue", "show", String(id)])
                #expect(shown.output.contains("the same message was retrieved from the maildrop of \(Self.account)"))
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func
            `A message that was retrieved first is delivered once, also when its copy comes after a kill -9 or a restart`()
            async throws
        {
            try await Self.with { world, port in
                world.exchange.change { $0.refuseContent = { _ in "451 4.3.0 later" } }
                let box = try #require(world.provider).dovecot.maildir(Self.account)
                for number in 0..<3 { try box.add(Self.lying(FlowTests.certified(number).octets), name: number) }
                let isRetrieved = try await Self.waitForRetrieved(3, world)
                #expect(isRetrieved, world.lastWords)
                let first = try Self.forward(Self.copy(FlowTests.certified(0).octets), port: port)
                #expect(first.code == 250 && first.description.contains("accepted already"), "\(first)")
                await world.gateway.kill()
                try await Self.start(world, port)
                #expect(try Self.forward(Self.copy(FlowTests.certified(1).octets), port: port).code == 250)
                world.exchange.change { $0.refuseContent = nil }
                _ = try world.gateway.command(["queue", "retry"])
                let isEmpty = try await box.waitUntilEmpty(within: .seconds(60))
                #expect(isEmpty, world.lastWords)
                await world.gateway.stop()
                try await Self.start(world, port)
                #expect(try Self.forward(Self.copy(FlowTests.certified(2).octets), port: port).code == 250)
                #expect(
                    try Self.forward(Self.copy(FlowTests.certified(2).octets), port: port).code == 250,
                    "sent again"
                )
                #expect(Self.numbers(world) == [0, 1, 2])
                Self.expectUnchanged(world, FlowTests.certified)
                #expect(world.gateway.lines(with: "forwarded copy not taken").count == 4, world.lastWords)
                let open = try world.gateway.command(["queue", "list", "--json"])
                #expect(open.output.isEmpty, "\(open.output)")
            }
        }

        @Test(.timeLimit(.minutes(4)))
        func `Copies that come both ways at once arrive once each, octet for octet, and the box is emptied`()
            async throws
        {
            let count = 200
            try await Self.with { world, port in
                let box = try #require(world.provider).dovecot.maildir(Self.account)
                async let replies = withTaskGroup(of: Int.self) { group in
                    for worker in 0..<4 {
                        group.addTask {
                            var taken = 0
                            for number in stride(from: worker, to: count, by: 4) {
                                let octets = Self.copy(FlowTests.certified(number).octets)
                                if let reply = try? Self.forward(octets, port: port), reply.code == 250 { taken += 1 }
                            }
                            return taken
                        }
                    }
                    return await group.reduce(0, +)
                }
                for number in 0..<count { try box.add(Self.lying(FlowTests.certified(number).octets), name: number) }
                #expect(await replies == count, world.lastWords)
                #expect(await world.exchange.journal.waitForNumbers(count, within: .seconds(90)), world.lastWords)
                let isEmpty = try await box.waitUntilEmpty(within: .seconds(60))
                #expect(isEmpty, world.lastWords)
                #expect(Self.numbers(world) == Array(0..<count))
                Self.expectUnchanged(world, FlowTests.certified)
                let doubles =
                    world.gateway.lines(with: "forwarded copy not taken").count
                    + world.gateway.lines(with: "has forwarded already").count
                #expect(doubles == count, "\(doubles) of \(count) were told to be copies")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `Different messages with one Message-ID are both delivered, and so are two equal ones of a box`()
            async throws
        {
            try await Self.with { world, port in
                let box = try #require(world.provider).dovecot.maildir(Self.account)
                func sameID(_ number: Int) -> [UInt8] {
                    let text = String(decoding: FlowTests.certified(number).octets, as: UTF8.self)
                    return Array(text.replacing("<pec.\(number)@", with: "<same@").utf8)
                }
                try box.add(Self.lying(sameID(10)), name: 10)
                #expect(try Self.forward(Self.copy(sameID(15)), port: port).code == 250)
                let twin = Self.lying(FlowTests.certified(20).octets)
                try box.add(twin, name: 20)
                try box.add(twin, name: 21)
                #expect(try Self.forward(Self.copy(FlowTests.certified(20).octets), port: port).code == 250)
                #expect(try Self.forward(Self.copy(FlowTests.certified(20).octets), port: port).code == 250)
                let isEmpty = try await box.waitUntilEmpty(within: .seconds(60))
                #expect(isEmpty, world.lastWords)
                let isThere = await world.exchange.journal.wait(within: .seconds(30)) { $0.count >= 4 }
                #expect(isThere, world.lastWords)
                #expect(Self.numbers(world) == [10, 15, 20, 20])
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `kill -9 between one way and the other, again and again, doubles and loses nothing`() async throws {
            try await Self.with { world, port in
                let box = try #require(world.provider).dovecot.maildir(Self.account)
                for number in 0..<8 {
                    let message = FlowTests.certified(number).octets
                    if number % 2 == 0 {
                        #expect(try Self.forward(Self.copy(message), port: port).code == 250)
                        await world.gateway.kill()
                        try box.add(Self.lying(message), name: number)
                        try await Self.start(world, port)
                    } else {
                        try box.add(Self.lying(message), name: number)
                        let isRetrieved = try await Self.waitForRetrieved(number / 2 + 1, world)
                        #expect(isRetrieved, world.lastWords)
                        await world.gateway.kill()
                        try await Self.start(world, port)
                        #expect(try Self.forward(Self.copy(message), port: port).code == 250)
                    }
                }
                _ = try world.gateway.command(["queue", "retry"])
                #expect(await world.exchange.journal.waitForNumbers(8, within: .seconds(60)), world.lastWords)
                let isEmpty = try await box.waitUntilEmpty(within: .seconds(60))
                #expect(isEmpty, world.lastWords)
                let lost = world.gateway.lines(with: "reply to end of data lost").count
                let doubles = world.exchange.journal.taken.count - 8
                // A kill between Exchange's 250 and our commit is the window that SMTP itself has.
                #expect(Set(Self.numbers(world)) == Set(0..<8))
                #expect(doubles <= lost + Self.repeatedQueueIDs(world), "\(Self.numbers(world))")
                Self.expectUnchanged(world, FlowTests.certified)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `The secret suffix opens the listener to strangers, is nowhere seen, and guessing it ends in a block`()
            async throws
        {
            let options = "SUFFIX, proxies: [127.0.0.1]"
            try await Self.with(options: options) { world, port in
                let stranger = SMTPConversation.proxyHeader([203, 0, 113, 9])
                let right = "pec1+\(Self.secret)@relay.azienda.test"
                let message = FlowTests.certified(1).octets
                #expect(try Self.forward(Self.copy(message), to: right, port: port, preface: stranger).code == 250)
                #expect(await world.exchange.journal.waitForNumbers(1, within: .seconds(30)), world.lastWords)
                let plain = try Self.forward(Self.copy(message), port: port, preface: stranger)
                #expect(plain.code == 550, "\(plain)")
                let guesser = SMTPConversation.proxyHeader([198, 51, 100, 7])
                let conversation = try SMTPConversation(port: port, preface: guesser)
                conversation.greet()
                conversation.command("MAIL FROM:<>")
                var replies: [Int] = []
                for guess in 0..<150 where replies.last != 0 && replies.last != 421 {
                    replies.append(
                        conversation.command("RCPT TO:<pec1+4f9k2m7q1x8w3\(1000 + guess)@relay.azienda.test>").code
                    )
                }
                #expect(replies.prefix(20).allSatisfy { $0 == 550 } && replies.count < 150, "\(replies)")
                let isBlocked = try await world.gateway.waitForLine("client blocked", within: .seconds(10))
                #expect(isBlocked, world.lastWords)
                let record = try #require(world.exchange.journal.taken.first)
                #expect(record.traceField("X-Ceralacca-Account") == Self.account)
                for text in [Files.text(world.gateway.log), record.trace, record.header, record.parameters] {
                    #expect(!text.contains(Self.secret) && !text.contains("4f9k2m7q1x8w3"), "P7")
                }
                let search = try Command.outcome("grep", ["-rlaF", "-e", Self.secret, world.gateway.file.state])
                #expect(search.code == 1, "found in \(search.output)")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `A copy that comes back, or that the account sent, is refused as a loop, and an alert begins`()
            async throws
        {
            try await Self.with { world, port in
                #expect(try Self.forward(Self.copy(FlowTests.certified(1).octets), port: port).code == 250)
                #expect(await world.exchange.journal.waitForNumbers(1, within: .seconds(30)), world.lastWords)
                let record = try #require(world.exchange.journal.taken.first)
                let delivered = Array(record.trace.utf8) + FlowTests.certified(1).octets
                let sender = Sender(port: world.gateway.file.exchangePort, from: Self.account, to: ["pec2@pec.test"])
                let attempts = await sender.send([2], FlowTests.certified)
                #expect(attempts.map(\.reply.code) == [250], world.lastWords)
                let other = try #require(world.provider).dovecot.maildir("pec2@pec.test")
                let hasArrived = try await other.wait(for: 1, within: .seconds(30))
                #expect(hasArrived, world.lastWords)
                let sent = Files.read(try #require(other.files.first))
                for octets in [delivered, sent, delivered] {
                    let reply = try Self.forward(octets, port: port)
                    #expect(reply.description.hasPrefix("554 5.4.6 Mail loop"), "\(reply)")
                }
                let isTold = try await world.gateway.waitForLine("account:\(Self.account):loop", within: .seconds(10))
                #expect(isTold, world.lastWords)
                let status = try world.gateway.command(["status"])
                #expect(status.code == 1 && status.output.contains("go in circles"), "\(status.output)")
            }
        }

        /// Messages that one queue entry brought to Exchange more than once.
        private static func repeatedQueueIDs(_ world: World) -> Int {
            let ids = world.exchange.journal.taken.compactMap(CrashLedger.queueID)
            return ids.count - Set(ids).count
        }

        /// Waits until `count` messages were retrieved that nobody had forwarded before.
        private static func waitForRetrieved(_ count: Int, _ world: World) async throws -> Bool {
            let end = ContinuousClock.now + .seconds(30)
            while ContinuousClock.now < end {
                let lines = world.gateway.lines(with: "message retrieved")
                if lines.count(where: { !$0.contains("forwarded already") }) >= count { return true }
                try await Task.sleep(for: .milliseconds(50))
            }
            return false
        }
    }
}
