// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import Testing

@testable import GatewayRuntime

@Suite struct QuarantineWatchTests {
    private let traffic: CertifiedTraffic
    private let watch: QuarantineWatch

    init() throws {
        traffic = try CertifiedTraffic()
        watch = QuarantineWatch(
            store: traffic.store,
            clock: traffic.clock,
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func quarantine(_ origin: MessageOrigin, subject: String = "Diffida") async throws -> QueueID {
        let octets = ByteBuffer(string: "Subject: \(subject)\r\n\r\nciao\r\n")
        let reader = AddrSpec(localPart: "protocollo", domain: "azienda.it")
        var recipient = QueuedRecipient(
            number: 0,
            recipient: EnvelopeRecipient(reader),
            route: .exchange,
            nextAttempt: CertifiedTraffic.start
        )
        recipient.state = .quarantined
        recipient.lastReply = "clamav: Virus-X"
        let message = QueuedMessage(
            id: QueueID(arrival: CertifiedTraffic.start),
            origin: origin,
            arrival: CertifiedTraffic.start,
            reversePath: .null,
            size: octets.readableBytes,
            headerFrom: "=?utf-8?Q?Citt=C3=A0?= <ente@pec.example.it>",
            subject: subject
        )
        try await traffic.store.insert(Arrival(message: message, recipients: [recipient], body: .octets(octets)))
        return message.id
    }

    @Test(arguments: [MessageOrigin.account("azienda@pec.it"), .provider])
    func `the readers of a certified account are told once, in both languages`(_ origin: MessageOrigin) async throws {
        let id = try await quarantine(origin)
        for hour in 0..<3 {
            traffic.clock.set(.seconds(hour * 3600))
            try await watch.round(CertifiedTraffic.configuration())
        }
        let notices = try await traffic.notices()
        #expect(notices.count == 1)
        let notice = try #require(notices.first)
        #expect(notice.recipients.map(\.recipient.forwardPath.description) == ["protocollo@azienda.it"])
        #expect(notice.recipients.allSatisfy { $0.state == .waiting })
        #expect(notice.message.reversePath == .null)
        #expect(notice.message.subject == "Messaggio trattenuto / Message held back: Diffida")
        let text = try await traffic.body(notice.message.id)
        for words in ["clamav: Virus-X", "\(id)", "postmaster@azienda.it", "Non =C3=A8 perso", "It is not lost"] {
            #expect(text.contains(words), "\(words)")
        }
        #expect(try await traffic.store.entry(id)?.recipients.map(\.state) == [.quarantined])
    }

    @Test(arguments: [MessageOrigin.internet, .exchange, .account("altro@gmail.com")])
    func `of other mail nobody but the postmaster is told`(_ origin: MessageOrigin) async throws {
        _ = try await quarantine(origin)
        try await watch.round(CertifiedTraffic.configuration())
        #expect(try await traffic.notices().isEmpty)
        #expect(try await traffic.store.quarantineUntold(limit: 10).isEmpty, "it would be looked at for ever")
    }

    @Test func `mail from the Internet goes when it had its time, certified mail never by itself`() async throws {
        let ids = [try await quarantine(.internet), try await quarantine(.account("azienda@pec.it"))]
        let states = { () async throws -> [RecipientState?] in
            var states: [RecipientState?] = []
            for id in ids { states.append(try await traffic.store.entry(id)?.recipients.first?.state) }
            return states
        }
        traffic.clock.set(.seconds(30 * 86_400))
        try await watch.round(CertifiedTraffic.configuration())
        #expect(try await states() == [.quarantined, .quarantined])
        traffic.clock.set(.seconds(400 * 86_400))
        try await watch.round(CertifiedTraffic.configuration("quarantine: {keep: forever}"))
        #expect(try await states() == [.quarantined, .quarantined])
        try await watch.round(CertifiedTraffic.configuration())
        #expect(try await states() == [.deleted, .quarantined])
        let decisions = try await traffic.store.entry(ids[0])?.history.map(\.attempt.reply)
        #expect(decisions?.last?.contains("quarantine.keep") == true)
    }
}
