// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import MailModel
import MailQueue
import QueueSQLite
import Synchronization
import Testing

@Suite struct ContentFilterTests {
    private static let refusal = SMTPReply(550, EnhancedStatus(5, 7, 1), "no")
    private static let later = SMTPReply(451, EnhancedStatus(4, 7, 1), "later")
    private static let actions: [ScanResult.Action] = [
        .pass, .tag, .quarantine, .reject(refusal), .postpone(later), .discard,
    ]
    private static let mails: [ScanSubject.Mail] = [.ordinary, .retrieved, .certifiedSubmission, .certified]

    /// By mail and role, what becomes of each of `actions`: d(eliver), t(ag), q(uarantine), r(efuse), l(ater), x (discard), h(old).
    private static let table: [(ScanSubject.Mail, ScannerRole, String)] = [
        (.ordinary, .antivirus, "dtrrlx"), (.ordinary, .antispam, "dtqrlx"), (.ordinary, .milter, "dtqrlx"),
        (.retrieved, .antivirus, "dtqqhq"), (.retrieved, .antispam, "dtqqtq"), (.retrieved, .milter, "dtqqhq"),
        (.certifiedSubmission, .antivirus, "ddrrhx"), (.certifiedSubmission, .antispam, "dddddd"),
        (.certifiedSubmission, .milter, "dddddd"),
        (.certified, .antivirus, "dtqqhq"), (.certified, .antispam, "dttttt"), (.certified, .milter, "dtqqhq"),
    ]

    @Test func `each action becomes what the kind of mail allows`() {
        for (mail, role, letters) in Self.table {
            for (action, letter) in zip(Self.actions, letters) {
                let finding = ScanVerdict.Finding("x", role, .success(ScanResult(action, words: "why")))
                let verdict = ScanVerdict([finding], mail: mail, whenDown: .defer)
                #expect(Self.letter(verdict) == letter, "\(mail) \(role) \(action)")
            }
        }
    }

    private static func letter(_ verdict: ScanVerdict) -> Character {
        switch verdict.decision {
        case .deliver: verdict.fields.contains("X-Ceralacca-Spam: yes") ? "t" : "d"
        case .quarantine: "q"
        case .refuse(let reply): reply.code == 451 ? "l" : "r"
        case .discard: "x"
        case .hold: "h"
        }
    }

    @Test func `received certified mail is never refused nor discarded, whatever scanners say together`() {
        for first in Self.actions {
            for second in Self.actions {
                for role in [ScannerRole.antivirus, .milter] {
                    let findings = [
                        ScanVerdict.Finding("a", .antispam, .success(ScanResult(first))),
                        ScanVerdict.Finding("b", role, .success(ScanResult(second))),
                    ]
                    switch ScanVerdict(findings, mail: .certified, whenDown: .defer).decision {
                    case .deliver, .quarantine, .hold: break
                    case .refuse, .discard: Issue.record("\(first) \(second)")
                    }
                }
            }
        }
    }

    @Test(arguments: mails)
    func `a scanner without a verdict holds the mail, or lets it pass where that is configured, and says so`(
        _ mail: ScanSubject.Mail
    ) {
        let findings = [
            ScanVerdict.Finding("clamav", .antivirus, .failure(ScannerError("refused"))),
            ScanVerdict.Finding("rspamd", .antispam, .success(ScanResult(.quarantine, words: "spam"))),
        ]
        #expect(ScanVerdict(findings, mail: mail, whenDown: .defer).decision == .hold("clamav: refused"))
        let passed = ScanVerdict([findings[0]], mail: mail, whenDown: .pass)
        #expect(passed.decision == .deliver)
        #expect(passed.fields.contains("clamav=not-scanned") == (mail != .certifiedSubmission))
    }

    @Test func `the heaviest wins`() {
        let order: [(ScanResult.Action, Character)] = [
            (.pass, "d"), (.tag, "t"), (.quarantine, "q"), (.discard, "x"), (.postpone(Self.later), "l"),
            (.reject(Self.refusal), "r"),
        ]
        for (place, heavy) in order.enumerated() {
            for light in order[...place] {
                let findings = [heavy.0, light.0].map { ScanVerdict.Finding("x", .milter, .success(ScanResult($0))) }
                let verdict = ScanVerdict(findings, mail: .ordinary, whenDown: .defer)
                #expect(Self.letter(verdict) == heavy.1)
                let reversed = ScanVerdict(findings.reversed(), mail: .ordinary, whenDown: .defer)
                #expect(reversed.decision == verdict.decision)
            }
        }
    }

    @Test func `the fields on top are folded, and nothing that a scanner says ends them`() {
        let words = "score 15.2 of 15: \r\nSubject: x) (\u{1b}[31m" + String(repeating: " SYMBOL", count: 60)
        let findings = [
            ScanVerdict.Finding("clamav", .antivirus, .success(ScanResult(.pass))),
            ScanVerdict.Finding(
                "rspamd",
                .antispam,
                .success(ScanResult(.tag, words: words, score: 15.24, threshold: 15))
            ),
        ]
        let fields = ScanVerdict(findings, mail: .ordinary, whenDown: .defer).fields
        let lines = fields.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.last == "")
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
        let start = "X-Ceralacca-Scan: tag; clamav=clean; rspamd=tag (score 15.2 of 15:\r\n ??Subject: x? ??[31m"
        #expect(fields.hasPrefix(start))
        let names = lines.dropLast().filter { !$0.hasPrefix(" ") }.compactMap { $0.split(separator: ":").first }
        let spam = "X-Ceralacca-Spam"
        #expect(names == ["X-Ceralacca-Scan", "\(spam)", "\(spam)-Score", "\(spam)-Threshold", "\(spam)-Level"])
        let end = "\(spam)-Score: 15.2\r\n\(spam)-Threshold: 15.0\r\n\(spam)-Level: ***************\r\n"
        #expect(fields.hasSuffix(end))
    }

    @Test func `what is quarantined is stored for a person, with the scanner's words, behind its fields`() async throws
    {
        try await ScanBench.with { bench in
            let scanner = ToldScanner(
                "clamav",
                .antivirus,
                .success(ScanResult(.reject(Self.refusal), words: "Virus-X"))
            )
            let filter = bench.filter([scanner])
            var arrival = try await bench.arrival("corpo\r\n")
            let decision = await filter.judge(&arrival, bench.subject(arrival, .certified))
            #expect(decision == .quarantine("clamav: Virus-X"))
            try await bench.store.insert(arrival)
            let entries = try await bench.store.list(.state(.quarantined), limit: 10)
            #expect(entries.count == 1)
            #expect(entries.first?.recipients.map(\.lastReply) == ["clamav: Virus-X", "clamav: Virus-X"])
            #expect(
                entries.first?.message.trace.contains("X-Ceralacca-Scan: quarantine; clamav=found (Virus-X)\r\n")
                    == true
            )
            let reader = try await bench.store.readBody(arrival.message.id)
            #expect(reader.size == arrival.message.size)
            await reader.close()
        }
    }

    @Test func `milters see only what the others let through, in their order`() async throws {
        try await ScanBench.with { bench in
            let first = ToldScanner("clamav", .antivirus, .success(ScanResult(.reject(Self.refusal))))
            let milters = [
                ToldScanner("a", .milter, .success(ScanResult(.pass))),
                ToldScanner("b", .milter, .success(ScanResult(.discard))),
                ToldScanner("c", .milter, .success(ScanResult(.pass))),
            ]
            let filter = bench.filter([first], milters: milters)
            var arrival = try await bench.arrival("corpo\r\n")
            #expect(await filter.judge(&arrival, bench.subject(arrival)) == .refuse(Self.refusal))
            #expect(milters.map(\.scans) == [0, 0, 0])
            first.tell(.success(ScanResult(.pass)))
            #expect(await filter.judge(&arrival, bench.subject(arrival)) == .discard("b: no reason given"))
            #expect(milters.map(\.scans) == [1, 1, 0])
        }
    }

    @Test func `a scanner that fails for a minute raises an alert, which its next verdict ends`() async throws {
        try await ScanBench.with { bench in
            let scanner = ToldScanner("clamav", .antivirus, .failure(ScannerError("unix:/x: refused")))
            let filter = bench.filter([scanner])
            var arrival = try await bench.arrival("corpo\r\n")
            for _ in 0..<2 { _ = await filter.judge(&arrival, bench.subject(arrival)) }
            #expect(bench.alerts.summaries.isEmpty)
            await filter.review()
            #expect(bench.alerts.summaries.isEmpty)
            bench.clock.advance(by: .seconds(61))
            // Nothing else comes to be scanned.
            await filter.review()
            #expect(bench.alerts.summaries["scanner:clamav:down"]?.contains("unix:/x: refused") == true)
            scanner.tell(.success(ScanResult(.pass)))
            #expect(await filter.judge(&arrival, bench.subject(arrival)) == .deliver)
            #expect(bench.alerts.summaries.isEmpty)
        }
    }

    /// A message of a maildrop, as it comes again with each fetch.
    private func retrieved(_ bench: ScanBench, _ digest: String) async throws -> Arrival {
        var arrival = try await bench.arrival("corpo\r\n")
        arrival.retrieved = RetrievedIdentity(account: "a@x.it", uniqueID: "1", digest: digest, listedOctets: 7)
        return arrival
    }

    @Test(arguments: [ScanSubject.Mail.retrieved, .certified])
    func `a retrieved message at which a working scanner fails for a day is quarantined`(
        _ mail: ScanSubject.Mail
    )
        async throws
    {
        try await ScanBench.with { bench in
            let scanner = ToldScanner("clamav", .antivirus, .success(ScanResult(.pass)))
            let filter = bench.filter([scanner])
            func judge(_ digest: String, fails: Bool) async throws -> ScanDecision {
                scanner.tell(fails ? .failure(ScannerError("unix:/x: closed")) : .success(ScanResult(.pass)))
                var arrival = try await retrieved(bench, digest)
                let decision = await filter.judge(&arrival, bench.subject(arrival, mail))
                if case .quarantine = decision { #expect(arrival.recipients.allSatisfy { $0.state == .quarantined }) }
                return decision
            }
            for hour in 0..<24 {
                let held = try await judge("stubborn", fails: true)
                #expect(held == .hold("clamav: unix:/x: closed"), "\(hour)")
                let other = try await judge("other \(hour)", fails: false)
                #expect(other == .deliver)
                bench.clock.advance(by: .seconds(3600))
            }
            let last = try await judge("stubborn", fails: true)
            #expect(last == .quarantine("no verdict within a day: clamav: unix:/x: closed"))
            let judged = try await judge("stubborn", fails: false)
            #expect(judged == .deliver, "a verdict is a verdict")
        }
    }

    @Test func `while the scanner itself is down, or judges nothing, mail waits however long it takes`() async throws {
        try await ScanBench.with { bench in
            let scanner = ToldScanner("clamav", .antivirus, .failure(ScannerError("unix:/x: refused")))
            let filter = bench.filter([scanner])
            func isHeld() async throws -> Bool {
                var arrival = try await retrieved(bench, "x")
                if case .hold = await filter.judge(&arrival, bench.subject(arrival, .retrieved)) { return true }
                return false
            }
            scanner.works.withLock { $0 = false }
            for _ in 0..<60 {
                let held = try await isHeld()
                #expect(held)
                bench.clock.advance(by: .seconds(3600))
            }
            // It answers to who asks whether it is there, and judges nothing.
            scanner.works.withLock { $0 = true }
            for _ in 0..<60 {
                let held = try await isHeld()
                #expect(held)
                bench.clock.advance(by: .seconds(3600))
            }
        }
    }

    @Test func `the alert says which of defer and pass holds, also when that changes`() async throws {
        try await ScanBench.with { bench in
            let scanner = ToldScanner("clamav", .antivirus, .failure(ScannerError("unix:/x: refused")))
            let filter = bench.filter([scanner])
            var arrival = try await bench.arrival("corpo\r\n")
            _ = await filter.judge(&arrival, bench.subject(arrival))
            bench.clock.advance(by: .seconds(61))
            await filter.review()
            let waits = try #require(bench.alerts.affected["scanner:clamav:down"])
            #expect(
                waits.contains("when_down: defer") && waits.contains("Nothing passes") && !waits.contains("UNSCANNED")
            )
            await filter.update(.init(scanners: [scanner], whenDown: .pass))
            let passes = try #require(bench.alerts.affected["scanner:clamav:down"])
            #expect(passes.contains("when_down: pass") && passes.contains("UNSCANNED"), "\(passes)")
        }
    }

    @Test func `more messages than slots are all scanned`() async throws {
        try await ScanBench.with { bench in
            let scanner = ToldScanner("clamav", .antivirus, .success(ScanResult(.pass)))
            let filter = bench.filter([scanner])
            try await withThrowingTaskGroup(of: ScanDecision.self) { tasks in
                for number in 0..<100 {
                    tasks.addTask {
                        var arrival = try await bench.arrival("corpo \(number)\r\n")
                        return await filter.judge(&arrival, bench.subject(arrival))
                    }
                }
                for try await decision in tasks { #expect(decision == .deliver) }
            }
            #expect(scanner.scans == 100)
        }
    }
}
