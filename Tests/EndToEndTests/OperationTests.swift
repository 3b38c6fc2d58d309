// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestLab
import Testing

extension EndToEnd {
    /// Start, stop, reload, large messages and a full disk.
    @Suite struct OperationTests {
        @Test(.timeLimit(.minutes(3)))
        func `SIGTERM stops within 10 s while mail flows, and a start goes on where it was`() async throws {
            var slow = SinkBehaviour()
            slow.delay = .milliseconds(200)
            try await World.with(exchange: slow) { world in
                let port = world.gateway.file.internetPort
                let sender = Sender(port: port, from: "mario@fuori.test", to: ["ugo@azienda.test"])
                let make = { @Sendable (number: Int) in
                    KnownMessage(run: "stop", number: number, from: "mario@fuori.test", to: "ugo@azienda.test")
                }
                #expect(await sender.send(0..<300, make).filter { $0.reply.code == 250 }.count == 300)
                let (ending, after) = await world.gateway.stop()
                #expect(ending == .exited(0), world.lastWords)
                #expect(after < .seconds(10))
                let before = world.exchange.journal.taken.count
                #expect(before < 300, "something was left to do")
                world.exchange.change { $0.delay = .zero }
                try await world.gateway.start()
                #expect(await world.exchange.journal.waitForNumbers(300, within: .seconds(60)), world.lastWords)
                world.expectEach(300, in: world.exchange.journal.taken, allowed: ["Received", "Return-Path"], make)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `As root, serve refuses a state directory of somebody else's and makes nothing there`() throws {
            try #require(geteuid() == 0)
            let directory = try Files.makeTemporaryDirectory("foreign")
            var file = try GatewayFile(in: directory)
            file.exchange = ["smtp://127.0.0.1:1"]
            try file.write()
            try Command.run("chown", ["65534:65534", file.state])
            let refused = try Command.outcome(Gateway.program, ["serve", "--config", file.path])
            #expect(refused.code == 1, "\(refused.output)")
            #expect(refused.output.contains("\(file.state) belongs to"), "\(refused.output)")
            #expect(refused.output.contains("systemctl start ceralacca"), "\(refused.output)")
            #expect(try Command.run("ls", ["-A", file.state]).isEmpty)
            Files.remove(directory)
        }

        @Test(.timeLimit(.minutes(3)))
        func `SIGHUP applies a changed file without dropping a connection; a broken file changes nothing`() async throws
        {
            try await World.with { world in
                let conversation = try SMTPConversation(port: world.gateway.file.internetPort)
                conversation.greet(as: "mx.fuori.test")
                #expect(Self.accepts(conversation, "ada@nuova.test") == false)
                let path = world.gateway.file.path
                let text = world.gateway.file.text
                try Files.write(text + "nonsense: 1\n", to: path)
                world.gateway.signal(SIGHUP)
                let isRefused = try await world.gateway.waitForLine("nonsense", within: .seconds(10))
                #expect(isRefused, world.lastWords)
                #expect(Self.accepts(conversation, "ugo@azienda.test"))

                let changed = text.split(separator: "[azienda.test]", omittingEmptySubsequences: false)
                    .joined(separator: "[azienda.test, nuova.test]")
                try Files.write(changed, to: path)
                world.gateway.signal(SIGHUP)
                let deadline = ContinuousClock.now + .seconds(15)
                var isAccepted = false
                while !isAccepted, ContinuousClock.now < deadline {
                    let fresh = try SMTPConversation(port: world.gateway.file.internetPort)
                    fresh.greet(as: "mx.fuori.test")
                    isAccepted = Self.accepts(fresh, "ada@nuova.test")
                    if !isAccepted { try await Task.sleep(for: .milliseconds(200)) }
                }
                #expect(isAccepted, world.lastWords)
                #expect(conversation.command("NOOP").code == 250, "the old connection lives")
            }
        }

        @Test(.timeLimit(.minutes(8)))
        func `A message of 100 MB takes each way unchanged, in little memory`() async throws {
            try await World.with(boxes: 2) { file, _ in
                file.accounts = [
                    .init("pec1@pec.test"), .init("pec2@pec.test", fetch: "{protocol: pop3, every: 1s, keep: 0d}"),
                ]
            } _: { world in
                let inward = Self.large(0, from: "mario@fuori.test", to: "ugo@azienda.test")
                let outward = Self.large(1, from: "ugo@azienda.test", to: "ada@fuori.test")
                let certified = Self.large(2, from: "pec1@pec.test", to: "pec2@pec.test")
                let file = world.gateway.file
                let ways = [
                    (file.internetPort, inward, "mario@fuori.test", "ugo@azienda.test", false),
                    (file.exchangePort, outward, "ugo@azienda.test", "ada@fuori.test", true),
                    (file.exchangePort, certified, "pec1@pec.test", "pec2@pec.test", false),
                ]
                for (port, message, from, to, isChunked) in ways {
                    let conversation = try SMTPConversation(port: port, patience: 180)
                    conversation.greet()
                    let reply = conversation.send(message, from: from, to: [to], isChunked: isChunked)
                    #expect(reply.code == 250, "\(reply)")
                }
                // The certified one comes back by POP3 from the box that it was sent to, so Exchange sees two.
                let isThere = await world.exchange.journal.wait(within: .seconds(180)) {
                    Set($0.map(\.digest)).isSuperset(of: [inward.digest, certified.digest])
                }
                #expect(isThere, world.lastWords)
                let isOut = await world.relay.journal.wait(within: .seconds(120)) {
                    $0.map(\.digest) == [outward.digest]
                }
                #expect(isOut, world.lastWords)
                let peak = world.gateway.memory.peak
                #expect(peak < 250, "\(peak) MB at most in a debug build, with messages of 100 MB")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `A full disk refuses with 452, loses nothing and recovers by itself`() async throws {
            let disk = try Files.makeTemporaryDirectory("disk")
            try Command.run("mount", ["-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", disk])
            defer {
                do { try Command.run("umount", ["-l", disk]) } catch { print("\(disk) stays mounted: \(error)") }
                Files.remove(disk)
            }
            try await World.with { file, _ in
                file.state = disk
                file.more = "queue: {minimum_free: 8MB}\n"
            } _: { world in
                try await world.exchange.stop()
                let port = world.gateway.file.internetPort
                let sender = Sender(port: port, from: "mario@fuori.test", to: ["ugo@azienda.test"])
                let make = { @Sendable (number: Int) in
                    KnownMessage(
                        run: "disk",
                        number: number,
                        from: "mario@fuori.test",
                        to: "ugo@azienda.test",
                        size: number % 10 == 0 ? 3_000_000 : 100_000
                    )
                }
                let attempts = await sender.send(0..<400, make)
                let accepted = Set(attempts.filter { $0.reply.code == 250 }.map(\.number))
                let refused = attempts.filter { $0.reply.code != 250 }
                #expect(!accepted.isEmpty && !refused.isEmpty, world.lastWords)
                #expect(
                    refused.allSatisfy { $0.reply.code == 452 },
                    "\(refused.map(\.reply).filter { $0.code != 452 }.prefix(3))"
                )

                try await world.exchange.start()
                _ = try world.gateway.command(["queue", "retry"])
                #expect(
                    await world.exchange.journal.waitForNumbers(accepted.count, within: .seconds(90)),
                    world.lastWords
                )
                #expect(Set(world.exchange.journal.taken.compactMap(\.number)).isSuperset(of: accepted))
                var again = sender
                again.attempts = 200
                let rest = Set(0..<400).subtracting(accepted).sorted()
                let second = await again.send(rest, make)
                #expect(Set(second.filter { $0.reply.code == 250 }.map(\.number)) == Set(rest), world.lastWords)
                #expect(await world.exchange.journal.waitForNumbers(400, within: .seconds(60)), world.lastWords)
                world.expectEach(400, in: world.exchange.journal.taken, allowed: ["Received", "Return-Path"], make)
            }
        }

        private static func accepts(_ conversation: SMTPConversation, _ recipient: String) -> Bool {
            conversation.command("MAIL FROM:<mario@fuori.test>")
            let reply = conversation.command("RCPT TO:<\(recipient)>")
            conversation.command("RSET")
            return reply.code == 250
        }

        private static func large(_ number: Int, from: String, to: String) -> KnownMessage {
            KnownMessage(run: "large", number: number, from: from, to: to, size: 100_000_000, body: .longLines)
        }
    }
}
