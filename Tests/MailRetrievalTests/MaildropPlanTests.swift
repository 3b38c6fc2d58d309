// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import POP3Protocol
import TestLab
import Testing

@testable import MailRetrieval

/// What the plan does with maildrops that change between two listings, whatever the server does with identifiers.
@Suite struct MaildropPlanTests {
    private let start = Timestamp(milliseconds: 1_790_000_000_000)

    private func mark(_ uniqueID: String, _ digest: String, octets: Int = 100, settled: Bool = true) -> RetrievalMark {
        RetrievalMark(
            identity: RetrievedIdentity(account: "a", uniqueID: uniqueID, digest: digest, listedOctets: octets),
            id: QueueID(arrival: start),
            retrieved: start,
            isSettled: settled,
            settledAt: settled ? start : nil
        )
    }

    /// Retrieves everything that the plan asks for from `maildrop`, octets by number.
    /// - Returns: the numbers in the order of retrieval, and the digests of what is new.
    private func run(
        _ plan: inout MaildropPlan,
        _ marks: [RetrievalMark],
        _ maildrop: [Int: String]
    ) -> (retrieved: [Int], new: [String]) {
        var retrieved: [Int] = []
        var new: [String] = []
        while !plan.downloads.isEmpty {
            for message in plan.downloads {
                retrieved.append(message.number)
                guard let digest = maildrop[message.number] else { continue }
                let id = QueueID(arrival: start)
                let received = ReceivedTime(dateTime: MailDate.format(start))
                let found = plan.recognise(message, digest: digest, id: id, received: received)
                if case .new = found { new.append(digest) }
            }
            plan.proceed(marks: marks, now: start)
        }
        return (retrieved, new)
    }

    private func listing(_ sizes: [Int]) -> [ListedMessage] {
        sizes.enumerated().map { ListedMessage(number: $0 + 1, octets: $1, uniqueID: "\($0 + 1)") }
    }

    @Test func `a suspect that proves reuse is compared with the marks of trusted identifiers too`() {
        let marks = [mark("1", "A", octets: 50), mark("2", "B"), mark("3", "C"), mark("4", "D")]
        var plan = MaildropPlan(messages: listing([100, 100, 100, 100]), marks: marks, keep: .days(0), now: start)
        #expect(plan.downloads.map(\.number) == [1])
        #expect(plan.deletions(marks: marks, except: [], now: start).isEmpty)
        let (retrieved, new) = run(&plan, marks, [1: "B", 2: "C", 3: "D", 4: "E"])
        #expect(retrieved == [1, 2, 3, 4] && new == ["E"])
        #expect(plan.deletions(marks: marks, except: [], now: start).map(\.number) == [1, 2, 3])
    }

    @Test func `without a suspect identifiers count and nothing known is retrieved`() {
        let marks = [mark("1", "A"), mark("2", "B", settled: false)]
        var plan = MaildropPlan(messages: listing([100, 100, 100]), marks: marks, keep: .days(0), now: start)
        let (retrieved, new) = run(&plan, marks, [1: "A", 2: "B", 3: "C"])
        #expect(retrieved == [3] && new == ["C"])
        #expect(plan.deletions(marks: marks, except: [], now: start).map(\.number) == [1])
    }

    @Test func `a suspect that nobody has seen makes what is to go be seen first, and that alone`() {
        let marks = [mark("1", "A", octets: 50), mark("2", "B"), mark("3", "C", settled: false)]
        var plan = MaildropPlan(messages: listing([60, 100, 100]), marks: marks, keep: .days(0), now: start)
        let (retrieved, new) = run(&plan, marks, [2: "B", 3: "C"])
        #expect(retrieved == [1, 2] && new.isEmpty)
        #expect(plan.deletions(marks: marks, except: [], now: start).map(\.number) == [2])
    }

    @Test func `whatever somebody else deletes, no message with a suspect in its listing is lost or stored twice`() {
        var generator = SeededGenerator(seed: 0x0B0E)
        for _ in 0..<2000 {
            let count = Int.random(in: 1...6, using: &generator)
            let sizes = (0..<count).map { _ in Int.random(in: 1...2, using: &generator) }
            let marks = (0..<count).map {
                mark("\($0 + 1)", "m\($0)", octets: sizes[$0], settled: .random(using: &generator))
            }
            // Numbers are the identifiers; some messages are gone, and some new ones are behind the rest.
            var present = (0..<count).filter { _ in Bool.random(using: &generator) }.map { ("m\($0)", sizes[$0]) }
            for fresh in 0..<Int.random(in: 0...3, using: &generator) { present.append(("n\(fresh)", 1)) }
            var plan = MaildropPlan(messages: listing(present.map(\.1)), marks: marks, keep: .days(0), now: start)
            let isProven = zip(present, marks).contains { $0.1 != $1.identity.listedOctets }
            let maildrop = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($0 + 1, $1.0) })
            let (retrieved, new) = run(&plan, marks, maildrop)
            #expect(Set(retrieved).count == retrieved.count)
            guard isProven else { continue }
            #expect(new.sorted() == present.map(\.0).filter { $0.hasPrefix("n") })
            let settled = Set(marks.filter(\.isSettled).map(\.identity.digest))
            let gone = plan.deletions(marks: marks, except: [], now: start).compactMap { maildrop[$0.number] }
            #expect(gone.allSatisfy(settled.contains))
        }
    }

    private func takenOver(_ uniqueID: String) -> RetrievalMark {
        RetrievalMark(
            identity: RetrievedIdentity(account: "a", uniqueID: uniqueID, digest: ""),
            id: QueueID(arrival: start),
            retrieved: start,
            isSettled: true,
            settledAt: start
        )
    }

    @Test func `what another program delivered is seen for its digest before it goes, and is not new`() {
        var marks = [takenOver("1"), takenOver("2")]
        var plan = MaildropPlan(messages: listing([100, 100, 100]), marks: marks, keep: .days(0), now: start)
        #expect(plan.downloads.map(\.number) == [1, 2, 3])
        #expect(plan.deletions(marks: marks, except: [], now: start).isEmpty, "not by the identifier alone")
        let before = ReceivedTime(dateTime: MailDate.format(start))
        let first = plan.recognise(plan.downloads[0], digest: "A", id: QueueID(arrival: start), received: before)
        guard case .seen(let seen, "1") = first else {
            Issue.record("message 1 is not known")
            return
        }
        #expect(seen.id == marks[0].id && seen.identity.digest == "A")
        let third = QueueID(arrival: start)
        #expect(plan.recognise(plan.downloads[2], digest: "C", id: third) == .new(uniqueID: "3"))
        plan.proceed(marks: [], now: start)
        #expect(plan.downloads.isEmpty)
        marks[0] = seen
        #expect(plan.deletions(marks: marks, except: [], now: start).map(\.number) == [1], "2 was not seen")
    }

    @Test(arguments: [nil, 1, 86_400])
    func `what does not prove to have come before the import is new under its identifier, and does not go`(
        _ seconds: Int?
    ) throws {
        let marks = [takenOver("1"), takenOver("2"), mark("3", "C")]
        var plan = MaildropPlan(messages: listing([100, 100, 100]), marks: marks, keep: .days(0), now: start)
        #expect(plan.downloads.map(\.number) == [1, 2])
        let received = seconds.flatMap { ReceivedTime(dateTime: MailDate.format(start + .seconds($0))) }
        #expect((received == nil) == (seconds == nil))
        let id = QueueID(arrival: start + .seconds(1))
        #expect(plan.recognise(plan.downloads[0], digest: "A", id: id, received: received) == .new(uniqueID: "1"))
        #expect(!plan.isInDoubt, "it says nothing of the others")
        let old = ReceivedTime(dateTime: MailDate.format(start - .seconds(1)))
        guard case .seen(let seen, "2") = plan.recognise(plan.downloads[1], digest: "B", id: id, received: old) else {
            Issue.record("message 2 is not known")
            return
        }
        plan.proceed(marks: [], now: start)
        #expect(plan.downloads.isEmpty)
        let fresh = RetrievalMark(
            identity: RetrievedIdentity(account: "a", uniqueID: "1", digest: "A", listedOctets: 100),
            id: id,
            retrieved: start,
            isSettled: false
        )
        let after = [fresh, seen, marks[2]]
        #expect(plan.deletions(marks: after, except: [], now: start).map(\.number) == [2, 3])
        #expect(plan.deletions(marks: marks, except: [], now: start).map(\.number) == [3], "nothing without a digest")
    }

    @Test(arguments: [KeepPolicy.forever, .days(7)])
    func `what another program delivered and is kept is not retrieved`(_ keep: KeepPolicy) {
        let marks = [takenOver("1"), takenOver("2")]
        let plan = MaildropPlan(messages: listing([100, 100, 100]), marks: marks, keep: keep, now: start)
        #expect(plan.downloads.map(\.number) == [3])
        let later = start + .seconds(7 * 86_400)
        let due = MaildropPlan(messages: listing([100, 100, 100]), marks: marks, keep: keep, now: later)
        #expect(due.downloads.map(\.number) == (keep == .forever ? [3] : [1, 2, 3]))
    }

    @Test func `where identifiers are in doubt no message of another program goes, and reuse makes it new`() {
        let marks = [mark("1", "A", octets: 50), takenOver("2")]
        var unseen = MaildropPlan(messages: listing([60, 100]), marks: marks, keep: .days(0), now: start)
        let (some, none) = run(&unseen, marks, [2: "B"])
        #expect(some == [1] && none.isEmpty)
        #expect(unseen.deletions(marks: marks, except: [], now: start).isEmpty)
        var reused = MaildropPlan(messages: listing([60, 100]), marks: marks, keep: .days(0), now: start)
        let (all, new) = run(&reused, marks, [1: "X", 2: "B"])
        #expect(all == [1, 2] && new == ["X", "B"], "rather twice than never")
        #expect(reused.deletions(marks: marks, except: [], now: start).isEmpty)
        var same = MaildropPlan(messages: listing([60, 100]), marks: marks, keep: .days(0), now: start)
        let (seen, fresh) = run(&same, marks, [1: "A", 2: "B"])
        #expect(seen == [1, 2] && fresh.isEmpty)
    }

    @Test func `sizes that no number holds add up to the largest one`() {
        #expect(MaildropProbe.sum([1, 2, 3]) == 6)
        #expect(MaildropProbe.sum([]) == 0)
        #expect(MaildropProbe.sum(Array(repeating: 999_999_999_999_999, count: 9300)) == .max)
    }
}
