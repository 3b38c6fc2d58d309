// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import Logging
import MailModel
import MailQueue
import QueueSQLite
import Synchronization
import Testing

@testable import MailRetrieval

@Suite struct ScannedFetchTests {
    /// Gives no verdict on messages whose subject is among `choked`, finds malware where it says so.
    private final class Choking: MessageScanner {
        let name = "clamav"
        let address = "test"
        let role = ScannerRole.antivirus
        private let choked: Mutex<Set<String>>

        init(_ choked: Set<String>) { self.choked = Mutex(choked) }

        func recover() { choked.withLock { $0 = [] } }

        func scan(_ subject: ScanSubject, _ content: ScannedContent) async throws(ScannerError) -> ScanResult {
            let text = subject.header.first("Subject") ?? ""
            if choked.withLock({ $0.contains(text) }) { throw ScannerError("it chokes") }
            guard text == "malware" else { return ScanResult(.pass) }
            return ScanResult(.reject(SMTPReply(550, EnhancedStatus(5, 7, 1), "no")), words: "Virus-X")
        }

        func check() async throws(ScannerError) -> String { "" }
        func close() async {}
    }

    private func bench(_ subjects: [String], _ scanner: Choking) async throws -> RetrievalBench {
        var bench = try await RetrievalBench(
            subjects.enumerated().map { ("u\($0)", "Subject: \($1)\r\n\r\ncorpo \($0)\r\n") }
        )
        bench.filter = ContentFilter(
            ContentFilter.Settings(scanners: [scanner]),
            store: bench.queue,
            alerts: bench.alerts,
            clock: bench.clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        return bench
    }

    @Test func `a message that a scanner chokes on keeps no other waiting, stays at the provider, and comes last`()
        async throws
    {
        let scanner = Choking(["strano"])
        let bench = try await bench(["a", "strano", "b", "c"], scanner)
        var memory = MaildropMemory()
        for round in 0..<2 {
            let report = try await bench.fetch(&memory)
            #expect(report.messages == (round == 0 ? 3 : 0))
            #expect(report.leftBehind == 1 && report.refusal?.contains("it chokes") == true)
            #expect(try await bench.stored().count == 3)
        }
        #expect(memory.troubles == ["u1": 2])
        scanner.recover()
        #expect(try await bench.fetch(&memory).messages == 1)
        #expect(try await bench.stored().count == 4)
        #expect(memory.troubles.isEmpty)
        await bench.finish()
    }

    @Test func `without its scanner a fetch ends after a few messages and nothing is stored or lost`() async throws {
        let subjects = (0..<50).map { "n\($0)" }
        let scanner = Choking(Set(subjects))
        let bench = try await bench(subjects, scanner)
        var memory = MaildropMemory()
        let failure = await #expect(throws: RetrievalFailure.self) { _ = try await bench.fetch(&memory) }
        #expect(failure?.message.contains("it chokes") == true)
        #expect(try await bench.stored().isEmpty)
        scanner.recover()
        #expect(try await bench.fetch(&memory).messages == 50)
        await bench.finish()
    }

    @Test func `malware of an ordinary account waits in the quarantine, and is not fetched again`() async throws {
        let bench = try await bench(["malware", "a"], Choking([]))
        #expect(try await bench.fetch().messages == 2)
        #expect(try await bench.fetch().messages == 0)
        let quarantined = try await bench.queue.list(.state(.quarantined), limit: 10)
        #expect(quarantined.map(\.message.subject) == ["malware"])
        #expect(quarantined.first?.recipients.first?.lastReply == "clamav: Virus-X")
        await bench.finish()
    }
}
