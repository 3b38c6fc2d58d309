// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import MailModel
import MailQueue
import TestLab
import Testing

/// Against Debian's clamd, and against services that behave as no clamd should.
@Suite struct ClamAVScannerTests {
    @Test(.timeLimit(.minutes(5)))
    func `clamd finds EICAR by both sockets, small or in the spool, and passes the rest`() async throws {
        try await withClamd { bench, clamd in
            for address in [ServiceAddress.unix(clamd.socket), .tcp(host: "127.0.0.1", port: clamd.port)] {
                let scanner = ClamAVScanner(address, connector: bench.connector)
                for padding in [0, 100_000, 1_000_000] {
                    let filler = String(repeating: "riga di riempimento\r\n", count: padding / 21)
                    let clean = try await bench.arrival(filler)
                    #expect(try await scan(scanner, clean, bench).action == .pass)
                    let infected = try await bench.arrival(filler + Clamd.eicar + "\r\n")
                    let result = try await scan(scanner, infected, bench)
                    #expect(result.words.hasPrefix("Eicar-Test-Signature"))
                    guard case .reject(let reply) = result.action else {
                        Issue.record("\(result)")
                        continue
                    }
                    #expect(reply.code == 550 && reply.description.contains("Eicar-Test-Signature"))
                }
                #expect(try await scanner.check().hasPrefix("ClamAV"))
                await scanner.close()
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `what is larger than clamd scans goes into the quarantine, and scanning goes on`() async throws {
        try await withClamd { bench, clamd in
            let scanner = ClamAVScanner(.unix(clamd.socket), connector: bench.connector)
            let large = try await bench.arrival(String(repeating: "0123456789abcdef\r\n", count: 400_000))
            let result = try await scan(scanner, large, bench)
            #expect(result.action == .quarantine && result.words.contains("StreamMaxLength"))
            #expect(try await scan(scanner, bench.arrival("piccolo\r\n"), bench).action == .pass)
            await scanner.close()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `many messages at once share sessions, and a restart of clamd costs none its verdict`() async throws {
        try await withClamd { bench, clamd in
            let scanner = ClamAVScanner(.unix(clamd.socket), connector: bench.connector)
            for round in 0..<2 {
                try await withThrowingTaskGroup(of: Bool.self) { tasks in
                    for number in 0..<100 {
                        tasks.addTask {
                            let text = number % 2 == 0 ? "pulito \(number)\r\n" : "\(Clamd.eicar)\r\n"
                            let result = try await scanner.scan(
                                bench.subject(bench.arrival(text)),
                                bench.content(bench.arrival(text))
                            )
                            return (result.action == .pass) == (number % 2 == 0)
                        }
                    }
                    for try await isRight in tasks { #expect(isRight) }
                }
                guard round == 0 else { continue }
                await clamd.stop()
                try await clamd.start()
            }
            await scanner.close()
        }
    }

    @Test func `a clamd that is not there is an error that names it`() async throws {
        try await ScanBench.with { bench in
            let port = Ports.take()
            let scanner = ClamAVScanner(.tcp(host: "127.0.0.1", port: port), connector: bench.connector)
            let error = try await #require(throws: ScannerError.self) {
                try await scan(scanner, bench.arrival("x"), bench)
            }
            #expect(error.description.contains("127.0.0.1:\(port)"))
        }
    }

    /// What a service answers to the first octets, and the words of the error.
    @Test(arguments: [
        ("1: stream: scan failed ERROR\0", "scan failed"), ("HTTP/1.1 400 Bad Request\r\n\r\n\0", "HTTP"),
        (String(repeating: "A", count: 5000), "4096"), ("1: stream: OK", "closed"), ("", "closed"),
    ])
    func `no verdict is made of what clamd does not say`(_ answer: String, _ words: String) async throws {
        try await ScanBench.with { bench in
            let service = try await ScriptedService(answer, after: "prova\r\n\r\nx\0\0\0\0", closes: true)
            let scanner = ClamAVScanner(.tcp(host: "127.0.0.1", port: service.port), connector: bench.connector)
            let error = try await #require(throws: ScannerError.self) {
                try await scan(scanner, bench.arrival("x"), bench)
            }
            #expect(error.description.contains(words))
            try await service.stop()
        }
    }

    @Test func `a clamd that says nothing is given up in time`() async throws {
        try await ScanBench.with { bench in
            let service = try await ScriptedService("", after: "zINSTREAM")
            let scanner = ClamAVScanner(
                .tcp(host: "127.0.0.1", port: service.port),
                connector: bench.connector,
                times: ScannerTimes(verdict: .milliseconds(200))
            )
            await #expect(throws: ScannerError.self) { try await scan(scanner, bench.arrival("x"), bench) }
            try await service.stop()
        }
    }

    private func scan(_ scanner: ClamAVScanner, _ arrival: Arrival, _ bench: ScanBench) async throws -> ScanResult {
        try await scanner.scan(bench.subject(arrival), bench.content(arrival))
    }

    private func withClamd(_ body: (ScanBench, Clamd) async throws -> Void) async throws {
        try await ScanBench.with { bench in
            let clamd = try Clamd(in: bench.place("clamd"))
            try await clamd.start()
            do { try await body(bench, clamd) } catch {
                await clamd.stop()
                throw error
            }
            await clamd.stop()
        }
    }
}
