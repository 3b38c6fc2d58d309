// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
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

    /// Asks for whatever `result` says.
    private struct Scanner: MessageScanner {
        let name = "test"
        let address = "test"
        let role: ScannerRole
        let result: ScanResult
        func scan(_ subject: ScanSubject, _ content: ScannedContent) async throws(ScannerError) -> ScanResult { result }
        func check() async throws(ScannerError) -> String { "" }
        func close() async {}
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
        _ suffixes: [RecipientSuffix]?,
        isUnreadable: Bool = false,
        role: ListenerRole = .provider,
        allowed: String = "192.0.2.0/24",
        scanner: Scanner? = nil,
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
        policy.forwarding = suffixes.map {
            ForwardingRules(suffixes: $0, isUnreadable: isUnreadable, allowed: networks(allowed))
        }
        let filter = scanner.map {
            ContentFilter(.init(scanners: [$0]), store: store, alerts: alerts, clock: clock, logger: noLog)
        }
        return QueueReceiver(
            policy: policy,
            store: store,
            filter: filter,
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

    private var suffix: [RecipientSuffix] {
        get throws { [try #require(RecipientSuffix(Secret(Self.secret)))] }
    }

    private var suffixed: EnvelopeRecipient {
        get throws { EnvelopeRecipient(try address("azienda+\(Self.secret)@relay.azienda.it")) }
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
        let unreadable = try receiver(store, [], isUnreadable: true)
        #expect(try judge(right, unreadable, from: "203.0.113.9") == 451)
        #expect(try judge("azienda@pec.example.it", unreadable, from: "203.0.113.9") == 550)
        #expect(try judge("azienda@pec.example.it", unreadable, from: "192.0.2.7") == 250)
        let gone = try receiver(store, [])
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

    @Test(arguments: ["Received: from a by b; date\r\n", "X-Long: \(String(repeating: "x", count: 900))\r\n"])
    func `what came to a secret address is kept in the quarantine instead of refused`(_ field: String) async throws {
        let store = try store()
        let content = "\(String(repeating: field, count: 400))Message-ID: <a@b>\r\nFrom: x@y.it\r\n\r\nx\r\n"
        let plain = EnvelopeRecipient(try address("azienda@pec.example.it"))
        let refused = await take(content, for: [plain], try receiver(store, nil))
        #expect(refused.code / 100 == 5, "by a listener without a suffix: \(refused)")
        let reply = await take(content, for: [try suffixed], try receiver(store, suffix))
        #expect(reply.code == 250, "\(reply)")
        let entry = try #require(try await store.list(.all, limit: 9).first)
        #expect(entry.recipients.map(\.state) == [.quarantined])
        #expect(entry.recipients.map(\.recipient.forwardPath.description) == ["protocollo@azienda.it"])
        #expect(entry.recipients[0].lastReply == "\(refused)")
        let body = try await store.readBody(entry.message.id)
        var octets = ByteBuffer()
        while let piece = try await body.read(upTo: 65_536) { octets.writeImmutableBuffer(piece) }
        #expect(String(buffer: octets).hasSuffix(content), "octet for octet")
        await store.close()
    }

    @Test func `a loop that came to a secret address is kept in the quarantine, and counted`() async throws {
        let store = try store()
        let watch = LoopWatch(alerts: alerts, clock: clock)
        let receiver = try receiver(store, suffix, loops: watch)
        let content = "Message-ID: <a@b>\r\nFrom: x@y.it\r\n\r\nx\r\n"
        #expect(await take(content, for: [try suffixed], receiver).code == 250)
        let first = try #require(try await store.list(.all, limit: 9).first)
        #expect(first.recipients.map(\.state) == [.waiting])
        for _ in 0..<3 {
            #expect(await take(first.message.trace + content, for: [try suffixed], receiver).code == 250)
        }
        let kept = try await store.list(.all, limit: 9).filter { $0.message.id != first.message.id }
        #expect(kept.count == 3)
        #expect(kept.allSatisfy { $0.recipients[0].state == .quarantined })
        #expect(kept.allSatisfy { $0.recipients[0].lastReply?.hasPrefix("554 5.4.6 Mail loop: ") == true })
        #expect(alerts.keys == ["account:azienda@pec.example.it:loop"])
        await store.close()
    }

    @Test(arguments: [ScannerRole.antivirus, .antispam, .milter], ["azienda", "vendite"])
    func `a scanner's refusal of what came to a secret address is kept in the quarantine`(
        _ role: ScannerRole,
        _ account: String
    ) async throws {
        let store = try store()
        let no = SMTPReply(550, EnhancedStatus(5, 7, 1), "no")
        for action in [ScanResult.Action.reject(no), .discard] {
            let scanner = Scanner(role: role, result: ScanResult(action, words: "Virus-X"))
            let receiver = try receiver(store, suffix, scanner: scanner)
            let recipient = EnvelopeRecipient(try address("\(account)+\(Self.secret)@relay.azienda.it"))
            let reply = await take("Message-ID: <a@b>\r\n\r\nx\r\n", for: [recipient], receiver)
            #expect(reply.code == 250, "\(reply)")
        }
        let kept = try await store.list(.all, limit: 9)
        #expect(kept.map { $0.recipients[0].state } == [.quarantined, .quarantined])
        #expect(kept.allSatisfy { $0.recipients[0].lastReply == "test: Virus-X" })
        await store.close()
    }

    @Test(arguments: [
        ("ugo+caf_=azienda+\(secret)=relay.azienda.it@gmail.example", true),
        ("bounce-azienda+\(secret.uppercased())=relay.azienda.it@lists.example", true),
        ("ugo+altro@gmail.example", false),
    ])
    func `a reverse-path that shows the secret gives way to the postmaster's`(
        _ sender: String,
        _ isShown: Bool
    )
        async throws
    {
        let store = try store()
        let path = ReversePath.mailbox(try address(sender))
        let reply = await take(
            "Message-ID: <a@b>\r\n\r\nx\r\n",
            for: [try suffixed],
            try receiver(store, suffix),
            from: path
        )
        #expect(reply.code == 250)
        let entry = try #require(try await store.list(.all, limit: 9).first)
        #expect(entry.message.reversePath.description == (isShown ? "postmaster@azienda.it" : sender))
        #expect(!"\(entry)".lowercased().contains(Self.secret))
        await store.close()
    }

    @Test func `where a suffix is asked for nobody is told of deliveries, and the postmaster has no door`() async throws
    {
        let store = try store()
        let receiver = try receiver(store, suffix)
        var recipient = try suffixed
        (recipient.notify, recipient.originalRecipient) = ([.success, .failure], "rfc822;x@y.it")
        var envelope = Envelope(reversePath: .null, recipients: [recipient])
        (envelope.returnContent, envelope.envelopeID) = (.headers, "Q1")
        let intake = await receiver.begin(envelope, session: session("203.0.113.9"))
        await intake.append(ByteBuffer(string: "Message-ID: <a@b>\r\n\r\nx\r\n"))
        let reply = await intake.finish(ContentFacts(octets: 26, hasBareLineEnds: false, isEightBit: false))
        #expect(reply.code == 250)
        let entry = try #require(try await store.list(.all, limit: 9).first)
        #expect(entry.recipients[0].recipient == EnvelopeRecipient(try address("protocollo@azienda.it")))
        #expect(entry.message.returnContent == nil && entry.message.envelopeID == nil)
        #expect(try judge("postmaster@relay.azienda.it", receiver, from: "203.0.113.9") == 550)
        #expect(try judge("postmaster@relay.azienda.it", receiver, from: "192.0.2.7") == 550)
        #expect(try judge("postmaster@relay.azienda.it", self.receiver(store, nil), from: "203.0.113.9") == 250)
        await store.close()
    }

    @Test func `an old secret is taken beside the new one, and one that goes between RCPT and DATA comes again`()
        async throws
    {
        let store = try store()
        let new = try #require(RecipientSuffix(Secret("0123456789abcdef")))
        let both = try receiver(store, [new] + suffix)
        for name in ["azienda+\(Self.secret)@relay.azienda.it", "azienda+0123456789abcdef@relay.azienda.it"] {
            #expect(try judge(name, both, from: "203.0.113.9") == 250)
        }
        let content = "Message-ID: <a@b>\r\n\r\nx\r\n"
        let gone = await take(content, for: [try suffixed], try receiver(store, [new]))
        #expect(gone.description.hasPrefix("451 4.3.0 "), "\(gone)")
        #expect(!gone.description.contains(Self.secret))
        let half = try receiver(store, [new], isUnreadable: true)
        #expect(try judge("azienda+\(Self.secret)@relay.azienda.it", half, from: "203.0.113.9") == 451)
        #expect(try judge("azienda+0123456789abcdef@relay.azienda.it", half, from: "203.0.113.9") == 250)
        #expect(try await store.list(.all, limit: 9).isEmpty)
        await store.close()
    }

    @Test func `a copy whose recipients a milter changed stands on its own`() async throws {
        let store = try store()
        let content = "Message-ID: <a@b>\r\nFrom: x@y.it\r\n\r\nx\r\n"
        var identity = ContentIdentity()
        identity.append(ByteBuffer(string: content))
        let known = identity.finish()
        let key = CopyKey(account: "vendite@gmail.example", identity: try #require(known))
        let vendite = EnvelopeRecipient(try address("vendite@gmail.example"))
        let edit = MessageEdit.addRecipient(try address("altra@azienda.it"))
        for (edits, outcome) in [([edit], false), ([], true)] {
            let scanner = Scanner(role: .milter, result: ScanResult(.pass, edits: edits))
            #expect(await take(content, for: [vendite], try receiver(store, nil, scanner: scanner)).code == 250)
            var arrival = Arrival(
                message: QueuedMessage(
                    id: QueueID(arrival: clock.now()),
                    origin: .account("vendite@gmail.example"),
                    arrival: clock.now(),
                    reversePath: .null,
                    size: 1
                ),
                recipients: [
                    QueuedRecipient(number: 0, recipient: vendite, route: .exchange, nextAttempt: clock.now())
                ],
                body: .octets(ByteBuffer(string: "x"))
            )
            arrival.retrieved = RetrievedIdentity(
                account: "vendite@gmail.example",
                uniqueID: "\(outcome)",
                digest: "\(outcome)"
            )
            arrival.copyKey = key
            let isCopy = if case .copy = try await store.insert(arrival) { true } else { false }
            #expect(isCopy == outcome)
            if !outcome { _ = try await store.apply(.delete, to: arrival.message.id, now: clock.now(), by: "anna") }
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
                let sender = "ugo+caf_=azienda+\(Self.secret)=relay.azienda.it@gmail.example"
                _ = try await client.say("MAIL FROM:<\(sender)>")
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
