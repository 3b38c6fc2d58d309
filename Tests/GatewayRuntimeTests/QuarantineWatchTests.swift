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
            day: LocalDay { _ in .seconds(3600) },
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func quarantine(
        _ origin: MessageOrigin,
        subject: String = "Diffida",
        to readers: [String] = ["protocollo"],
        reason: String = "clamav: Virus-X",
        after time: Duration = .zero,
        for account: String = "azienda@pec.it"
    ) async throws -> QueueID {
        let octets = ByteBuffer(string: "Subject: \(subject)\r\n\r\nciao\r\n")
        let arrival = CertifiedTraffic.start + time
        let recipients = readers.enumerated().map { number, reader in
            var recipient = QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(AddrSpec(localPart: reader, domain: "azienda.it")),
                route: .exchange,
                nextAttempt: arrival
            )
            recipient.state = .quarantined
            recipient.lastReply = reason
            return recipient
        }
        let message = QueuedMessage(
            id: QueueID(arrival: arrival),
            origin: origin,
            arrival: arrival,
            reversePath: .null,
            size: octets.readableBytes,
            trace: "X-Ceralacca-Account: \(account)\r\n",
            headerFrom: "=?utf-8?Q?Citt=C3=A0?= <ente@pec.example.it>",
            subject: subject
        )
        try await traffic.store.insert(Arrival(message: message, recipients: recipients, body: .octets(octets)))
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

    @Test(arguments: [MessageOrigin.exchange, .account("altro@gmail.com"), .provider])
    func `of other mail nobody but the postmaster is told`(_ origin: MessageOrigin) async throws {
        _ = try await quarantine(origin, for: "altro@gmail.com")
        try await watch.round(CertifiedTraffic.configuration())
        #expect(try await traffic.notices().isEmpty)
        let untold = try await traffic.store.quarantineUntold(
            isFromInternet: false,
            before: CertifiedTraffic.start + .seconds(60),
            limit: 10
        )
        #expect(untold.isEmpty, "it would be looked at for ever")
    }

    @Test func `the readers of any account are told of what no scanner could judge`() async throws {
        _ = try await quarantine(.account("altro@gmail.com"), reason: "no verdict within a day: rspamd: closed")
        try await watch.round(CertifiedTraffic.configuration())
        let notice = try #require(try await traffic.notices().first)
        #expect(notice.recipients.map(\.recipient.forwardPath.description) == ["protocollo@azienda.it"])
        let text = try await traffic.body(notice.message.id)
        #expect(text.contains("no verdict within a day: rspamd: closed") && !text.contains("To the law"))
    }

    @Test func `what the Internet sent is listed once a day, for the postmaster`() async throws {
        let ids = [
            try await quarantine(.internet, subject: "=?utf-8?Q?Offerta_pi=C3=B9_bella?="),
            try await quarantine(.internet, subject: "Seconda", to: ["ugo", "ada"], after: .seconds(60)),
        ]
        // It is 11:00 in Rome: the day's list is made at 18:00.
        for hour in 0..<30 {
            traffic.clock.set(.seconds(hour * 3600))
            try await watch.round(CertifiedTraffic.configuration())
            #expect(try await traffic.notices().count == (hour < 7 ? 0 : 1), "\(hour)")
        }
        let notice = try #require(try await traffic.notices().first)
        #expect(notice.recipients.map(\.recipient.forwardPath.description) == ["postmaster@azienda.it"])
        #expect(notice.message.subject == "Messaggi trattenuti / Messages held back: 2")
        let text = try await traffic.body(notice.message.id)
        for words in ["clamav: Virus-X", "Offerta pi=C3=B9 bella", "ugo@azienda.it", "quarantine release ID"]
            + ids.map({ "\($0)" })
        { #expect(text.contains(words), "\(words)") }
    }

    @Test func `each recipient is told of his own, or nobody`() async throws {
        _ = try await quarantine(.internet, subject: "Prima", to: ["ugo", "ada"])
        _ = try await quarantine(.internet, subject: "Seconda", to: ["ADA"], after: .seconds(60))
        traffic.clock.set(.seconds(8 * 3600))
        try await watch.round(CertifiedTraffic.configuration("quarantine: {digest: recipients}"))
        var told: [String: String] = [:]
        for notice in try await traffic.notices() {
            let reader = try #require(notice.recipients.first).recipient.forwardPath.description
            #expect(notice.recipients.count == 1 && told[reader] == nil)
            told[reader] = try await traffic.body(notice.message.id)
        }
        #expect(Set(told.keys) == ["ugo@azienda.it", "ada@azienda.it"])
        #expect(
            told["ugo@azienda.it"]?.contains("Prima") == true && told["ugo@azienda.it"]?.contains("Seconda") == false
        )
        #expect(
            told["ada@azienda.it"]?.contains("Prima") == true && told["ada@azienda.it"]?.contains("Seconda") == true
        )
        #expect(told["ada@azienda.it"]?.contains("postmaster@azienda.it") == true)
        _ = try await quarantine(.internet, after: .seconds(8 * 3600))
        traffic.clock.set(.seconds(40 * 3600))
        try await watch.round(CertifiedTraffic.configuration("quarantine: {digest: none}"))
        #expect(try await traffic.notices().count == 2)
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
