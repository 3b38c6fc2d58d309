// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import Routing
import SMTPServer
import Synchronization
import Testing

@Suite struct QueueReceiverTests {
    private struct FixedClock: WallClock {
        func now() -> Timestamp { Timestamp(milliseconds: 1_795_428_000_000) }  // Mon, 23 Nov 2026 10:00:00 +0000
    }

    private final class Woken: Sendable {
        let routes = Mutex<[Route]>([])
    }

    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let woken = Woken()
    private let session = SessionFacts(id: "S1", peer: "192.0.2.1", clientName: "exch1.azienda.lan", isExtended: true)
    private let deliverTo = [
        AddrSpec(localPart: "protocollo", domain: "azienda.it"),
        AddrSpec(localPart: "segreteria", domain: "azienda.it"),
    ]
    private let account = AddrSpec(localPart: "azienda", domain: "pec.example.it")

    private func store(minimumFree: Int = 0) throws -> SQLiteQueue {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try SQLiteQueue.open(directory: directory.path, minimumFree: minimumFree)
    }

    private func receiver(
        _ role: ListenerRole,
        _ store: any QueueStore,
        quarantine: Int? = nil,
        offer: ServerOffer? = nil
    ) -> QueueReceiver {
        let table = RoutingTable(
            accounts: [
                RoutedAccount(
                    address: account,
                    isCertified: true,
                    deliverTo: deliverTo
                ),
                RoutedAccount(
                    address: AddrSpec(localPart: "vendite", domain: "gmail.example"),
                    isCertified: false,
                    deliverTo: deliverTo
                ),
            ],
            exchangeDomains: ["azienda.it"]
        )
        let woken = woken
        var policy = ReceptionPolicy(
            role: role,
            hostname: "relay.azienda.it",
            postmaster: AddrSpec(localPart: "postmaster", domain: "azienda.it"),
            table: table
        )
        if let quarantine { policy.quarantineOctets = quarantine }
        return QueueReceiver(
            policy: policy,
            store: store,
            exchangeOffer: { offer },
            clock: FixedClock(),
            wake: { route in woken.routes.withLock { $0.append(route) } },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func take(
        _ content: String,
        to recipient: AddrSpec,
        from sender: ReversePath,
        by receiver: QueueReceiver,
        pieces: Int = 1,
        session: SessionFacts? = nil
    ) async -> SMTPReply {
        let envelope = Envelope(reversePath: sender, recipients: [EnvelopeRecipient(recipient)])
        let intake = await receiver.begin(envelope, session: session ?? self.session)
        let octets = ByteBuffer(string: content)
        let step = max(1, octets.readableBytes / pieces)
        var rest = octets
        while let piece = rest.readSlice(length: min(step, rest.readableBytes)), piece.readableBytes > 0 {
            await intake.append(piece)
        }
        return await intake.finish(
            ContentFacts(octets: octets.readableBytes, hasBareLineEnds: false, isEightBit: false)
        )
    }

    private func body(_ store: SQLiteQueue, _ id: QueueID) async throws -> String {
        let reader = try await store.readBody(id)
        var whole = ByteBuffer()
        while var piece = try await reader.read(upTo: 65_536) { whole.writeBuffer(&piece) }
        await reader.close()
        return String(buffer: whole)
    }

    private let recipient = AddrSpec(localPart: "ente", domain: "pec.fuori.example")

    @Test func `a copy that a provider forwards names its account on top, and its octets are as they came`()
        async throws
    {
        let store = try store()
        let content =
            "X-Ceralacca-Account: forged@x.it\r\nReceived: from a by b\r\n folded\r\nFrom: x@y.it\r\n\r\nperché\r\n"
        let written = AddrSpec(localPart: "AZIENDA", domain: "Pec.Example.IT")
        let reply = await take(content, to: written, from: .null, by: receiver(.provider, store), pieces: 3)
        #expect(reply.code == 250)
        let message = try #require(try await store.list(.all, limit: 10).first).message
        let stored = try await body(store, message.id)
        #expect(stored.hasSuffix(content) && stored.utf8.count == message.size)
        let trace = stored.dropLast(content.count)
        #expect(trace == message.trace)
        #expect(trace.hasPrefix("Received: from exch1.azienda.lan ([192.0.2.1]) by relay.azienda.it"))
        #expect(trace.hasSuffix("+0000\r\nX-Ceralacca-Account: azienda@pec.example.it\r\n"))
        await store.close()
    }

    @Test(arguments: [ListenerRole.exchange, .internet])
    func `no account is named on other mail`(_ role: ListenerRole) async throws {
        let store = try store()
        let recipient = AddrSpec(localPart: "anna", domain: "azienda.it")
        let sender = ReversePath.mailbox(account)
        let content = "From: azienda@pec.example.it\r\nTo: anna@azienda.it\r\n\r\nx\r\n"
        #expect(await take(content, to: recipient, from: sender, by: receiver(role, store)).code == 250)
        let id = try #require(try await store.list(.all, limit: 10).first).message.id
        #expect(try await !body(store, id).contains("X-Ceralacca"))
        await store.close()
    }

    @Test(arguments: [ListenerRole.internet, .exchange, .provider])
    func `results in our name are taken off mail from the Internet alone, in memory or in the spool`(
        _ role: ListenerRole
    ) async throws {
        let store = try store()
        var seen: Set<QueueID> = []
        let forged = "Authentication-Results: relay.azienda.it; spf=pass\r\nX-Ceralacca-Scan: pass\r\n"
        for body in ["x\r\n", String(repeating: "riga\r\n", count: 100_000)] {
            let content = "Subject: a\r\n\(forged)From: x@y.it\r\n\r\n\(body)"
            let to = role == .provider ? account : AddrSpec(localPart: "anna", domain: "azienda.it")
            #expect(await take(content, to: to, from: .null, by: receiver(role, store)).code == 250)
            let message = try #require(
                try await store.list(.all, limit: 10).map(\.message).first { seen.insert($0.id).inserted }
            )
            let stored = try await self.body(store, message.id)
            #expect(stored.utf8.count == message.size)
            #expect(
                stored == message.trace + (role == .internet ? "Subject: a\r\nFrom: x@y.it\r\n\r\n\(body)" : content)
            )
        }
        await store.close()
    }

    @Test func `what Exchange would not take is refused in the session, for its size and for SMTPUTF8`() async throws {
        let store = try store()
        let anna = AddrSpec(localPart: "anna", domain: "azienda.it")
        let content = "From: x@y.it\r\n\r\n" + String(repeating: "riga\r\n", count: 1000)
        let small = receiver(.internet, store, offer: ServerOffer(maximumOctets: 5000, smtpUTF8: true))
        #expect(
            await small.judgeSender(.null, declaredSize: 5001, session: session)?.description.hasPrefix("552 5.3.4 ")
                == true
        )
        #expect(await small.judgeSender(.null, declaredSize: 5000, session: session) == nil)
        #expect(
            "\(await take(content, to: anna, from: .null, by: small))".hasPrefix("552 5.3.4 "),
            "its size was not declared"
        )
        let exact = receiver(.internet, store, offer: ServerOffer(maximumOctets: 6500, smtpUTF8: false))
        #expect(await take(content, to: anna, from: .null, by: exact).code == 250)
        let envelope = Envelope(reversePath: .null, recipients: [EnvelopeRecipient(anna)], requiresSMTPUTF8: true)
        let intake = await exact.begin(envelope, session: session)
        await intake.append(ByteBuffer(string: content))
        let facts = ContentFacts(octets: content.utf8.count, hasBareLineEnds: false, isEightBit: false)
        #expect("\(await intake.finish(facts))".hasPrefix("550 5.6.7 "))
        // Exchange itself, and a provider, are not told what Exchange takes.
        let copies = receiver(.exchange, store, offer: ServerOffer(maximumOctets: 10, smtpUTF8: false))
        #expect(await take(content, to: anna, from: .null, by: copies).code == 250)
        #expect(try await store.list(.all, limit: 10).count == 2)
        await store.close()
    }

    @Test func `a field of certified mail that comes from the Internet is named as none of ours`() async throws {
        let store = try store()
        let content = "X-Ceralacca-PEC: kind=posta-certificata; signature=valid\r\nFrom: x@y.it\r\n\r\nx\r\n"
        let anna = AddrSpec(localPart: "anna", domain: "azienda.it")
        #expect(await take(content, to: anna, from: .null, by: receiver(.internet, store)).code == 250)
        let message = try #require(try await store.list(.all, limit: 10).first).message
        #expect(message.trace.hasSuffix("\r\nX-Ceralacca-PEC: kind=none; foreign-field=yes\r\n"))
        #expect(try await body(store, message.id).hasSuffix(content))
        await store.close()
    }

    @Test(arguments: [
        " x\r\nX-Ceralacca-PEC: kind=avvenuta-consegna; believed=yes\r\nFrom: x@y.it\r\n\r\nx\r\n",
        "no header at all\r\n",
    ])
    func `what begins with no field is all body, and continues no field of ours`(_ content: String) async throws {
        let store = try store()
        let anna = AddrSpec(localPart: "anna", domain: "azienda.it")
        for role in [ListenerRole.internet, .exchange] {
            let recipient = role == .internet ? anna : recipient
            let reply = await take(content, to: recipient, from: .null, by: receiver(role, store))
            #expect(reply.code == 250)
        }
        for entry in try await store.list(.all, limit: 10) {
            #expect(entry.message.trace.hasSuffix("\r\n\r\n"))
            let stored = try await body(store, entry.message.id)
            #expect(stored == entry.message.trace + content && stored.utf8.count == entry.message.size)
        }
        await store.close()
    }

    @Test func `a broken header may hide a field of certified mail, which is named as none of ours`() async throws {
        let store = try store()
        let content = "From: x@y.it\r\nno field\r\nX-Ceralacca-PEC: signature=valid\r\n\r\nx\r\n"
        let anna = AddrSpec(localPart: "anna", domain: "azienda.it")
        #expect(await take(content, to: anna, from: .null, by: receiver(.internet, store)).code == 250)
        let message = try #require(try await store.list(.all, limit: 10).first).message
        #expect(message.trace.hasSuffix("\r\nX-Ceralacca-PEC: kind=none; foreign-field=yes\r\n"))
        await store.close()
    }

    @Test(arguments: [ListenerRole.exchange, .internet])
    func `nobody from the Internet has reports sent to whom he names as sender`(_ role: ListenerRole) async throws {
        let store = try store()
        let anna = AddrSpec(localPart: "anna", domain: "azienda.it")
        let envelope = Envelope(
            reversePath: .mailbox(AddrSpec(localPart: "vittima", domain: "fuori.example")),
            recipients: [EnvelopeRecipient(anna, notify: .failure, originalRecipient: "rfc822;x@y.it")],
            returnContent: .full,
            envelopeID: "tag"
        )
        let intake = await receiver(role, store).begin(envelope, session: session)
        let content = ByteBuffer(string: "From: x@y.it\r\n\r\nx\r\n")
        await intake.append(content)
        let reply = await intake.finish(
            ContentFacts(octets: content.readableBytes, hasBareLineEnds: false, isEightBit: false)
        )
        #expect(reply.code == 250)
        let entry = try #require(try await store.list(.all, limit: 10).first)
        let isKept = role == .exchange
        #expect((entry.message.returnContent != nil) == isKept && (entry.message.envelopeID != nil) == isKept)
        #expect(entry.recipients.allSatisfy { ($0.recipient.notify != nil) == isKept })
        #expect(entry.recipients.allSatisfy { ($0.recipient.originalRecipient != nil) == isKept })
        await store.close()
    }

    @Test func `while the Internet's mail in the quarantine is too much, its listener alone takes no more`()
        async throws
    {
        let store = try store()
        let anna = AddrSpec(localPart: "anna", domain: "azienda.it")
        let content = "From: a@b.it\r\n\r\n" + String(repeating: "x", count: 500) + "\r\n"
        #expect(await take(content, to: anna, from: .null, by: receiver(.internet, store)).code == 250)
        let lease = Lease(owner: "test", until: FixedClock().now() + .seconds(60))
        let claim = try #require(
            try await store.claim(.exchange, limit: 1, now: FixedClock().now(), lease: lease).first
        )
        let refused = DeliveryAttempt(moment: FixedClock().now(), duration: .zero, server: "x", reply: "550 no")
        let results = [RecipientResult(number: 0, outcome: .quarantined, attempt: refused)]
        try await store.settle(Settlement(id: claim.message.id, lease: lease, results: results))
        let roles: [(ListenerRole, Int, Bool)] = [
            (.internet, 100, true), (.internet, 10_000, false), (.exchange, 100, false), (.provider, 100, false),
        ]
        for (role, limit, isRefused) in roles {
            let reply = await receiver(role, store, quarantine: limit)
                .judgeSender(.null, declaredSize: nil, session: session)
            #expect((reply?.description.hasPrefix("452 4.3.1 too much mail from the Internet") ?? false) == isRefused)
            #expect((reply == nil) != isRefused)
        }
        _ = try await store.apply(.delete, to: claim.message.id, now: FixedClock().now(), by: "anna")
        let reply = await receiver(.internet, store, quarantine: 100)
            .judgeSender(.null, declaredSize: nil, session: session)
        #expect(reply == nil)
        await store.close()
    }

    @Test func `a message is stored behind one Received field, and its octets are as they came`() async throws {
        let store = try store()
        let content =
            "Received: from EXCH1\r\nFrom: vendite@gmail.example\r\nBcc:\r\nSubject: prova\r\nMessage-ID: <1@x>\r\n\r\n.riga\r\nperché\r\n"
        let reply = await take(
            content,
            to: recipient,
            from: .mailbox(account),
            by: receiver(.exchange, store),
            pieces: 7
        )
        #expect(reply.code == 250)
        let entry = try #require(try await store.list(.all, limit: 10).first)
        #expect(reply.description.contains(entry.message.id.description))
        #expect(entry.message.subject == "prova")
        #expect(entry.message.messageID == "1@x")
        #expect(entry.message.origin == .exchange)
        #expect(entry.recipients.map(\.route) == [.account("vendite@gmail.example")])
        let stored = try await body(store, entry.message.id)
        let trace = entry.message.trace
        #expect(
            trace == """
                Received: from exch1.azienda.lan ([192.0.2.1]) by relay.azienda.it (Ceralacca)\r
                 with ESMTP id \(entry.message.id)\r
                 for <ente@pec.fuori.example>; Mon, 23 Nov 2026 10:00:00 +0000\r

                """
        )
        #expect(String(decoding: Array(stored.utf8.dropFirst(trace.utf8.count)), as: UTF8.self) == content)
        #expect(entry.message.size == stored.utf8.count)
        #expect(woken.routes.withLock { $0 } == [.account("vendite@gmail.example")])
        await store.close()
    }

    @Test func `reports about an account's mail go to its readers, and to nobody for a null reverse-path`() async throws
    {
        let user = AddrSpec(localPart: "mario", domain: "azienda.it")
        let cases: [(ReversePath, [AddrSpec])] = [
            (.mailbox(account), deliverTo), (.mailbox(user), [user]), (.null, []),
        ]
        let store = try store()
        for (reversePath, readers) in cases {
            let from = reversePath == .null ? "mario@azienda.it" : "azienda@pec.example.it"
            let reply = await take(
                "From: \(from)\r\nTo: ente@pec.fuori.example\r\n\r\nx\r\n",
                to: recipient,
                from: reversePath,
                by: receiver(.exchange, store)
            )
            let entry = try await store.list(.all, limit: 10).first { "\(reply)".contains("\($0.message.id)") }
            #expect(try #require(entry).message.reportTo == readers)
        }
        await store.close()
    }

    @Test func `a message beyond the inline limit is streamed and reads back the same`() async throws {
        let store = try store()
        let content = "From: a@azienda.it\r\n\r\n" + String(repeating: "0123456789\r\n", count: 60_000)
        let reply = await take(
            content,
            to: recipient,
            from: .mailbox(AddrSpec(localPart: "a", domain: "azienda.it")),
            by: receiver(.exchange, store),
            pieces: 11
        )
        #expect(reply.code == 250)
        let entry = try #require(try await store.list(.all, limit: 10).first)
        #expect(entry.recipients.map(\.route) == [.internet])
        #expect(try await body(store, entry.message.id).hasSuffix(content))
        await store.close()
    }

    @Test func `what the routing refuses is refused in the session and not stored`() async throws {
        let store = try store()
        let reply = await take(
            "From: azienda@pec.example.it\r\nAuto-Submitted: auto-replied\r\n\r\nfuori ufficio\r\n",
            to: recipient,
            from: .mailbox(account),
            by: receiver(.exchange, store)
        )
        #expect(reply.isPermanent)
        #expect(try await store.list(.all, limit: 10).isEmpty)
        #expect(woken.routes.withLock { $0 }.isEmpty)
        await store.close()
    }

    @Test func `a full disk is answered with 452 before and after the content`() async throws {
        let store = try store(minimumFree: .max / 2)
        let receiver = receiver(.internet, store)
        let sender = ReversePath.mailbox(AddrSpec(localPart: "a", domain: "fuori.example"))
        #expect(await receiver.judgeSender(sender, declaredSize: 10, session: session)?.code == 452)
        let small = await take(
            "From: a@fuori.example\r\n\r\nx\r\n",
            to: AddrSpec(localPart: "u", domain: "azienda.it"),
            from: sender,
            by: receiver
        )
        #expect(small.code == 452)
        let large = await take(
            "From: a@fuori.example\r\n\r\n" + String(repeating: "0123456789\r\n", count: 60_000),
            to: AddrSpec(localPart: "u", domain: "azienda.it"),
            from: sender,
            by: receiver,
            pieces: 5
        )
        #expect(large.code == 452)
        #expect(try await store.list(.all, limit: 10).isEmpty)
        await store.close()
    }

    @Test func `postmaster without a domain is the configured postmaster`() async throws {
        let store = try store()
        let receiver = receiver(.internet, store)
        let postmaster = AddrSpec(localPart: "Postmaster", domain: "relay.azienda.it")
        #expect(receiver.judgeRecipient(EnvelopeRecipient(postmaster), session: session) == nil)
        let reply = await take(
            "From: a@fuori.example\r\n\r\nx\r\n",
            to: postmaster,
            from: .null,
            by: receiver
        )
        #expect(reply.code == 250)
        let entry = try #require(try await store.list(.all, limit: 10).first)
        #expect(entry.recipients.map(\.recipient.forwardPath.description) == ["postmaster@azienda.it"])
        await store.close()
    }

    @Test func `a provider's copy for another certified account is put off, so that it comes by itself`() async throws {
        let store = try store()
        let other = AddrSpec(localPart: "vendite", domain: "gmail.example")
        for (role, second, reply) in [
            (ListenerRole.provider, account, "250"), (.provider, other, "452 4.5.3"),
        ] {
            let first = account
            try await withListener(receiver(role, store)) { port, _ in
                try await TestClient.run(port: port) { client in
                    _ = try await client.reply()
                    _ = try await client.say("EHLO pec.example.it")
                    _ = try await client.say("MAIL FROM:<>")
                    #expect(try await client.say("RCPT TO:<\(first)>").hasPrefix("250"))
                    #expect(try await client.say("RCPT TO:<\(second)>").hasPrefix(reply))
                }
            }
        }
        await store.close()
    }

    @Test func `an identifier longer than any line is kept short, and stays in the octets`() async throws {
        let store = try store()
        let content = "From: a@fuori.example\r\nMessage-ID: <\(String(repeating: "x", count: 200_000))@y>\r\n\r\nx\r\n"
        let to = AddrSpec(localPart: "u", domain: "azienda.it")
        let reply = await take(content, to: to, from: .null, by: receiver(.internet, store))
        #expect(reply.code == 250)
        let message = try #require(try await store.list(.all, limit: 10).first?.message)
        #expect(message.messageID == String(repeating: "x", count: 250))
        #expect(message.size > content.utf8.count)
        await store.close()
    }

    @Test func `other domains are refused on the internet listener`() async throws {
        let store = try store()
        let reply = receiver(.internet, store).judgeRecipient(EnvelopeRecipient(recipient), session: session)
        #expect(reply?.isPermanent == true)
        await store.close()
    }

    @Test func `a client's name cannot write fields of its own`() async throws {
        let store = try store()
        let hostile = SessionFacts(
            id: "S2",
            peer: "2001:db8::1",
            clientName: "x\r\nX-Injected: 1\r\n\r\n",
            isExtended: false
        )
        _ = await take(
            "From: a@fuori.example\r\n\r\nx\r\n",
            to: AddrSpec(localPart: "u", domain: "azienda.it"),
            from: .null,
            by: receiver(.internet, store),
            session: hostile
        )
        let entry = try #require(try await store.list(.all, limit: 10).first)
        let stored = try await body(store, entry.message.id)
        #expect(
            stored.hasPrefix(
                "Received: from xX-Injected:1 ([IPv6:2001:db8::1]) by relay.azienda.it (Ceralacca)\r\n with SMTP"
            )
        )
        #expect(!stored.contains("\nX-Injected"))
        await store.close()
    }

    @Test(arguments: [1, 40])
    func `a message of another organisation of Exchange Online is refused, and nothing of it is stored`(
        _ pieces: Int
    ) async throws {
        let store = try store()
        let receiver = receiver(.exchange, store)
        var online = session
        online.tenants = TenantRule(ids: ["5a3f1c9e-0f1d-4c52-9d5b-6f7f6f1f2a10"], domains: [])
        let body = String(repeating: "0123456789abcdef\r\n", count: 40_000)
        let field = "X-MS-Exchange-CrossTenant-Id: "
        let (ours, theirs) = ("\(field)5a3f1c9e-0f1d-4c52-9d5b-6f7f6f1f2a10\r\n", "\(field)another\r\n")
        for author in [account.description, "mario@azienda.it"] {
            for fields in ["", theirs, ours + theirs, theirs + ours] {
                let reply = await take(
                    "From: \(author)\r\nTo: \(recipient)\r\n\(fields)\r\n\(body)",
                    to: recipient,
                    from: .mailbox(account),
                    by: receiver,
                    pieces: pieces,
                    session: online
                )
                #expect(reply.code == 550 && reply.status == EnhancedStatus(5, 7, 64), "\(fields)")
            }
        }
        #expect(try await store.list(.all, limit: 10).isEmpty)
        #expect(woken.routes.withLock { $0 }.isEmpty)
        let spooled =
            FileManager.default.subpaths(atPath: directory.path)?.filter {
                $0.hasPrefix("spool/") && $0.split(separator: "/").count > 2
            } ?? []
        #expect(spooled.isEmpty, "\(spooled)")
        let message =
            "From: \(account)\r\nTo: \(recipient)\r\n\(ours)\(TenantRule.originField): Hosted\r\n"
            + "X-OriginatorOrg: azienda.it\r\nSubject: x\r\n\r\nbody"
        let taken = await take(message, to: recipient, from: .mailbox(account), by: receiver, session: online)
        #expect(taken.code == 250, "\(taken)")
        let id = try #require(try await store.list(.all, limit: 10).first).message.id
        // What names the organisation stays out of the evidence.
        let stored = try await self.body(store, id)
        #expect(stored.hasSuffix("\r\nFrom: \(account)\r\nTo: \(recipient)\r\nSubject: x\r\n\r\nbody"))
        #expect(!stored.contains("X-MS-Exchange") && !stored.contains("X-OriginatorOrg"))
        await store.close()
    }
}
