// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import POP3Protocol
import Testing

@testable import MailRetrieval

@Suite struct AccountScheduleTests {
    private let every = Duration.seconds(60)
    private let start = Timestamp(milliseconds: 0)

    private func topics(_ notices: [AccountSchedule.Notice]) -> [String] {
        notices.map { notice in
            switch notice {
            case .raise(let topic, _): "+\(topic.rawValue)"
            case .clear(let topic): "-\(topic.rawValue)"
            }
        }
    }

    @Test func `a fetch that went well is followed by one after the interval, and ends what may be open once`() {
        var schedule = AccountSchedule()
        let first = schedule.fetched(FetchReport(), every: every, now: start)
        #expect(
            first.pause == every
                && topics(first.notices) == [
                    "-login", "-fetch", "-mailbox-full", "-not-deleted", "-folder", "-messages-refused",
                ]
        )
        #expect(schedule.fetched(FetchReport(), every: every, now: start).notices.isEmpty)
    }

    @Test func `messages that wait for their delivery bring the next fetch forward, ever less while nothing happens`() {
        var schedule = AccountSchedule()
        let busy = FetchReport(messages: 3, unsettled: 3)
        let waiting = FetchReport(unsettled: 3)
        #expect(schedule.fetched(busy, every: every, now: start).pause == .seconds(5))
        let pauses = (0..<5).map { _ in schedule.fetched(waiting, every: every, now: start).pause }
        #expect(pauses == [.seconds(10), .seconds(20), .seconds(40), .seconds(60), .seconds(60)])
        #expect(schedule.fetched(FetchReport(deleted: 1, unsettled: 2), every: every, now: start).pause == .seconds(5))
        #expect(schedule.fetched(busy, every: .seconds(2), now: start).pause == .seconds(2))
        #expect(schedule.fetched(FetchReport(continues: true), every: every, now: start).pause == .seconds(1))
    }

    @Test func `failures back off to a quarter of an hour and raise an alert after half an hour`() {
        var schedule = AccountSchedule()
        _ = schedule.fetched(FetchReport(), every: every, now: start)
        var now = start
        var pauses: [Int64] = []
        var raised: Timestamp?
        for _ in 0..<12 {
            let decision = schedule.failed(RetrievalFailure(.session, "dead"), now: now)
            if raised == nil, !decision.notices.isEmpty {
                raised = now
                #expect(decision.notices == [.raise(.fetch, words: "dead")])
            }
            pauses.append(decision.pause.components.seconds)
            now = now + decision.pause
        }
        #expect(pauses.prefix(8) == [10, 20, 40, 80, 160, 320, 640, 900] && pauses.last == 900)
        #expect(raised.map { $0 >= start + .seconds(1800) && $0 < start + .seconds(3600) } == true)
        #expect(topics(schedule.fetched(FetchReport(), every: every, now: start).notices) == ["-fetch"])
    }

    @Test func `a refused login is tried once more, then waits long and tells a person`() {
        var schedule = AccountSchedule()
        _ = schedule.fetched(FetchReport(), every: every, now: start)
        let failure = RetrievalFailure(.login, "-ERR [AUTH] no")
        let first = schedule.failed(failure, now: start)
        #expect(first.pause == .seconds(10) && first.notices.isEmpty)
        let second = schedule.failed(failure, now: start)
        #expect(second.pause == .seconds(900) && second.notices == [.raise(.login, words: "-ERR [AUTH] no")])
        let pauses = (0..<5).map { _ in schedule.failed(failure, now: start).pause.components.seconds }
        #expect(pauses == [1800, 3600, 7200, 7200, 7200])
        #expect(topics(schedule.fetched(FetchReport(), every: every, now: start).notices) == ["-login"])
    }

    @Test func `a maildrop in use is no matter of the password`() {
        var schedule = AccountSchedule()
        for _ in 0..<5 {
            let decision = schedule.failed(RetrievalFailure(.delayed, "in use"), now: start)
            #expect(decision.pause <= .seconds(900) && decision.notices.isEmpty)
        }
    }

    @Test func `a sign-in that is needed is told by whoever keeps the tokens, and is looked for again`() {
        var schedule = AccountSchedule()
        for hours in 0..<5 {
            let failure = RetrievalFailure(.signIn, "nobody has signed in")
            let decision = schedule.failed(failure, now: start + .seconds(3600 * hours))
            #expect(decision.pause == .seconds(900) && decision.notices.isEmpty)
        }
    }

    @Test func `a full disk of ours is told at once, a full mailbox as long as it is`() {
        var schedule = AccountSchedule()
        #expect(topics(schedule.failed(RetrievalFailure(.full, "0 MB free"), now: start).notices) == ["+fetch"])
        let full = FetchReport(fullMailbox: "quota exceeded")
        #expect(topics(schedule.fetched(full, every: every, now: start).notices).contains("+mailbox-full"))
        #expect(topics(schedule.fetched(FetchReport(), every: every, now: start).notices) == ["-mailbox-full"])
    }

    @Test func `messages that are refused for half an hour are told, until they are given out`() {
        var schedule = AccountSchedule()
        _ = schedule.fetched(FetchReport(), every: every, now: start)
        let refusing = FetchReport(refused: 2, refusal: "-ERR virus")
        #expect(schedule.fetched(refusing, every: every, now: start).notices.isEmpty)
        #expect(schedule.fetched(refusing, every: every, now: start + .seconds(1799)).notices.isEmpty)
        let told = schedule.fetched(refusing, every: every, now: start + .seconds(1800)).notices
        #expect(told == [.raise(.messages, words: "2 refused, the last with: -ERR virus")])
        let ended = schedule.fetched(FetchReport(), every: every, now: start + .seconds(1900)).notices
        #expect(topics(ended) == ["-messages-refused"])
    }

    @Test func `doubling never overflows`() {
        #expect(AccountSchedule.doubled(.seconds(10), times: .max, upTo: .seconds(900)) == .seconds(900))
        #expect(AccountSchedule.doubled(.seconds(10), times: -1, upTo: .seconds(900)) == .seconds(10))
    }
}
