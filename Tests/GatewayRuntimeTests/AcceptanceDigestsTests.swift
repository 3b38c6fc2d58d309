// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import QueueSQLite
import Testing

@testable import GatewayRuntime

@Suite struct AcceptanceDigestsTests {
    private let traffic: CertifiedTraffic
    private var digests: AcceptanceDigests

    init() throws {
        traffic = try CertifiedTraffic()
        digests = AcceptanceDigests(
            store: traffic.store,
            alerts: traffic.board,
            clock: traffic.clock,
            day: LocalDay { _ in .seconds(3600) },
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    /// Six in the evening in Rome, after the start at eleven.
    private static let evening = Duration.seconds(7 * 3600)
    /// The account asks for its acceptances once a day.
    private static let daily = "azienda@pec.it, receipts: {acceptances: daily}"

    private func look(after: Duration, _ configuration: Configuration? = nil) async throws -> [QueueEntry] {
        traffic.clock.set(after)
        try await digests.round(configuration ?? CertifiedTraffic.configuration(accounts: Self.daily))
        return try await traffic.notices()
    }

    @Test func `the acceptances of a day come in one message, each as it was handed over`() async throws {
        var ids: [QueueID] = []
        for (number, name) in ["uno", "due"].enumerated() {
            try await traffic.submit(name, after: .seconds(number))
            try await traffic.settle(.delivered, after: .seconds(number))
            ids.append(
                try await traffic.receive(.accepted, of: name, after: .seconds(10 + number), waitsForDigest: true)
            )
        }
        #expect(try await look(after: Self.evening - .seconds(1)).isEmpty)
        let notices = try await look(after: Self.evening + .seconds(20))
        #expect(notices.count == 1)
        let digest = try #require(notices.first)
        #expect(digest.recipients.map(\.recipient.forwardPath.description) == ["protocollo@azienda.it"])
        #expect(digest.message.subject == "Ricevute di accettazione / Receipts of acceptance: 2, azienda@pec.it")
        let text = try await traffic.body(digest.message.id)
        for id in ids {
            let receipt = try await traffic.body(id)
            #expect(text.contains("\r\n\r\n\(receipt)\r\n--=_"))
            #expect(try await traffic.store.entry(id)?.recipients.map(\.state) == [.held], "Exchange has it not yet")
        }
        try await traffic.deliver(.delivered, after: Self.evening + .seconds(21))
        for id in ids { #expect(try await traffic.store.entry(id)?.recipients.map(\.state) == [.delivered]) }
        #expect(!text.contains("X-Ceralacca-PEC"))
        for words in ["Oggetto uno", "Oggetto due", "a@pec.example.it", "opec.uno@pec.it"] {
            #expect(text.contains(words))
        }
        // Sent is sent, however often it is looked at.
        for hour in 0..<3 { #expect(try await look(after: Self.evening + .seconds(hour * 3600)).count == 1) }
    }

    @Test func `what comes behind the hour waits for the next day`() async throws {
        try await traffic.receive(.accepted, of: "uno", after: Self.evening + .seconds(5), waitsForDigest: true)
        #expect(try await look(after: Self.evening + .seconds(3600)).isEmpty)
        #expect(try await look(after: Self.evening + .seconds(86_399)).isEmpty)
        #expect(try await look(after: Self.evening + .seconds(86_400)).count == 1)
    }

    @Test func `a gateway that slept through the hour makes it up`() async throws {
        try await traffic.receive(.accepted, of: "uno", waitsForDigest: true)
        #expect(try await look(after: Self.evening + .seconds(50 * 3600)).count == 1)
    }

    @Test func `many receipts come in several messages that say which they are`() async throws {
        var few = self
        few.digests.maximumReceipts = 2
        for number in 0..<5 {
            try await traffic.receive(.accepted, of: "n\(number)", after: .seconds(number), waitsForDigest: true)
        }
        let subjects = try await few.look(after: Self.evening).compactMap(\.message.subject)
        let start = "Ricevute di accettazione / Receipts of acceptance:"
        #expect(
            subjects == [
                "\(start) 2, azienda@pec.it (1)", "\(start) 2, azienda@pec.it (2)", "\(start) 1, azienda@pec.it (3)",
            ]
        )
    }

    @Test func `large receipts part by size, and one beyond the limit goes alone`() async throws {
        var few = self
        few.digests.maximumOctets = 400_000
        let sizes = [150_000, 150_000, 150_000, 500_000, 1000]
        var ids: [QueueID] = []
        for (number, size) in sizes.enumerated() {
            ids.append(
                try await traffic.receive(
                    .accepted,
                    of: "n\(number)",
                    after: .seconds(number),
                    waitsForDigest: true,
                    octets: size
                )
            )
        }
        let digests = try await few.look(after: Self.evening)
        let receipts = [[0, 1], [2], [3], [4]]
        #expect(digests.count == receipts.count)
        for (digest, numbers) in zip(digests, receipts) {
            let text = try await traffic.body(digest.message.id)
            #expect(text.utf8.count == digest.message.size)
            for number in numbers {
                let receipt = try await traffic.body(ids[number])
                #expect(text.contains(receipt))
            }
        }
    }

    @Test func `an account that left the configuration gets its receipts at once, where they were bound for`()
        async throws
    {
        try await traffic.receive(.accepted, of: "uno", waitsForDigest: true)
        let other = try CertifiedTraffic.configuration(accounts: "altra@pec.it, receipts: {acceptances: daily}")
        let digests = try await look(after: .seconds(60), other)
        #expect(digests.count == 1)
        #expect(digests.first?.recipients.map(\.recipient.forwardPath.description) == ["protocollo@azienda.it"])
    }

    @Test func `an account that asks for digests no more gets what waits within a minute`() async throws {
        try await traffic.receive(.accepted, of: "uno", waitsForDigest: true)
        #expect(try await look(after: .seconds(60)).isEmpty)
        #expect(try await look(after: .seconds(120), CertifiedTraffic.configuration()).count == 1)
    }

    @Test func `each reader gets the receipts that were held for him`() async throws {
        let readers = [["anna"], ["protocollo"], ["protocollo", "anna"], ["protocollo"]]
        for (number, names) in readers.enumerated() {
            try await traffic.receive(
                .accepted,
                of: "n\(number)",
                after: .seconds(number),
                waitsForDigest: true,
                readers: names
            )
        }
        let notices = try await look(after: Self.evening)
        var listed: [String: [String]] = [:]
        for notice in notices {
            let text = try await traffic.body(notice.message.id)
            let names = notice.recipients.map(\.recipient.forwardPath.localPart).joined(separator: ",")
            listed[names] = (0..<4).map { "n\($0)" }.filter { text.contains("ACCETTAZIONE?= \($0) ") }
        }
        #expect(listed == ["anna": ["n0"], "protocollo": ["n1", "n3"], "protocollo,anna": ["n2"]])
        #expect(notices.allSatisfy { $0.message.subject?.hasSuffix("azienda@pec.it") == true }, "each is whole")
    }

    @Test func `a digest that Exchange refuses is told of for a day, and its receipts go one by one`() async throws {
        let id = try await traffic.receive(.accepted, of: "uno", waitsForDigest: true)
        let digest = try #require(try await look(after: Self.evening).first)
        try await traffic.deliver(.failed, after: Self.evening + .seconds(2))
        #expect(try await traffic.store.entry(id)?.recipients.map(\.state) == [.waiting])
        _ = try await look(after: Self.evening + .seconds(60))
        let summary = try #require(await traffic.board.open["account:azienda@pec.it:digest-failed"])
        #expect(summary.contains("\(digest.message.id)") && summary.contains("failed"))
        #expect(try await look(after: Self.evening + .seconds(120)).count == 1, "it is not listed again")
        _ = try await look(after: Self.evening + .seconds(86_460))
        #expect(await traffic.board.open.isEmpty)
    }

    @Test func `a message without tracking is listed by the receipt's own subject`() async throws {
        try await traffic.receive(.accepted, of: "foreign", waitsForDigest: true)
        let digest = try #require(try await look(after: Self.evening).first)
        #expect(try await traffic.body(digest.message.id).contains("ACCETTAZIONE foreign"))
    }
}
