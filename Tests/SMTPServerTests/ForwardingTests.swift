// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import Routing
import SenderScreening
import Synchronization
import Testing

@testable import SMTPServer

/// Copies that a provider forwards to a listener.
@Suite struct ForwardingTests {
    /// Remembers which alerts are open.
    private final class OpenAlerts: AlertReporting {
        private let open = Mutex<Set<String>>([])
        var keys: Set<String> { open.withLock { $0 } }
        func raise(key: String, summary: String, affects: String, remedy: String) async {
            open.withLock { _ = $0.insert(key) }
        }
        func clear(key: String) async { open.withLock { _ = $0.remove(key) } }
    }

    private static let secret = "4f9k2m7q1x8w3z6h"
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let clock = HandClock()
    private let alerts = OpenAlerts()

    private func store() throws -> SQLiteQueue {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try SQLiteQueue.open(directory: directory.path, minimumFree: 0)
    }

    private func address(_ text: String) throws -> AddrSpec { try #require(AddrSpec(text)) }

    private func receiver(
        _ store: any QueueStore,
        _ suffix: ForwardingRules.Suffix?,
        role: ListenerRole = .provider,
        allowed: String = "192.0.2.0/24",
        loops: LoopWatch? = nil
    ) throws -> QueueReceiver {
        let accounts = try ["azienda@pec.example.it", "vendite@gmail.example"].map { address in
            RoutedAccount(
                address: try self.address(address),
                isCertified: address.hasPrefix("azienda"),
                deliverTo: [try self.address("protocollo@azienda.it")],
                isRetrieved: true
            )
        }
        var policy = ReceptionPolicy(
            role: role,
            hostname: "relay.azienda.it",
            postmaster: try address("postmaster@azienda.it"),
            table: RoutingTable(accounts: accounts, exchangeDomains: ["azienda.it"])
        )
        policy.forwarding = suffix.map { ForwardingRules(suffix: $0, allowed: networks(allowed)) }
        return QueueReceiver(
            policy: policy,
            store: store,
            loops: loops,
            clock: clock,
            wake: { _ in },
            logger: noLog
        )
    }

    private func session(_ peer: String) -> SessionFacts {
        SessionFacts(id: "S1", peer: peer, clientName: "mx.example.it", isExtended: true)
    }

    private func judge(_ recipient: String, _ receiver: QueueReceiver, from peer: String) throws -> Int {
        receiver.judgeRecipient(EnvelopeRecipient(try address(recipient)), session: session(peer))?.code ?? 250
    }

    private func take(
        _ content: String,
        for recipients: [EnvelopeRecipient],
        _ receiver: QueueReceiver,
        from sender: ReversePath = .null,
        pieces: Int = 1
    ) async -> SMTPReply {
        let envelope = Envelope(reversePath: sender, recipients: recipients)
        let intake = await receiver.begin(envelope, session: session("203.0.113.9"))
        var octets = ByteBuffer(string: content)
        let size = octets.readableBytes
        while let piece = octets.readSlice(length: min(size / pieces + 1, octets.readableBytes)),
            piece.readableBytes > 0
        {
            await intake.append(piece)
        }
        return await intake.finish(ContentFacts(octets: size, hasBareLineEnds: false, isEightBit: false))
    }

    private var suffix: ForwardingRules.Suffix {
        get throws { .known(try #require(RecipientSuffix(Secret(Self.secret)))) }
    }

    @Test func `strangers need the secret, listed networks do not, and without it nobody learns what is there`()
        async throws
    {
        let store = try store()
        let receiver = try receiver(store, suffix)
        let right = "azienda+\(Self.secret)@relay.azienda.it"
        #expect(try judge(right, receiver, from: "203.0.113.9") == 250)
        #expect(try judge(right.uppercased(), receiver, from: "2001:db8::1") == 250)
        #expect(try judge(right, receiver, from: "192.0.2.7") == 250)
        #expect(try judge("azienda@pec.example.it", receiver, from: "192.0.2.7") == 250)
        #expect(try judge("azienda@pec.example.it", receiver, from: "203.0.113.9") == 550)
        #expect(try judge("azienda@pec.example.it", receiver, from: "local") == 550)
        #expect(try judge("nessuno+\(Self.secret)@relay.azienda.it", receiver, from: "203.0.113.9") == 550)
        let replies = try ["azienda+4f9k2m7q1x8w3z6g@relay.azienda.it", "nessuno+4f9k2m7q1x8w3z6g@relay.azienda.it"].map
        {
            try #require(
                receiver.judgeRecipient(EnvelopeRecipient(try address($0)), session: session("203.0.113.9"))
            ).description
        }
        #expect(
            replies[0].replacing("azienda+", with: "nessuno+") == replies[1].replacing("azienda+", with: "nessuno+")
        )
        #expect(replies.allSatisfy { $0.hasPrefix("550 5.1.1") && !$0.contains("4f9k2m7q1x8w3z6g") })
        await store.close()
    }

    @Test func `a secret that cannot be read puts copies off, and one that is gone refuses them`() async throws {
        let store = try store()
        let right = "azienda+\(Self.secret)@relay.azienda.it"
        let unreadable = try receiver(store, .unreadable)
        #expect(try judge(right, unreadable, from: "203.0.113.9") == 451)
        #expect(try judge("azienda@pec.example.it", unreadable, from: "203.0.113.9") == 550)
        #expect(try judge("azienda@pec.example.it", unreadable, from: "192.0.2.7") == 250)
        let gone = try receiver(store, ForwardingRules.Suffix.none)
        #expect(try judge(right, gone, from: "203.0.113.9") == 550)
        await store.close()
    }

    @Test func `nothing that is stored shows the secret, and the message goes to the account's readers`() async throws {
        let store = try store()
        let recipient = EnvelopeRecipient(
            try address("azienda+\(Self.secret)@relay.azienda.it"),
            notify: .failure,
            originalRecipient: "rfc822;azienda+\(Self.secret)@relay.azienda.it"
        )
        let reply = await take("From: x@y.it\r\n\r\nx\r\n", for: [recipient], try receiver(store, suffix))
        #expect(reply.code == 250 && !reply.description.contains(Self.secret))
        let entry = try #require(try await store.list(.all, limit: 9).first)
        #expect(entry.message.trace.contains("\r\n for <azienda@pec.example.it>;"))
        #expect(entry.message.trace.contains("X-Ceralacca-Account: azienda@pec.example.it\r\n"))
        #expect(entry.recipients.map(\.recipient.forwardPath.description) == ["protocollo@azienda.it"])
        #expect(entry.recipients.map(\.recipient.originalRecipient) == [nil])
        #expect(!"\(entry)".contains(Self.secret))
        await store.close()
    }

    @Test func `accounts that are fetched come each in a transaction of its own, by whatever name`() async throws {
        let store = try store()
        let receiver = try receiver(store, suffix)
        let names = ["azienda+\(Self.secret)@relay.azienda.it", "azienda@pec.example.it", "vendite@gmail.example"]
        let recipients = try names.map { EnvelopeRecipient(try address($0)) }
        #expect(receiver.judge(recipients[1], beside: [recipients[0]]) == nil)
        #expect(receiver.judge(recipients[2], beside: [recipients[0]])?.code == 452)
        await store.close()
    }

    @Test(arguments: [1, 7]) func `a copy of what was retrieved is answered 250 and is not stored`(
        _ pieces: Int
    )
        async throws
    {
        let store = try store()
        let content =
            "Message-ID: <a@b>\r\nFrom: x@y.it\r\n\r\n" + String(repeating: "riga per riga\r\n", count: 30_000)
        var identity = ContentIdentity()
        identity.append(ByteBuffer(string: "Return-Path: <x@y.it>\r\n\(content)"))
        let known = identity.finish()
        var arrival = Arrival(
            message: QueuedMessage(
                id: QueueID(arrival: clock.now()),
                origin: .account("azienda@pec.example.it"),
                arrival: clock.now(),
                reversePath: .null,
                size: 1
            ),
            recipients: [
                QueuedRecipient(
                    number: 0,
                    recipient: EnvelopeRecipient(try address("protocollo@azienda.it")),
                    route: .exchange,
                    nextAttempt: clock.now()
                )
            ],
            body: .octets(ByteBuffer(string: "x"))
        )
        arrival.retrieved = RetrievedIdentity(account: "azienda@pec.example.it", uniqueID: "u1", digest: "00")
        arrival.copyKey = CopyKey(account: "azienda@pec.example.it", identity: try #require(known))
        try await store.insert(arrival)
        let receiver = try receiver(store, nil)
        let recipient = EnvelopeRecipient(try address("azienda@pec.example.it"))
        let reply = await take("Received: from a by b; date\r\n\(content)", for: [recipient], receiver, pieces: pieces)
        #expect(reply.description.hasPrefix("250 2.0.0 message \(arrival.message.id) accepted already"))
        #expect(try await store.list(.all, limit: 9).count == 1)
        let other = await take("\(content)altro\r\n", for: [recipient], receiver, pieces: pieces)
        #expect(other.code == 250)
        #expect(try await store.list(.all, limit: 9).count == 2)
        await store.close()
    }

    @Test func `a copy that was here before is refused, and again and again raises an alert that ends after an hour`()
        async throws
    {
        let store = try store()
        let watch = LoopWatch(alerts: alerts, clock: clock)
        let receiver = try receiver(store, nil, loops: watch)
        let recipient = EnvelopeRecipient(try address("azienda@pec.example.it"))
        #expect(await take("Message-ID: <a@b>\r\nFrom: x@y.it\r\n\r\nx\r\n", for: [recipient], receiver).code == 250)
        let first = try #require(try await store.list(.all, limit: 9).first)
        let again =
            "Received: from exch by mx; date\r\n\(first.message.trace)Message-ID: <a@b>\r\nFrom: x@y.it\r\n\r\nx\r\n"
        for count in 1...3 {
            #expect(alerts.keys.isEmpty, "\(count)")
            let reply = await take(again, for: [recipient], receiver)
            #expect(reply.description.hasPrefix("554 5.4.6 Mail loop: "))
        }
        let key = "account:azienda@pec.example.it:loop"
        #expect(alerts.keys == [key])
        let vendite = EnvelopeRecipient(try address("vendite@gmail.example"))
        #expect(await take(again, for: [vendite], receiver).code == 250, "another account may get it")
        #expect(try await store.list(.all, limit: 9).count == 2)
        clock.advance(.seconds(3599))
        await watch.review(["azienda@pec.example.it"])
        #expect(alerts.keys == [key])
        clock.advance(.seconds(1))
        await watch.review(["azienda@pec.example.it"])
        #expect(alerts.keys.isEmpty)
        await store.close()
    }

    @Test func `a copy of what the account sent is refused, what it sent to itself is taken`() async throws {
        let store = try store()
        let exchange = try receiver(store, nil, role: .exchange)
        let provider = try receiver(store, nil)
        let account = EnvelopeRecipient(try address("azienda@pec.example.it"))
        let sender = ReversePath.mailbox(account.forwardPath)
        for (to, code) in [("cliente@example.com", 554), ("azienda@pec.example.it", 250)] {
            let content = "From: azienda@pec.example.it\r\nTo: \(to)\r\nMessage-ID: <\(to).a@b>\r\n\r\nx\r\n"
            #expect(await take(content, for: [EnvelopeRecipient(try address(to))], exchange, from: sender).code == 250)
            let sent = try #require(
                try await store.list(.all, limit: 9).first { $0.message.messageID == "\(to).a@b" }
            ).message
            #expect(await take(sent.trace + content, for: [account], provider).code == code)
        }
        await store.close()
    }

    @Test func `wrong secrets are counted against the client, and the log shows none of them`() async throws {
        let store = try store()
        let screen = makeScreen(clock: clock) { $0.limits[.unknownRecipient] = RateLimit(3, per: .seconds(600)) }
        let receiver = try receiver(store, suffix)
        let lines = LogLines()
        let configure = { (settings: inout ListenerSettings) in
            settings.screen = screen
            settings.screening = .forwarders
            settings.concealsSuffixes = true
        }
        try await withListener(receiver, configure: configure, logger: lines.logger) { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO mx.example.it")
                _ = try await client.say("MAIL FROM:<>")
                #expect(try await client.say("RCPT TO:<azienda+\(Self.secret)@relay.azienda.it>").hasPrefix("250 "))
                for _ in 0..<3 {
                    let reply = try await client.say("RCPT TO:<azienda+4f9k2m7q1x8w3z6g@relay.azienda.it>")
                    #expect(reply.hasPrefix("550 5.1.1 "))
                }
                let last = try await client.say("RCPT TO:<azienda+4f9k2m7q1x8w3z6g@relay.azienda.it>")
                #expect(last.hasPrefix("550 5.1.1 ") || last.hasPrefix("421 4.7.0 "))
            }
        }
        #expect(screen.blocks.map(\.network.description) == ["127.0.0.1/32"])
        #expect(lines.text.contains("azienda+***@relay.azienda.it"))
        #expect(!lines.text.contains("4f9k2m7q1x8w3z6"))
        await store.close()
    }
}
