// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import MailModel
import MailQueue
import QueueSQLite
import TestLab
import Testing

/// Against Debian's rspamd, and against services that behave as no rspamd should.
@Suite struct RspamdScannerTests {
    @Test(.timeLimit(.minutes(5)))
    func `rspamd refuses GTUBE by URL and by socket, judges what lies in the spool, and passes the rest`() async throws
    {
        try await withRspamd { bench, rspamd in
            for address in [ServiceAddress.tcp(host: "127.0.0.1", port: rspamd.port), .unix(rspamd.socket)] {
                let scanner = RspamdScanner(address)
                #expect(try await scanner.check().hasPrefix("rspamd/"))
                let spam = try await scan(scanner, bench, Rspamd.gtube + "\r\n")
                #expect(spam.action == .reject(SMTPReply(550, EnhancedStatus(5, 7, 1), "Gtube pattern")))
                #expect(spam.words == "score 15.0 of 15.0: GTUBE")
                for padding in [0, 1_000_000] {
                    let filler = String(repeating: "riga di riempimento\r\n", count: padding / 21)
                    let clean = try await scan(scanner, bench, filler + "ciao\r\n")
                    #expect(clean.action == .pass && clean.score == 0 && clean.threshold == 15)
                    let heavy = try await scan(scanner, bench, filler, header: "X-Test-Score: 20\r\n")
                    #expect(
                        heavy.action
                            == .reject(SMTPReply(550, EnhancedStatus(5, 7, 1), "the message was found to be spam"))
                    )
                    #expect(heavy.words == "score 20.0 of 15.0: TEST_SCORE")
                }
            }
        }
    }

    /// By action, what becomes of ordinary mail.
    @Test(.timeLimit(.minutes(5)))
    func `every action of rspamd is honoured`() async throws {
        try await withRspamd { bench, rspamd in
            let scanner = RspamdScanner(.tcp(host: "127.0.0.1", port: rspamd.port))
            let expected: [(String, ScanResult.Action)] = [
                ("no action", .pass), ("greylist", .pass), ("add header", .tag), ("rewrite subject", .tag),
                ("soft reject", .postpone(SMTPReply(451, EnhancedStatus(4, 7, 1), "asked for by a rule"))),
                ("reject", .reject(SMTPReply(550, EnhancedStatus(5, 7, 1), "asked for by a rule"))),
                ("quarantine", .quarantine), ("discard", .discard),
            ]
            for (asked, action) in expected {
                let result = try await scan(scanner, bench, "ciao\r\n", header: "X-Test-Action: \(asked)\r\n")
                #expect(result.action == action, "\(asked)")
            }
            let scores: [(String, ScanResult.Action)] = [("3.9", .pass), ("6.5", .tag), ("10.5", .tag), ("-2", .pass)]
            for (score, action) in scores {
                let result = try await scan(scanner, bench, "ciao\r\n", header: "X-Test-Score: \(score)\r\n")
                #expect(result.action == action && result.score == Double(score), "\(score)")
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `rspamd is told of client and envelope, its fields come on top and go where they may`() async throws {
        try await withRspamd { bench, rspamd in
            let filter = bench.filter([RspamdScanner(.tcp(host: "127.0.0.1", port: rspamd.port))])
            let header =
                "X-Spam: no\r\nSubject: prova\r\nX-Test-Result: yes\r\nX-Twice: 1\r\nX-spam: two\r\n x\r\nX-Twice: 2\r\n"
            let body = "ciao\r\n" + String(repeating: "riga\r\n", count: 100_000)
            for mail in [ScanSubject.Mail.ordinary, .certified, .retrieved] {
                var arrival = try await bench.arrival(body, header: header)
                #expect(await filter.judge(&arrival, bench.subject(arrival, mail, header: header)) == .deliver)
                try await bench.store.insert(arrival)
                let trace = arrival.message.trace
                #expect(
                    trace.contains(
                        "Authentication-Results: relay.azienda.test; spf=pass\r\n\tsmtp.mailfrom=ada@fuori.test\r\n"
                            + "X-Rspamd-Facts: 192.0.2.7 mail.fuori.test nil nil mario@azienda.test,ugo@azienda.test\r\n"
                    )
                )
                let stored = try await bench.text(arrival.message.id)
                #expect(stored.utf8.count == arrival.message.size)
                let kept =
                    mail == .ordinary ? "Subject: prova\r\nX-Test-Result: yes\r\nX-Twice: 1\r\n" : header
                #expect(stored == "\(trace)\(kept)\r\n\(body)")
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `addresses beyond ASCII and odd names of clients are told, and break nothing`() async throws {
        try await withRspamd { bench, rspamd in
            let arrival = try await bench.arrival("ciao\r\n", header: "X-Test-Score: 7\r\n")
            var subject = bench.subject(arrival)
            subject.recipients = ["però", "a\r\nIP: 1.2.3.4", "\u{0}"].map {
                EnvelopeRecipient(AddrSpec(localPart: $0, domain: "città.it"))
            }
            subject.client?.name = "x\r\nIP: 1.2.3.4\u{7f}"
            subject.reversePath = .null
            let scanner = RspamdScanner(.tcp(host: "127.0.0.1", port: rspamd.port))
            #expect(try await scanner.scan(subject, bench.content(arrival)).score == 7)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `many messages at once are judged each by its own`() async throws {
        try await withRspamd { bench, rspamd in
            let scanner = RspamdScanner(.tcp(host: "127.0.0.1", port: rspamd.port))
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<100 {
                    tasks.addTask {
                        let result = try await scan(
                            scanner,
                            bench,
                            number % 2 == 0 ? "\(number)\r\n" : "\(Rspamd.gtube)\r\n"
                        )
                        return (result.action == .pass) == (number % 2 == 0)
                    }
                }
                for try await isRight in tasks { #expect(isRight) }
            }
        }
    }

    @Test func `an rspamd that is not there is an error that names it, at once`() async throws {
        try await ScanBench.with { bench in
            let port = Ports.take()
            let scanner = RspamdScanner(.tcp(host: "127.0.0.1", port: port))
            let begin = ContinuousClock.now
            let error = try await #require(throws: ScannerError.self) { try await scan(scanner, bench, "x") }
            #expect(error.description.contains("http://127.0.0.1:\(port)") && begin.duration(to: .now) < .seconds(60))
            let missing = RspamdScanner(.unix("/nonexistent/rspamd.sock"))
            await #expect(throws: ScannerError.self) { try await missing.check() }
        }
    }

    /// What a service answers, and the words of the error.
    @Test(arguments: [
        ("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nbusy", "500"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "none of rspamd's"),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "302"), ("", "closed"),
        ("SPAMD/1.1 0 EX_OK\r\n\r\n", ""), ("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n{", ""),
        ("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"score\":1,\"action\":\"no action\"", ""),
    ])
    func `no verdict is made of what rspamd does not say`(_ answer: String, _ words: String) async throws {
        try await ScanBench.with { bench in
            let service = try await ScriptedService(answer, after: "prova\r\n\r\nx", closes: true)
            let scanner = RspamdScanner(.tcp(host: "127.0.0.1", port: service.port))
            let error = try await #require(throws: ScannerError.self) { try await scan(scanner, bench, "x") }
            #expect(error.description.contains(words))
            try await service.stop()
        }
    }

    @Test func `an answer that is larger than is read is a verdict all the same, and says so`() async throws {
        try await ScanBench.with { bench in
            let symbols = String(repeating: #""LONG_NAME_OF_A_SYMBOL":{"score":1.0},"#, count: 60_000)
            let answer = #"{"score":16.0,"required_score":15.0,"action":"reject","symbols":{"# + symbols
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"
            let service = try await ScriptedService(head + answer, after: "prova\r\n\r\nx")
            let scanner = RspamdScanner(.tcp(host: "127.0.0.1", port: service.port))
            let result = try await scan(scanner, bench, "x")
            guard case .reject = result.action else {
                Issue.record("\(result)")
                return
            }
            #expect(result.score == 16 && result.edits.isEmpty && result.remark != nil)
            try await service.stop()
        }
    }

    @Test func `an rspamd that says nothing is given up in time, and what is too large for it is not shown`()
        async throws
    {
        try await ScanBench.with { bench in
            let service = try await ScriptedService("", after: "prova")
            let times = ScannerTimes(connect: .milliseconds(100), write: .milliseconds(50), verdict: .milliseconds(50))
            let scanner = RspamdScanner(.tcp(host: "127.0.0.1", port: service.port), times: times)
            await #expect(throws: ScannerError.self) { try await scan(scanner, bench, "x") }
            let large = try await scan(scanner, bench, String(repeating: "0123456789abcde\n", count: 3_300_000))
            #expect(large.action == .pass && large.words.contains("not looked at"))
            try await service.stop()
        }
    }

    @Test func `an rspamd that begins its answer and never ends it is given up in time`() async throws {
        try await ScanBench.with { bench in
            let service = try await ScriptedService("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", after: "prova")
            let times = ScannerTimes(connect: .milliseconds(500), write: .milliseconds(50), verdict: .milliseconds(50))
            let scanner = RspamdScanner(.tcp(host: "127.0.0.1", port: service.port), times: times)
            let error = await #expect(throws: ScannerError.self) { try await scan(scanner, bench, "x") }
            #expect(error?.description.contains("\(service.port)") == true, "\(String(describing: error))")
            try await service.stop()
        }
    }

    private func scan(
        _ scanner: RspamdScanner,
        _ bench: ScanBench,
        _ body: String,
        header: String = ""
    ) async throws -> ScanResult {
        let arrival = try await bench.arrival(body, header: header + "Subject: prova\r\n")
        return try await scanner.scan(bench.subject(arrival), bench.content(arrival))
    }

    private func withRspamd(_ body: (ScanBench, Rspamd) async throws -> Void) async throws {
        try await ScanBench.with { bench in
            let rspamd = try Rspamd(in: bench.place("rspamd"))
            try await rspamd.start()
            do { try await body(bench, rspamd) } catch {
                await rspamd.stop()
                throw error
            }
            await rspamd.stop()
        }
    }
}
