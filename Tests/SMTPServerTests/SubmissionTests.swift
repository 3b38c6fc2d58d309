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
import Testing

/// Certified submissions on their way from Exchange into the queue.
@Suite(.timeLimit(.minutes(5)))
struct SubmissionTests {
    private struct FixedClock: WallClock {
        func now() -> Timestamp { Timestamp(milliseconds: 1_795_428_000_000) }  // Mon, 23 Nov 2026 10:00:00 +0000
    }

    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let account = AddrSpec(localPart: "azienda", domain: "pec.example.it")

    /// A message as Exchange hands it over: what is taken off in the first lines, what stays behind them.
    private static let internalFields =
        "Received: from EXCH1.azienda.lan (10.0.0.10) by EXCH1.azienda.lan\r\n (10.0.0.10) with Microsoft SMTP Server id 15.2;\r\n"
        + " Mon, 23 Nov 2026 11:00:00 +0100\r\nX-MS-Exchange-Organization-AuthAs: Internal\r\nx-originating-ip: [10.1.2.3]\r\nBcc:\r\n"
    private static let ownFields =
        "From: Azienda\r\n <azienda@pec.example.it>\r\nTo: ente@pec.fuori.example\r\nSubject: =?utf-8?q?perch=C3=A9?=\r\n"
        + "Thread-Index: AdzX\r\nMessage-ID: <1@azienda.it>\r\n"

    private func store() throws -> SQLiteQueue {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try SQLiteQueue.open(directory: directory.path, minimumFree: 0)
    }

    private func receiver(
        _ store: SQLiteQueue,
        receiptType: ReceiptRequest? = nil,
        mergeWindow: Duration = .zero
    ) -> QueueReceiver {
        let routed = RoutedAccount(
            address: account,
            isCertified: true,
            deliverTo: [AddrSpec(localPart: "protocollo", domain: "azienda.it")],
            provider: "comune",
            limits: SubmissionLimits(recipients: 3, total: .megabytes(1), refusedExtensions: ["exe"]),
            receiptType: receiptType
        )
        var policy = ReceptionPolicy(
            role: .exchange,
            hostname: "relay.azienda.it",
            postmaster: AddrSpec(localPart: "postmaster", domain: "azienda.it"),
            table: RoutingTable(accounts: [routed], exchangeDomains: ["azienda.it"])
        )
        policy.mergeWindow = mergeWindow
        return QueueReceiver(
            policy: policy,
            store: store,
            clock: FixedClock(),
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func take(
        _ content: String,
        to recipients: [String] = ["ente"],
        by receiver: QueueReceiver,
        piece: Int
    ) async -> SMTPReply {
        let envelope = Envelope(
            reversePath: .mailbox(AddrSpec(localPart: "mario", domain: "azienda.it")),
            recipients: recipients.map { EnvelopeRecipient(AddrSpec(localPart: $0, domain: "pec.fuori.example")) }
        )
        let session = SessionFacts(id: "S1", peer: "10.0.0.10", clientName: "EXCH1.azienda.lan", isExtended: true)
        let intake = await receiver.begin(envelope, session: session)
        var rest = ByteBuffer(string: content)
        let octets = rest.readableBytes
        while let next = rest.readSlice(length: min(piece, rest.readableBytes)), next.readableBytes > 0 {
            await intake.append(next)
        }
        return await intake.finish(ContentFacts(octets: octets, hasBareLineEnds: false, isEightBit: false))
    }

    private func read(_ store: SQLiteQueue) async throws -> (message: QueuedMessage, body: String) {
        let message = try #require(try await store.list(.all, limit: 10).first).message
        let reader = try await store.readBody(message.id)
        var whole = ByteBuffer()
        while var piece = try await reader.read(upTo: 65_536) { whole.writeBuffer(&piece) }
        await reader.close()
        return (message, String(buffer: whole))
    }

    /// Bodies that lie in files of their own.
    private func bodies() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory.path).filter { path in
            let facts = try? FileManager.default.attributesOfItem(atPath: "\(directory.path)/\(path)")
            return path.hasPrefix("spool/") && facts?[.type] as? FileAttributeType == .typeRegular
        }
    }

    private static let bodyBeginsLike = "\r\nReceived: in the body\r\nBcc:\r\n\r\nperché\r\n"

    @Test(arguments: [1, 7, 100_000], [0, 60_000])
    func `internal fields are taken off, the body is not touched, ours stand on top`(
        _ piece: Int,
        _ lines: Int
    ) async throws {
        let store = try store()
        let body = Self.bodyBeginsLike + String(repeating: "0123456789\r\n", count: lines)
        let content = Self.internalFields + Self.ownFields + body
        #expect(await take(content, by: receiver(store), piece: lines == 0 ? piece : max(piece, 1000)).code == 250)
        let (message, stored) = try await read(store)
        #expect(
            message.trace
                == "Received: by relay.azienda.it id \(message.id); Mon, 23 Nov 2026 10:00:00 +0000\r\n"
        )
        #expect(stored == message.trace + Self.ownFields + body)
        #expect(message.size == stored.utf8.count)
        #expect(message.messageID == "1@azienda.it")
        #expect(try bodies().count == (lines == 0 ? 0 : 1))
        await store.close()
    }

    @Test func `a header of almost 256 KB is whole before anything is written`() async throws {
        let store = try store()
        let filler = "X-Filler: " + String(repeating: "x", count: 60) + "\r\n"
        let fillers = String(repeating: filler, count: 262_000 / filler.utf8.count - 20)
        let content = fillers + Self.internalFields + Self.ownFields + Self.bodyBeginsLike
        #expect(await take(content, by: receiver(store), piece: 5000).code == 250)
        let (message, stored) = try await read(store)
        #expect(stored == message.trace + fillers + Self.ownFields + Self.bodyBeginsLike)
        await store.close()
    }

    @Test func `a message without identifier and with a kind of receipt gets both on top`() async throws {
        let store = try store()
        let content = "From: azienda@pec.example.it\r\nTo: ente@pec.fuori.example\r\n\r\nx\r\n"
        #expect(await take(content, by: receiver(store, receiptType: .brief), piece: 50).code == 250)
        let (message, stored) = try await read(store)
        let identifier = try #require(message.messageID)
        #expect(identifier.hasPrefix("\(message.id).") && identifier.hasSuffix("@relay.azienda.it"))
        #expect(message.trace.hasSuffix("+0000\r\nMessage-ID: <\(identifier)>\r\nX-TipoRicevuta: breve\r\n"))
        #expect(stored == message.trace + content)
        await store.close()
    }

    @Test(arguments: [0, 60_000])
    func `a refused file leaves nothing behind, however late it comes`(_ lines: Int) async throws {
        let store = try store()
        let content =
            Self.ownFields + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
            + String(repeating: "0123456789\r\n", count: lines)
            + "--b\r\nContent-Type: application/octet-stream; name=\"setup.exe\"\r\n\r\nx\r\n--b--\r\n"
        let reply = await take(content, by: receiver(store), piece: 1000)
        #expect(reply.code == 550 && reply.status == EnhancedStatus(5, 7, 1))
        #expect(reply.lines.count == 2 && reply.lines.allSatisfy { $0.contains("\"setup.exe\"") })
        #expect(try await store.list(.all, limit: 10).isEmpty)
        #expect(try bodies().isEmpty)
        await store.close()
    }

    @Test func `a message that is too large for the provider is refused at its end`() async throws {
        let store = try store()
        let content = Self.ownFields + "\r\n" + String(repeating: "0123456789\r\n", count: 90_000)
        let reply = await take(content, by: receiver(store), piece: 100_000)
        #expect(reply.code == 552 && reply.lines[0].contains("il gestore comune ammette in tutto 1 MB"))
        #expect(try await store.list(.all, limit: 10).isEmpty)
        #expect(try bodies().isEmpty)
        await store.close()
    }

    @Test func `what its header refuses is not kept while the rest comes`() async throws {
        let store = try store()
        let content = Self.ownFields + "Bcc: x@y.it\r\n\r\n" + String(repeating: "0123456789\r\n", count: 60_000)
        let envelope = Envelope(
            reversePath: .null,
            recipients: [EnvelopeRecipient(AddrSpec(localPart: "ente", domain: "pec.fuori.example"))]
        )
        let session = SessionFacts(id: "S1", peer: "10.0.0.10", clientName: "EXCH1", isExtended: true)
        let intake = await receiver(store).begin(envelope, session: session)
        await intake.append(ByteBuffer(string: content))
        #expect(try bodies().isEmpty)
        let facts = ContentFacts(octets: content.utf8.count, hasBareLineEnds: false, isEightBit: false)
        #expect(await intake.finish(facts).isPermanent)
        await store.close()
    }

    @Test func `Exchange reads both languages at the end of data, and its next message is taken`() async throws {
        let store = try store()
        try await withListener(receiver(store)) { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO exch1.azienda.lan")
                for (hidden, code) in [("nascosto@pec.fuori.example", "550"), ("ente@pec.fuori.example", "250")] {
                    _ = try await client.say("MAIL FROM:<mario@azienda.it>")
                    _ = try await client.say("RCPT TO:<ente@pec.fuori.example>")
                    _ = try await client.say("RCPT TO:<\(hidden)>")
                    _ = try await client.say("DATA")
                    let reply = try await client.say("\(Self.ownFields)\r\nciao\r\n.")
                    #expect(reply.hasPrefix(code))
                    guard code == "550" else { continue }
                    let lines = reply.split(separator: " | ")
                    #expect(lines.count == 2)
                    #expect(
                        lines[0].hasPrefix(
                            "550-5.7.1 PEC non inviata: nascosto@pec.fuori.example non e' nei campi A o Cc."
                        )
                    )
                    #expect(
                        lines[1].hasPrefix("550 5.7.1 Not sent as certified mail: nascosto@pec.fuori.example stands in")
                    )
                }
            }
        }
        #expect(try await store.list(.all, limit: 10).count == 1)
        await store.close()
    }

    // MARK: The same message again (P5)

    private static let twoRecipients =
        ownFields.replacing("To: ente@pec.fuori.example", with: "To: ente@pec.fuori.example, asl@pec.fuori.example")

    @Test func `a message that Exchange offers again, its 250 having been lost, is taken once`() async throws {
        let store = try store()
        let receiver = receiver(store)
        let body = "\r\n" + String(repeating: "0123456789\r\n", count: 60_000)
        #expect(await take(Self.internalFields + Self.ownFields + body, by: receiver, piece: 50_000).code == 250)
        let first = try await read(store).message.id
        // The second offer came by another Exchange server: its Received field differs, which is none of the message.
        let again = Self.internalFields.replacing("EXCH1", with: "EXCH2") + Self.ownFields + body
        let reply = await take(again, by: receiver, piece: 50_000)
        #expect(reply.description == "250 2.0.0 message \(first) accepted already, not taken twice")
        #expect(try await store.list(.all, limit: 10).map(\.message.id) == [first])
        #expect(try bodies().count == 1)
        await store.close()
    }

    @Test func `the same Message-ID over other content is another message`() async throws {
        let store = try store()
        let receiver = receiver(store)
        #expect(await take(Self.ownFields + "\r\nuno\r\n", by: receiver, piece: 100).code == 250)
        #expect(await take(Self.ownFields + "\r\ndue\r\n", by: receiver, piece: 100).code == 250)
        #expect(try await store.list(.all, limit: 10).count == 2)
        await store.close()
    }

    @Test func `transactions of one message within the window become one submission`() async throws {
        let store = try store()
        let receiver = receiver(store, mergeWindow: .seconds(10))
        let content = Self.twoRecipients + Self.bodyBeginsLike
        #expect(await take(content, to: ["ente"], by: receiver, piece: 100).code == 250)
        let first = try await read(store).message.id
        let reply = await take(content, to: ["asl"], by: receiver, piece: 100)
        #expect(reply.description == "250 2.0.0 message \(first) accepted, these recipients were added to it")
        let entries = try await store.list(.all, limit: 10)
        #expect(entries.map(\.message.id) == [first])
        #expect(entries.first?.recipients.map(\.recipient.forwardPath.localPart) == ["ente", "asl"])
        #expect(entries.first?.recipients.allSatisfy { $0.nextAttempt.milliseconds == 1_795_428_010_000 } == true)
        await store.close()
    }

    @Test func `without a window the second transaction goes out by itself, and only to its own recipients`()
        async throws
    {
        let store = try store()
        let receiver = receiver(store)
        let content = Self.twoRecipients + Self.bodyBeginsLike
        #expect(await take(content, to: ["ente"], by: receiver, piece: 100).code == 250)
        #expect(await take(content, to: ["ente", "asl"], by: receiver, piece: 100).code == 250)
        let queued = try await store.list(.all, limit: 10).map { $0.recipients.map(\.recipient.forwardPath.localPart) }
        #expect(queued.count == 2 && Set(queued) == [["ente"], ["asl"]])
        await store.close()
    }
}
