// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import MailModel
import NIOCore
import NIOPosix
import SMTPServer
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SMTPListenerTests {
    @Test
    func `a message sent command by command arrives with its envelope and content`() async throws {
        let receiver = RecordingReceiver()
        try await withListener(receiver) { port, _ in
            try await TestClient.run(port: port) { client in
                #expect(try await client.reply() == "220 relay.azienda.it ESMTP Ceralacca")
                _ = try await client.say("EHLO exch1.azienda.lan")
                #expect(try await client.say("MAIL FROM:<mario@azienda.it> SIZE=20").hasPrefix("250 2.1.0 "))
                #expect(try await client.say("RCPT TO:<ente@pec.comune.it>").hasPrefix("250 2.1.5 "))
                #expect(try await client.say("DATA").hasPrefix("354 "))
                #expect(try await client.say("Subject: prova\r\n\r\n..ciao\r\n.") == "250 2.0.0 queued as 1")
                #expect(try await client.say("QUIT").hasPrefix("221 2.0.0 "))
                #expect(try await client.reply() == nil)
            }
        }
        let message = try #require(receiver.messages.first)
        #expect(message.content == "Subject: prova\r\n\r\n.ciao\r\n")
        #expect(message.appends == 1)
        #expect(message.envelope.reversePath == .mailbox(AddrSpec(localPart: "mario", domain: "azienda.it")))
        #expect(message.envelope.recipients.map(\.forwardPath.description) == ["ente@pec.comune.it"])
        #expect(message.session.peer == "127.0.0.1")
        #expect(message.session.clientName == "exch1.azienda.lan")
        #expect(message.session.isExtended && message.session.tlsVersion == nil)
        #expect(message.session.id.utf8.count == 8)
        #expect(message.facts == ContentFacts(octets: 25, hasBareLineEnds: false, isEightBit: false))
    }

    @Test
    func `an address that is taken, and implicit TLS without a certificate, are errors in words`() async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await withListener { port, _ in
            let settings = ListenerSettings(hostname: "relay.azienda.it", address: "127.0.0.1", port: port)
            let second = SMTPListener(
                settings: settings,
                receiver: RecordingReceiver(),
                group: MultiThreadedEventLoopGroup.singleton,
                logger: logger
            )
            let error = await #expect(throws: ListenerError.self) { _ = try await second.start() }
            #expect(
                error?.description
                    == "cannot listen on 127.0.0.1:\(port): Address already in use. Another program is on "
                    + "this port: `ss -ltnp` shows which."
            )
            #expect(error?.code == .bind)
        }
        for (address, words) in [("192.0.2.1", "Cannot assign requested address. The address is not on this host")] {
            let elsewhere = SMTPListener(
                settings: ListenerSettings(hostname: "relay.azienda.it", address: address, port: 0),
                receiver: RecordingReceiver(),
                group: MultiThreadedEventLoopGroup.singleton,
                logger: logger
            )
            let error = await #expect(throws: ListenerError.self) { _ = try await elsewhere.start() }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
        let denied = IOError(errnoCode: EACCES, reason: "bind(descriptor:ptr:bytes:)")
        #expect(ListenerError.reason(denied).hasPrefix("Permission denied. A port below 1024 needs"))
        var settings = ListenerSettings(hostname: "relay.azienda.it", address: "127.0.0.1", port: 0)
        settings.hasImplicitTLS = true
        let listener = SMTPListener(
            settings: settings,
            receiver: RecordingReceiver(),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        let error = await #expect(throws: ListenerError.self) { _ = try await listener.start() }
        #expect(error?.code == .settings)
    }

    @Test
    func `a client that is not allowed is told its address and where to allow it`() async throws {
        try await withListener {
            $0.allowed = [Network("10.0.0.0/8")].compactMap { $0 }
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                let greeting = try #require(try await client.reply())
                #expect(
                    greeting.hasPrefix("554 5.7.1 ") && greeting.contains("127.0.0.1") && greeting.contains("allow")
                )
                #expect(try await client.reply() == nil)
            }
        }
    }

    @Test
    func `an IPv4 client of an IPv6 socket is known by its IPv4 address`() async throws {
        let receiver = RecordingReceiver()
        try await withListener(receiver) {
            $0.address = "::"
            $0.allowed = [Network("127.0.0.1")].compactMap { $0 }
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                #expect(try await client.reply()?.hasPrefix("220 ") == true)
                try await client.send("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nDATA\r\n.\r\n")
                for _ in 0..<5 { _ = try await client.reply() }
            }
        }
        #expect(try #require(receiver.messages.first).session.peer == "127.0.0.1")
    }

    @Test
    func `one connection too many, of an address or in all, is told 421, and there is room again afterwards`()
        async throws
    {
        for perAddress in [true, false] {
            try await withListener {
                if perAddress { $0.limits.connectionsPerAddress = 1 } else { $0.limits.connections = 1 }
            } _: { port, listener in
                try await TestClient.run(port: port) { first in
                    _ = try await first.reply()
                    try await TestClient.run(port: port) { second in
                        let greeting = try await second.reply()
                        #expect(greeting?.hasPrefix("421 4.7.0 ") == true)
                        #expect(try await second.reply() == nil)
                    }
                    _ = try await first.say("QUIT")
                    #expect(try await first.reply() == nil)
                }
                try await TestClient.run(port: port) { third in
                    let greeting = try await third.reply()
                    #expect(greeting?.hasPrefix("220 ") == true)
                }
            }
        }
    }

    @Test
    func `a silent client is told 421 4 4 2`() async throws {
        try await withListener {
            $0.limits.idle = .milliseconds(100)
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                #expect(try await client.reply()?.hasPrefix("421 4.4.2 ") == true)
                #expect(try await client.reply() == nil)
            }
        }
    }

    @Test
    func `a client whose commands never end is silent, however many octets it sends`() async throws {
        try await withListener {
            $0.limits.idle = .milliseconds(200)
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                let dripping = Task {
                    while !Task.isCancelled {
                        try await client.channel.writeAndFlush(ByteBuffer(string: "x"))
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                #expect(try await client.reply()?.hasPrefix("421 4.4.2 ") == true)
                dripping.cancel()
            }
        }
    }

    @Test
    func `content that takes too long ends the session and abandons the message`() async throws {
        let receiver = RecordingReceiver()
        try await withListener(receiver) {
            $0.limits.content = .milliseconds(300)
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                let begun = String(repeating: "0123456789\r\n", count: 10_000)
                try await client.send("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nBDAT 900000 LAST\r\n" + begun)
                for _ in 0..<3 { _ = try await client.reply() }
                let reply = try await client.reply()
                #expect(reply?.hasPrefix("421 4.4.2 ") == true && reply?.contains("content") == true)
                await receiver.abandonGate.pass()
            }
        }
        #expect(receiver.messages.isEmpty)
    }

    @Test
    func `replies to pipelined commands come in order, the ones behind the message after its own`() async throws {
        let receiver = RecordingReceiver(finishGate: Gate(isOpen: false))
        try await withListener(receiver) { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                try await client.send(
                    "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nDATA\r\na\r\n.\r\nFOO\r\nMAIL FROM:<>\r\nQUIT\r\n"
                )
                for code in ["250", "250", "250", "354"] { #expect(try await client.reply()?.hasPrefix(code) == true) }
                await receiver.finishGate.somebodyWaits()
                receiver.finishGate.open()
                #expect(try await client.reply() == "250 2.0.0 queued as 1")
                for code in ["500", "250", "221"] { #expect(try await client.reply()?.hasPrefix(code) == true) }
                #expect(try await client.reply() == nil)
            }
        }
    }

    @Test
    func `a client that goes away while its message is finished does not stop it`() async throws {
        let receiver = RecordingReceiver(finishGate: Gate(isOpen: false))
        let lines = LogLines()
        try await withListener(receiver, logger: lines.logger) { port, listener in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                try await client.send("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nDATA\r\na\r\n.\r\n")
                await receiver.finishGate.somebodyWaits()
            }
            while listener.sessions > 0 { await Task.yield() }
            receiver.finishGate.open()
            while receiver.messages.isEmpty { await Task.yield() }
            while !lines.text.contains("client gone before the reply") { await Task.yield() }
        }
        #expect(receiver.messages.count == 1 && receiver.abandoned == 0)
    }

    @Test
    func `a receiver that cannot take more holds the client back`() async throws {
        let receiver = RecordingReceiver(appendGate: Gate(isOpen: false))
        receiver.state.withLock { $0.keepsContent = false }
        let (line, count) = (String(repeating: "x", count: 998) + "\r\n", 32_000)
        try await withListener(receiver) { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                try await client.send("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nDATA\r\n")
                for _ in 0..<4 { _ = try await client.reply() }
                let content = ByteBuffer(string: String(repeating: line, count: count) + ".\r\n")
                let written = client.channel.eventLoop.makePromise(of: Void.self)
                client.channel.writeAndFlush(content, promise: written)
                await receiver.appendGate.somebodyWaits()
                // Far more than all buffers on the way together: it cannot be written while nobody takes it.
                #expect(client.channel.isActive)
                #expect(receiver.state.withLock { $0.octets } == 0)
                receiver.appendGate.open()
                try await written.futureResult.get()
                #expect(try await client.reply()?.hasPrefix("250 ") == true)
            }
        }
        let message = try #require(receiver.messages.first)
        #expect(message.facts.octets == count * 1000 && receiver.state.withLock { $0.octets } == count * 1000)
        #expect(receiver.state.withLock { $0.largestAppend } < 400_000)
    }

    @Test
    func `new settings serve new connections and leave present ones alone`() async throws {
        try await withListener { port, listener in
            try await TestClient.run(port: port) { first in
                _ = try await first.reply()
                var settings = ListenerSettings(hostname: "neu.azienda.it", address: "127.0.0.1", port: 0)
                settings.allowed = [Network("10.0.0.0/8")].compactMap { $0 }
                listener.update(settings: settings)
                try await TestClient.run(port: port) { second in
                    let greeting = try await second.reply()
                    #expect(greeting?.hasPrefix("554 5.7.1 neu.azienda.it ") == true)
                }
                #expect(try await first.say("EHLO x").hasPrefix("250-relay.azienda.it"))
            }
        }
    }

    @Test
    func `a graceful stop refuses new connections, takes leave of idle ones and finishes the message in hand`()
        async throws
    {
        let receiver = RecordingReceiver(finishGate: Gate(isOpen: false))
        let settings = ListenerSettings(hostname: "relay.azienda.it", address: "127.0.0.1", port: 0)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let listener = SMTPListener(
            settings: settings,
            receiver: receiver,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        let port = try await listener.start()
        let group = ServiceGroup(services: [listener], logger: logger)
        let running = Task { try await group.run() }
        try await TestClient.run(port: port) { idle in
            _ = try await idle.reply()
            try await TestClient.run(port: port) { busy in
                _ = try await busy.reply()
                try await busy.send("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nDATA\r\na\r\n.\r\n")
                for _ in 0..<4 { _ = try await busy.reply() }
                await receiver.finishGate.somebodyWaits()
                await group.triggerGracefulShutdown()
                #expect(try await idle.reply()?.hasPrefix("421 4.3.2 ") == true)
                #expect(try await idle.reply() == nil)
                await #expect(throws: (any Error).self) { try await TestClient.run(port: port) { _ in } }
                receiver.finishGate.open()
                #expect(try await busy.reply() == "250 2.0.0 queued as 1")
                #expect(try await busy.reply()?.hasPrefix("421 4.3.2 ") == true)
                #expect(try await busy.reply() == nil)
            }
        }
        try await running.value
    }

    @Test
    func `one refusal is one line in the log, and says who and what`() async throws {
        let receiver = RecordingReceiver()
        receiver.state.withLock { state in
            state.refusedRecipients["nobody@azienda.it"] = SMTPReply(550, EnhancedStatus(5, 1, 1), "no such user")
        }
        let lines = LogLines()
        try await withListener(receiver, logger: lines.logger) { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO exch1")
                _ = try await client.say("MAIL FROM:<mario@azienda.it>")
                _ = try await client.say("RCPT TO:<nobody@azienda.it>")
            }
        }
        let refusals = lines.text.split(separator: "\n").filter { $0.hasPrefix("notice") }
        #expect(refusals.count == 1)
        for part in ["nobody@azienda.it", "mario@azienda.it", "550 5.1.1 no such user", "127.0.0.1", "exch1"] {
            #expect(refusals.first?.contains(part) == true)
        }
    }
}
