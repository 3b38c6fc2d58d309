// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import Testing

@testable import SMTPDelivery

@Suite struct LanePartsTests {
    private let start = Timestamp(milliseconds: 1_000_000)
    private let pauses: ClosedRange<Duration> = .seconds(5)...(.seconds(20))

    @Test func `what servers offer is known once all of them were greeted, and forgotten after a day`() throws {
        let servers = [1, 2].map { Endpoint(scheme: .smtp, host: "exch\($0).lan", port: 25, tls: .none) }
        var notes = ServerNotes()
        #expect(notes.offer(servers, now: start) == nil && notes.offer([], now: start) == nil)
        notes.offers(ServerOffer(maximumOctets: 1000, smtpUTF8: true), servers[0], now: start)
        #expect(notes.offer(servers, now: start) == nil)
        #expect(notes.offer([servers[0]], now: start) == ServerOffer(maximumOctets: 1000, smtpUTF8: true))
        notes.offers(ServerOffer(maximumOctets: 2000, smtpUTF8: false), servers[1], now: start + .seconds(3600))
        #expect(notes.offer(servers, now: start + .seconds(3600)) == ServerOffer(maximumOctets: 2000, smtpUTF8: true))
        #expect(notes.offer(servers, now: start + .seconds(86_400)) == nil)
        notes.offers(ServerOffer(maximumOctets: nil, smtpUTF8: false), servers[0], now: start + .seconds(3600))
        #expect(notes.offer(servers, now: start + .seconds(3601)) == ServerOffer(maximumOctets: nil, smtpUTF8: false))
    }

    @Test func `the gate's pauses double up to the longest, and success forgets them`() {
        var gate = LaneGate()
        var now = start
        for pause in [5, 10, 20, 20] {
            gate.fail("down", now: now, pauses: pauses)
            #expect(gate.closedUntil == now + .seconds(pause))
            now = now + .seconds(pause)
            gate.look(now: now - .milliseconds(1))
            #expect(gate.closedUntil != nil)
            gate.look(now: now)
            #expect(gate.state == .probing)
        }
        #expect(gate.downSince == start)
        gate.succeed()
        #expect(gate == LaneGate())
    }

    @Test
    func `an outage that a reload does not end has lasted since it began, and nothing is told before it failed anew`() {
        var gate = LaneGate()
        gate.fail("down", now: start, pauses: pauses)
        gate = gate.renewed(isProving: false).renewed(isProving: true)
        #expect(gate.state == .probing && gate.downSince == nil && gate.closedUntil == nil)
        gate.fail("down", now: start + .seconds(240), pauses: pauses)
        #expect(gate.downSince == start)
        #expect(gate.closedUntil == start + .seconds(245))
        gate.succeed()
        gate = gate.renewed(isProving: false)
        gate.fail("down", now: start + .seconds(500), pauses: pauses)
        #expect(gate.downSince == start + .seconds(500))
    }

    @Test func `failures of workers that began before do not lengthen a pause`() {
        var gate = LaneGate()
        for _ in 0..<15 { gate.fail("down", now: start, pauses: pauses) }
        #expect(gate.closedUntil == start + .seconds(5))
        gate.fail("login refused", now: start, pauses: .seconds(900)...(.seconds(7200)))
        #expect(gate.closedUntil == start + .seconds(900))
    }

    @Test func `a login is retried once, and only once until it succeeds`() {
        var breaker = LoginBreaker()
        #expect([breaker.refused(), breaker.refused(), breaker.refused()] == [.retry, .open, .open])
        breaker.accepted()
        #expect(breaker.refused() == .retry)
    }

    @Test func `servers take turns, and a failed one is left alone for growing pauses`() {
        let endpoints = [1, 2, 3].map { Endpoint.loopback($0) }
        var pool = ServerPool(endpoints, pauses: pauses)
        let firsts = (0..<6).compactMap { _ in pool.candidates(now: start).first }
        #expect(endpoints.allSatisfy { endpoint in firsts.count { $0 == endpoint } == 2 })
        pool.failed(endpoints[1], now: start)
        #expect(!pool.candidates(now: start + .milliseconds(4999)).contains(endpoints[1]))
        #expect(pool.candidates(now: start + .seconds(5)).contains(endpoints[1]))
        pool.failed(endpoints[1], now: start + .seconds(5))
        #expect(!pool.candidates(now: start + .milliseconds(14_999)).contains(endpoints[1]))
        pool.succeeded(endpoints[1], now: start + .seconds(6))
        #expect(!pool.candidates(now: start + .seconds(6)).contains(endpoints[1]))
        pool.succeeded(endpoints[1], now: start + .seconds(15))
        #expect(pool.candidates(now: start).count == 3)
        for endpoint in endpoints { pool.failed(endpoint, now: start) }
        #expect(pool.candidates(now: start).count == 3)
    }

    @Test func `words of a server are kept up to 2 KB, whole characters`() {
        #expect("è".capped(2) == "è")
        #expect(String(repeating: "è", count: 2000).capped(2048).utf8.count <= 2048)
        #expect(String(repeating: "è", count: 2000).capped(2048) == String(repeating: "è", count: 1022) + "…")
        let long = SMTPReply(450, nil, String(repeating: "x", count: 8000))
        #expect(judge(.answered(long), origin: .exchange).words.utf8.count == 2048)
    }

    @Test func `the window slides`() {
        var window = MessageWindow(limit: 3)
        window.take(2, now: start)
        #expect(window.available(now: start + .seconds(59)) == 1)
        window.take(1, now: start + .seconds(30))
        #expect(window.available(now: start + .seconds(59)) == 0)
        #expect(window.available(now: start + .seconds(60)) == 2)
        window.giveBack(1)
        #expect(window.available(now: start + .seconds(60)) == 3)
    }

    @Test func `the window counts alike whether messages come in bursts or one by one`() {
        var window = MessageWindow(limit: 1000)
        for step in 0..<700 { window.take(1, now: start + .milliseconds(step * 50)) }
        #expect(window.available(now: start + .seconds(40)) == 300)
        #expect(window.available(now: start + .seconds(65)) == 401)
        window.giveBack(500)
        #expect(window.available(now: start + .seconds(65)) == 901)
        #expect(window.available(now: start + .seconds(95)) == 1000)
    }

    @Test func `the window stays quick however many messages it holds`() {
        var window = MessageWindow(limit: 10_000_000)
        let elapsed = ContinuousClock().measure {
            for step in 0..<20_000 {
                window.take(100, now: start + .milliseconds(step))
                _ = window.available(now: start + .milliseconds(step))
            }
        }
        #expect(elapsed < .seconds(5))
    }

    @Test(arguments: [
        ("250 ok", ReplyVerdict.delivered), ("450 x", .transient), ("550 5.1.1 no", .permanent),
        ("554 5.4.6 too many hops", .permanent), ("554 Too many Received lines", .permanent),
        ("552 too many recipients", .transient), ("550 Troppi errori", .permanent),
        (
            "550 MAIL from: \"a@legalmail.it\" blocked \"Class Of Service\" - Too much traffic from this sender",
            .transient
        ),
        ("554 Indirizzo IP bloccato temporaneamente per sospetto abuso", .transient),
        ("554 5.7.1 Casella temporaneamente bloccata", .transient), ("550 Superato il limite di invii", .transient),
        ("550 Policy rejection; Message count exceeded", .transient), ("554 MAX RCPT TO DAILY LIMIT", .transient),
        ("550 5.7.1 Rate limit exceeded", .transient), ("550 Too many connections, try again later", .transient),
        ("552 5.3.4 Message size exceeds fixed limit", .permanent), ("552 5.2.2 mailbox quota exceeded", .permanent),
        ("550 Casella bloccata", .permanent), ("553 5.7.1 <a@x>: Sender address rejected: not logged in", .permanent),
        ("554 5.7.1 Messaggio rifiutato dal sistema. Indirizzo destinatario sconosciuto", .permanent),
    ])
    func `a reply's meaning is its code, throttling apart`(_ text: String, _ verdict: ReplyVerdict) {
        let reply = SMTPReply(Int(text.prefix(3)) ?? 0, nil, String(text.dropFirst(4)))
        #expect(ReplyVerdict(reply) == verdict)
    }

    private func claim(_ count: Int, origin: MessageOrigin, size: Int = 10) -> Claim {
        let recipients = (0..<count).map {
            QueuedRecipient(
                number: $0,
                recipient: EnvelopeRecipient(AddrSpec(localPart: "r\($0)", domain: "y.it")),
                route: .exchange,
                nextAttempt: start
            )
        }
        let message = QueuedMessage(
            id: QueueID(arrival: start),
            origin: origin,
            arrival: start,
            reversePath: .null,
            size: size
        )
        return Claim(message: message, recipients: recipients, lease: Lease(owner: "x", until: start))
    }

    private func widths(_ claim: Claim, _ target: LaneTarget) -> [Int]? {
        guard case .transactions(let groups) = TransactionPlan.make(claim, target: target, most: 100) else {
            return nil
        }
        return groups.map(\.count)
    }

    @Test func `retrieved mail goes to Exchange with one recipient a transaction, other mail with up to 100`() throws {
        let target = try #require(LaneTarget.make(.exchange, try .test(exchange: [1])).target)
        #expect(widths(claim(3, origin: .account("a@x.it")), target) == [1, 1, 1])
        #expect(widths(claim(3, origin: .provider), target) == [1, 1, 1])
        #expect(widths(claim(250, origin: .internet), target) == [100, 100, 50])
    }

    @Test func `an ordinary account's limits divide a message, a certified one's refuse it`() throws {
        let limits = AccountLimits(recipients: 4, totalOctets: 30)
        let ordinary = try AccountTarget.test(port: 1, isCertified: false, limits: limits)
        let account = Route.account("pec@x.it")
        var target = try #require(LaneTarget.make(account, try .test(accounts: [ordinary])).target)
        #expect(widths(claim(7, origin: .exchange), target) == [3, 3, 1])
        #expect(widths(claim(9, origin: .exchange, size: 1), target) == [4, 4, 1])
        #expect(widths(claim(1, origin: .exchange, size: 31), target) == nil)
        target.isCertified = true
        #expect(widths(claim(3, origin: .exchange), target) == [3])
        #expect(widths(claim(4, origin: .exchange), target) == nil)
        #expect(widths(claim(5, origin: .exchange, size: 1), target) == nil)
    }

    private func judge(
        _ event: OutcomeJudge.Event,
        origin: MessageOrigin,
        age: Duration = .zero,
        attempts: Int = 0,
        offersDSN: Bool = true,
        notify: NotifyConditions? = nil
    ) -> OutcomeJudge.Judgement {
        let message = QueuedMessage(
            id: QueueID(arrival: start),
            origin: origin,
            arrival: start - age,
            reversePath: .mailbox(AddrSpec(localPart: "a", domain: "x.it")),
            size: 1
        )
        let recipient = QueuedRecipient(
            number: 0,
            recipient: EnvelopeRecipient(AddrSpec(localPart: "b", domain: "y.it"), notify: notify),
            route: .internet,
            nextAttempt: start,
            attempts: attempts
        )
        let judge = OutcomeJudge(schedule: .standard, now: start, offersDSN: offersDSN)
        return judge.judge(event, recipient, of: message)
    }

    @Test func `what is refused for good fails with a report, or is kept, by where it came from`() {
        let refused = OutcomeJudge.Event.answered(SMTPReply(550, EnhancedStatus(5, 1, 1), "no"))
        #expect(judge(refused, origin: .exchange).outcome == .failed)
        #expect(judge(refused, origin: .exchange).report == .failed)
        #expect(judge(refused, origin: .exchange, notify: .never).report == nil)
        #expect(judge(refused, origin: .notice).outcome == .failed)
        #expect(judge(refused, origin: .notice).report == nil)
        for origin in [MessageOrigin.internet, .provider, .account("a@x.it")] {
            #expect(judge(refused, origin: origin).outcome == .quarantined)
            #expect(judge(refused, origin: origin).report == nil)
        }
    }

    @Test func `what waits is due by the schedule, until it is too old`() {
        let later = OutcomeJudge.Event.unanswered("no answer")
        #expect(judge(later, origin: .exchange).outcome == .deferred(until: start + .seconds(60)))
        #expect(judge(later, origin: .exchange, age: .seconds(4 * 3600)).report == .delayed)
        #expect(judge(later, origin: .internet, age: .seconds(4 * 3600)).report == nil)
        let expired = judge(later, origin: .exchange, age: .seconds(5 * 86400))
        #expect(expired.outcome == .failed && expired.status == EnhancedStatus(4, 4, 7))
        #expect(expired.words.contains("no answer"))
    }

    @Test func `a claim given back is no attempt, but grows old all the same`() {
        let until = start + .seconds(30)
        let back = OutcomeJudge.Event.notTried("lane down", until: until)
        #expect(judge(back, origin: .exchange).outcome == .deferred(until: until))
        #expect(!judge(back, origin: .exchange).countsAsAttempt)
        #expect(judge(back, origin: .exchange, age: .seconds(4 * 3600)).report == .delayed)
        #expect(judge(back, origin: .account("a@x.it"), age: .seconds(5 * 86400)).outcome == .quarantined)
    }
}
