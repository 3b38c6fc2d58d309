// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import MailModel
import MailQueue
import TestLab
import Testing

/// Against Debian's spamd, and against services that behave as no spamd should.
@Suite struct SpamAssassinScannerTests {
    @Test(.timeLimit(.minutes(5)))
    func `spamd finds GTUBE by both sockets, with or without a last line end, and passes the rest`() async throws {
        try await ScanBench.with { bench in
            let spamd = try Spamd(in: bench.place("spamd"))
            try await spamd.start()
            for address in [ServiceAddress.tcp(host: "127.0.0.1", port: spamd.port), .unix(spamd.socket)] {
                let scanner = SpamAssassinScanner(address, user: "nobody", connector: bench.connector)
                #expect(try await scanner.check() == "spamd answers")
                for end in ["\r\n", "", "\n", "\r"] {
                    let spam = try await scan(scanner, bench, Rspamd.gtube + end)
                    #expect(spam.action == .tag && spam.words.contains("GTUBE") && spam.threshold == 5)
                    #expect((spam.score ?? 0) >= 1000)
                }
                let clean = try await scan(
                    scanner,
                    bench,
                    "Ciao, a domani.\r\n" + String(repeating: "riga\r\n", count: 50_000)
                )
                #expect((clean.score ?? 99) < 100 && !clean.words.contains("GTUBE"))
            }
            let large = SpamAssassinScanner(.unix("/nonexistent"), connector: bench.connector)
            let result = try await scan(large, bench, String(repeating: "riga\r\n", count: 100_000))
            #expect(result.action == .pass && result.words.contains("not looked at") && result.score == nil)
            await spamd.stop()
        }
    }

    @Test func `a spamd that is not there is an error that names it`() async throws {
        try await ScanBench.with { bench in
            let port = Ports.take()
            let scanner = SpamAssassinScanner(.tcp(host: "127.0.0.1", port: port), connector: bench.connector)
            let error = try await #require(throws: ScannerError.self) { try await scan(scanner, bench, "x") }
            #expect(error.description.contains("127.0.0.1:\(port)"))
        }
    }

    /// What a service answers, and the words of the error.
    @Test(arguments: [
        ("SPAMD/1.0 76 Bad header line: x\r\n", "76 Bad header line"), ("SPAMD/1.5 0 PONG\r\n", "no verdict"),
        ("SPAMD/1.1 0 EX_OK\r\nSpam: True ; 9", "none of spamd's"), ("", "none of spamd's"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "none of spamd's"),
        (String(repeating: "A", count: 70_000), "none of spamd's"),
    ])
    func `no verdict is made of what spamd does not say`(_ answer: String, _ words: String) async throws {
        try await ScanBench.with { bench in
            let service = try await ScriptedService(answer, after: "prova\r\n\r\nx\r\n", closes: true)
            let scanner = SpamAssassinScanner(.tcp(host: "127.0.0.1", port: service.port), connector: bench.connector)
            let error = try await #require(throws: ScannerError.self) { try await scan(scanner, bench, "x") }
            #expect(error.description.contains(words), "\(error)")
            try await service.stop()
        }
    }

    @Test func `a spamd that says nothing is given up in time`() async throws {
        try await ScanBench.with { bench in
            let service = try await ScriptedService("", after: "SYMBOLS")
            let scanner = SpamAssassinScanner(
                .tcp(host: "127.0.0.1", port: service.port),
                connector: bench.connector,
                times: ScannerTimes(verdict: .milliseconds(200))
            )
            await #expect(throws: ScannerError.self) { try await scan(scanner, bench, "x") }
            try await service.stop()
        }
    }

    private func scan(_ scanner: SpamAssassinScanner, _ bench: ScanBench, _ body: String) async throws -> ScanResult {
        let arrival = try await bench.arrival(body)
        return try await scanner.scan(bench.subject(arrival), bench.content(arrival))
    }
}
