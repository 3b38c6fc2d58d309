// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import MailModel
import MailQueue
import QueueSQLite
import TestLab
import Testing

/// Against a milter that is scripted, through the filter and into the store.
@Suite struct MilterScannerTests {
    private typealias Script = ScriptedMilter.Script
    private static let header =
        "Subject: prova\r\nX-One: 1\r\nFrom: ada@fuori.test\r\nX-One: 2\r\n folded\r\nTo: ugo@azienda.test\r\n"
    private static let large = String(repeating: "riga di riempimento\r\n", count: 50_000)

    private static func frame(_ letter: Character, _ data: String = "", number: UInt32? = nil) -> [UInt8] {
        ScriptedMilter.frame(letter, data, number: number)
    }

    private static let edits: [UInt8] =
        frame("h", "X-Added\0one\n two\0")
        + frame("i", "Authentication-Results\0relay.azienda.test; dkim=pass\0", number: 0)
        + frame("m", "Subject\0[SPAM] prova\0", number: 1) + frame("m", "X-One\0\0", number: 2)
        + frame("m", "X-New\0new\0", number: 1) + frame("-", "<ugo@azienda.test>\0")
        + frame("+", "<capo@azienda.test>\0")
        + frame("+", "<altri@altrove.test>\0") + frame("e", "<bounce@fuori.test>\0") + frame("c")

    /// Has a message seen by a milter with `script`, and gives the decision, what was stored, and what the milter heard.
    private static func judge(
        _ script: Script,
        _ mail: ScanSubject.Mail = .ordinary,
        header: String = header,
        body: String = "corpo\r\n",
        whenDown: ScanVerdict.WhenDown = .defer,
        _ check: (ScanDecision, Arrival, String, ScriptedMilter) throws -> Void
    ) async throws {
        try await ScanBench.with { bench in
            let milter = try await ScriptedMilter(script)
            let scanner = MilterScanner(
                .tcp(host: "127.0.0.1", port: milter.port),
                name: "milter",
                connector: bench.connector,
                times: ScannerTimes(verdict: .seconds(2))
            )
            let filter = bench.filter([], milters: [scanner], whenDown: whenDown)
            var arrival = try await bench.arrival(body, header: header)
            var subject = bench.subject(arrival, mail, header: header)
            subject.way = { $0.domain == "azienda.test" ? .exchange : nil }
            let decision = await filter.judge(&arrival, subject)
            var stored = ""
            if decision.isStored {
                try await bench.store.insert(arrival)
                stored = try await bench.text(arrival.message.id)
                #expect(stored.utf8.count == arrival.message.size)
            }
            try check(decision, arrival, stored, milter)
            try await milter.stop()
        }
    }

    @Test(arguments: ["corpo\r\n", large])
    func `everything that a milter may change of ordinary mail is changed`(_ body: String) async throws {
        try await Self.judge(Script(answers: ["E": Self.edits]), body: body) { decision, arrival, stored, milter in
            #expect(decision == .deliver)
            #expect(
                stored.hasSuffix(
                    "X-Ceralacca-Scan: pass; milter=clean\r\nAuthentication-Results: relay.azienda.test; dkim=pass\r\n"
                        + "X-Added: one\r\n two\r\nX-New: new\r\n"
                        + "Subject: [SPAM] prova\r\nX-One: 1\r\nFrom: ada@fuori.test\r\nTo: ugo@azienda.test\r\n\r\n\(body)"
                )
            )
            #expect(
                arrival.recipients.map { "\($0.recipient.forwardPath)" } == ["mario@azienda.test", "capo@azienda.test"]
            )
            #expect(arrival.recipients.map(\.number) == [0, 1])
            #expect(
                "\(arrival.message.reversePath)" == "bounce@fuori.test" && arrival.message.subject == "[SPAM] prova"
            )
            #expect(milter.connections == 1)
        }
    }

    @Test func `a milter is told of client, envelope and header as they are`() async throws {
        try await Self.judge(Script()) { _, arrival, _, milter in
            let heard = milter.heard
            #expect(heard.contains("C[192.0.2.7]|4||192.0.2.7|"))
            #expect(heard.contains("Hmail.fuori.test|") && heard.contains("M<ada@fuori.test>|"))
            #expect(heard.filter { $0.hasPrefix("R") } == ["R<mario@azienda.test>|", "R<ugo@azienda.test>|"])
            #expect(heard.contains("LX-One|2\n folded|") && heard.contains("Bcorpo\r\n"))
            #expect(!heard.contains { $0.hasPrefix("LReceived") })
            #expect(
                heard.contains {
                    $0.hasPrefix("DC") && $0.contains("{daemon_name}|internet|") && $0.contains("j|relay.azienda.test|")
                }
            )
            #expect(heard.contains { $0.hasPrefix("DM") && $0.contains("i|\(arrival.message.id)|") })
            #expect(heard.last == "Q")
        }
    }

    @Test(arguments: [ScanSubject.Mail.certified, .retrieved])
    func `mail of a provider gets fields on top, and nothing else of it is touched`(
        _ mail: ScanSubject.Mail
    ) async throws {
        let edits = Self.frame("h", "Subject\0[SPAM]\0") + Self.frame("b", "other body\r\n") + Self.edits
        try await Self.judge(Script(answers: ["E": edits]), mail) { decision, arrival, stored, _ in
            #expect(decision == .deliver)
            #expect(
                stored.hasSuffix(
                    "Authentication-Results: relay.azienda.test; dkim=pass\r\nX-Added: one\r\n two\r\n\(Self.header)\r\ncorpo\r\n"
                )
            )
            #expect(arrival.recipients.count == 2 && "\(arrival.message.reversePath)" == "ada@fuori.test")
        }
    }

    @Test(arguments: ["other body\r\n", large])
    func `the body of ordinary mail is replaced whole, unless it is signed`(_ body: String) async throws {
        var frames: [UInt8] = []
        var rest = Substring(body)
        while !rest.isEmpty {
            frames += Self.frame("b", String(rest.prefix(10_000)))
            rest = rest.dropFirst(10_000)
        }
        let script = Script(answers: ["E": frames + Self.frame("a")])
        try await Self.judge(script, body: Self.large + "old\r\n") { decision, arrival, stored, _ in
            #expect(decision == .deliver && stored.hasSuffix("\(Self.header)\r\n\(body)"))
            #expect(stored.hasPrefix("Received: "))
        }
        let signed = "Content-Type: multipart/signed; protocol=\"x\"\r\n"
        try await Self.judge(script, header: signed, body: Self.large) { decision, _, stored, _ in
            #expect(decision == .deliver && stored.hasSuffix("\(signed)\r\n\(Self.large)"))
        }
    }

    /// Where a milter closes the connection: at each command, and in the middle of a body that it replaces.
    @Test(arguments: ["O", "C", "H", "M", "R", "T", "L", "N", "B", "E"], [ScanVerdict.WhenDown.defer, .pass])
    func `a milter that dies leaves the message whole, as it was`(
        _ letter: String,
        _ whenDown: ScanVerdict.WhenDown
    ) async throws {
        let half = Self.frame("m", "Subject\0changed\0", number: 1) + Self.frame("b", "half of the n") + [0, 0, 0x10]
        let key = Character(letter)
        let script = Script(answers: [key: key == "E" ? half : []], closesAfter: key)
        for body in ["corpo\r\n", Self.large] {
            try await Self.judge(script, body: body, whenDown: whenDown) { decision, _, stored, _ in
                guard whenDown == .pass else {
                    guard case .hold(let why) = decision else {
                        Issue.record("\(decision)")
                        return
                    }
                    #expect(why.contains("milter: "))
                    return
                }
                #expect(decision == .deliver)
                #expect(stored.hasSuffix("X-Ceralacca-Scan: pass; milter=not-scanned\r\n\(Self.header)\r\n\(body)"))
            }
        }
    }

    /// What a milter says at the end of the message.
    @Test(
        arguments: [
            [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0x63], frame("Z"), frame("s"), frame("c", "more"),
            frame("y", "550-one\r\n551 two\0"), frame("y", "550-one\r\n\0"), frame("+", "nobody\0"),
            frame("h", "X-A\0"),
            frame("O", "\0\0\0\u{6}"), Array(repeating: frame("h", "a\0b\0"), count: 600).flatMap(\.self),
            Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8),
        ] as [[UInt8]]
    )
    func `hostile and malformed answers are no verdict, and change nothing`(_ answer: [UInt8]) async throws {
        let begin = Self.frame("m", "Subject\0changed\0", number: 1) + Self.frame("b", "changed")
        try await Self.judge(Script(answers: ["E": begin + answer]), whenDown: .pass) { decision, _, stored, _ in
            #expect(decision == .deliver && stored.hasSuffix("not-scanned\r\n\(Self.header)\r\ncorpo\r\n"))
        }
    }

    @Test func `fields that would break the message or speak for the gateway are not written`() async throws {
        let edits =
            Self.frame("h", "X-Ceralacca-Spam\0no\0") + Self.frame("h", "X Bad\0a\0") + Self.frame("h", "X:Bad\0a\0")
            + Self.frame("h", "\0a\0") + Self.frame("h", "X-Long\0\(String(repeating: "a", count: 2000))\0")
            + Self.frame("h", "X-Inject\0a\r\n\r\nbody\r\nFrom: x\u{1b}\u{7}\0") + Self.frame("h", "X-Empty\0\0")
            + Self.frame("h", "X-Latin\0perch\u{e9}\0") + Self.frame("a")
        try await Self.judge(Script(answers: ["E": edits])) { decision, _, stored, _ in
            #expect(decision == .deliver)
            let added = "X-Inject: a\r\n body\r\n From: x??\r\nX-Empty: \r\nX-Latin: perch?\r\n"
            #expect(stored.hasSuffix("X-Ceralacca-Scan: pass; milter=clean\r\n\(added)\(Self.header)\r\ncorpo\r\n"))
        }
    }

    @Test func `verdicts become what the mail allows`() async throws {
        let refusal = Self.frame("y", "554-5.7.1 one\r\n554 5.7.1 two\0")
        try await Self.judge(Script(answers: ["R": refusal])) { decision, _, _, _ in
            #expect(decision == .refuse(SMTPReply(554, EnhancedStatus(5, 7, 1), lines: ["one", "two"])))
        }
        try await Self.judge(Script(answers: ["C": Self.frame("t")])) { decision, _, _, _ in
            #expect(decision == .refuse(SMTPReply(451, EnhancedStatus(4, 7, 1), "please try again later")))
        }
        try await Self.judge(Script(answers: ["E": Self.frame("d")])) { decision, _, _, _ in
            #expect(decision == .discard("milter: discard"))
        }
        let none = Self.frame("-", "ugo@azienda.test\0") + Self.frame("-", "Mario@AZIENDA.test\0") + Self.frame("c")
        try await Self.judge(Script(answers: ["E": none])) { decision, _, _, _ in
            #expect(decision == .discard("a scanner left no recipient"))
        }
        let quarantine = Self.frame("q", "look at it\0") + Self.edits
        for mail in [ScanSubject.Mail.ordinary, .certified] {
            try await Self.judge(Script(answers: ["E": quarantine]), mail) { decision, _, stored, _ in
                #expect(decision == .quarantine("milter: look at it") && stored.contains("X-Added: one\r\n two\r\n"))
            }
            for end in ["r", "d"] as [Character] where mail == .certified {
                try await Self.judge(Script(answers: ["E": Self.frame(end)]), mail) { decision, _, stored, _ in
                    guard case .quarantine = decision else {
                        Issue.record("\(decision)")
                        return
                    }
                    #expect(stored.hasSuffix("\(Self.header)\r\ncorpo\r\n"))
                }
            }
        }
    }

    @Test func `the second milter sees what the first one changed`() async throws {
        try await ScanBench.with { bench in
            let first = try await ScriptedMilter(Script(answers: ["E": Self.edits]))
            let second = try await ScriptedMilter(
                Script(answers: ["E": Self.frame("m", "Authentication-Results\0gone\0", number: 1) + Self.frame("a")])
            )
            let milters = MilterScanner.all(
                [first, second].map { .tcp(host: "127.0.0.1", port: $0.port) },
                connector: bench.connector
            )
            var arrival = try await bench.arrival(Self.large, header: Self.header)
            let filter = bench.filter([], milters: milters)
            #expect(await filter.judge(&arrival, bench.subject(arrival, header: Self.header)) == .deliver)
            let fields = second.heard.filter { $0.hasPrefix("L") }
            #expect(
                fields == [
                    "LAuthentication-Results|relay.azienda.test; dkim=pass|", "LX-Added|one\n two|", "LX-New|new|",
                    "LSubject|[SPAM] prova|", "LX-One|1|", "LFrom|ada@fuori.test|", "LTo|ugo@azienda.test|",
                ]
            )
            #expect(
                second.heard.filter { $0.hasPrefix("B") }.joined().replacing("Briga", with: "riga").hasPrefix("riga di")
            )
            #expect(second.heard.contains("M<bounce@fuori.test>|"))
            #expect(arrival.message.trace.contains("Authentication-Results: gone\r\n"))
            for milter in [first, second] { try await milter.stop() }
        }
    }

    @Test func `many messages at once each have a connection and a verdict of their own`() async throws {
        try await ScanBench.with { bench in
            let milter = try await ScriptedMilter(Script(answers: ["E": Self.edits]))
            let scanner = MilterScanner(.tcp(host: "127.0.0.1", port: milter.port), connector: bench.connector)
            let filter = bench.filter([], milters: [scanner])
            try await withThrowingTaskGroup(of: ScanDecision.self) { tasks in
                for number in 0..<100 {
                    tasks.addTask {
                        var arrival = try await bench.arrival("corpo \(number)\r\n", header: Self.header)
                        return await filter.judge(&arrival, bench.subject(arrival, header: Self.header))
                    }
                }
                for try await decision in tasks { #expect(decision == .deliver) }
            }
            #expect(milter.connections == 100)
            try await milter.stop()
        }
    }

    @Test func `a milter is greeted, by a name that people know it by`() async throws {
        try await ScanBench.with { bench in
            let milter = try await ScriptedMilter(Script(actions: 0x11))
            let address = ServiceAddress.tcp(host: "127.0.0.1", port: milter.port)
            let words = try await MilterScanner(address, connector: bench.connector).check()
            #expect(words == "milter protocol 6; it may add fields, change fields")
            try await milter.stop()
            await #expect(throws: ScannerError.self) {
                try await MilterScanner(address, connector: bench.connector).check()
            }
            let names = MilterScanner.all(
                [
                    .unix("/run/opendkim/opendkim.sock"), .unix("/x/opendkim"), .tcp(host: "a", port: 8891),
                    .unix("/.."),
                ],
                connector: bench.connector
            )
            #expect(names.map(\.name) == ["milter-opendkim", "milter-opendkim-2", "milter-8891", "milter"])
        }
    }
}
