// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailModel
import MailQueue
import QueueSQLite
import TestLab
import Testing

@testable import MailRetrieval

/// Retrieval by IMAP from Debian's Dovecot.
struct IMAPDovecotTests {
    private static func message(_ number: Int) -> [UInt8] {
        Array("Subject: \(number)\r\n\r\n".utf8)
            + Array(repeating: Array(".line \(number)\r\n".utf8), count: number % 50).joined()
    }

    /// A bench whose account is `azienda` of `lab`, which runs.
    private func bench(_ lab: DovecotLab, _ scheme: Endpoint.Scheme = .imaps) async throws -> RetrievalBench {
        try await lab.dovecot.start()
        var bench = try await RetrievalBench()
        bench.account.endpoint = lab.endpoint(scheme)
        return bench
    }

    /// Waits while it is so, half a minute at most.
    private func waitWhile(_ isSo: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while isSo(), .now < end { try await Task.sleep(for: .milliseconds(50)) }
    }

    private func finish(_ bench: RetrievalBench, _ lab: DovecotLab, _ memory: inout MaildropMemory) async {
        await memory.endSession()
        await bench.finish()
        await lab.stop()
    }

    @Test(arguments: [Endpoint.Scheme.imaps, .imap])
    func `every message of Dovecot's INBOX arrives once, unchanged, and leaves once it is delivered`(
        _ scheme: Endpoint.Scheme
    ) async throws {
        let lab = try await DovecotLab()
        let bench = try await bench(lab, scheme)
        var memory = MaildropMemory()
        let inbox = try lab.dovecot.maildir("azienda")
        var bodies = (1...300).map(Self.message)
        bodies.append(
            Array("Subject: large\r\n\r\n".utf8)
                + Array(repeating: Array("..large line {5}\r\n".utf8), count: 60_000).joined()
        )
        for (number, octets) in bodies.enumerated() { try inbox.add(octets, name: number) }
        #expect(try await bench.fetch(&memory).messages == bodies.count)
        let stored = try await bench.bodies()
        #expect(Set(stored.map(\.content)) == Set(bodies) && stored.count == bodies.count)
        #expect(stored.allSatisfy { $0.trace.contains(" with IMAPS\r\n") })
        // The flags of a maildir stand behind `:2,`.
        let flags = inbox.files.map { $0.split(separator: ":2,").dropFirst().joined() }
        #expect(flags.allSatisfy { !$0.contains("S") }, "\\Seen was set")
        #expect(try await bench.fetch(&memory).messages == 0)
        try await bench.deliverAll()
        #expect(try await bench.fetch(&memory).deleted == bodies.count)
        #expect(inbox.count == 0)
        #expect(try await bench.fetch(&memory).inMaildrop == 0)
        #expect(try await bench.queue.marks(account: RetrievalBench.key).isEmpty)
        await finish(bench, lab, &memory)
    }

    @Test func `messages that somebody has seen or marked are fetched like all others`() async throws {
        let lab = try await DovecotLab()
        let bench = try await bench(lab)
        var memory = MaildropMemory()
        let inbox = try lab.dovecot.maildir("azienda")
        for number in 0..<3 { try inbox.add(Self.message(number), name: number) }
        for (file, flags) in zip(inbox.files, ["S", "FRS", "ST"]) {
            let name = file.split(separator: "/").last ?? ""
            try Command.run("mv", [file, "\(inbox.path)/cur/\(name):2,\(flags)"])
        }
        #expect(try await bench.fetch(&memory).messages == 3)
        #expect(Set(try await bench.bodies().map(\.content)) == Set((0..<3).map(Self.message)))
        await finish(bench, lab, &memory)
    }

    @Test func `a new UIDVALIDITY stores nothing again, and nothing is deleted by an identifier of the old one`()
        async throws
    {
        let lab = try await DovecotLab()
        let bench = try await bench(lab)
        var memory = MaildropMemory()
        let inbox = try lab.dovecot.maildir("azienda")
        for number in 0..<50 { try inbox.add(Self.message(number), name: number) }
        #expect(try await bench.fetch(&memory).messages == 50)
        try await bench.deliverAll()
        await memory.endSession()
        await lab.dovecot.stop()
        try await waitWhile { Ports.answers(lab.dovecot.imaps) }
        // The first ones go, so that the old identifiers name other messages.
        for file in inbox.files.prefix(10) { Files.remove(file) }
        for number in 100..<105 { try inbox.add(Self.message(number), name: number) }
        try lab.dovecot.resetIdentifiers("azienda")
        try await lab.dovecot.start()
        try await waitWhile { !Ports.answers(lab.dovecot.imaps) }
        let report = try await bench.fetch(&memory)
        #expect(report.messages == 5 && report.renamed == 40 && report.deleted == 40)
        #expect(inbox.count == 5)
        #expect(Set(inbox.files.map(Files.read)) == Set((100..<105).map(Self.message)))
        #expect(try await bench.queue.list(.all, limit: 100).count == 55)
        await finish(bench, lab, &memory)
    }

    @Test func `folders are fetched beside INBOX, and a message that moves between them comes once`() async throws {
        let lab = try await DovecotLab()
        var bench = try await bench(lab)
        bench.account.mailboxes = [.inbox, IMAPMailboxName("Spam"), IMAPMailboxName("Già letti & \"altro\"")]
        bench.account.keep = .forever
        var memory = MaildropMemory()
        let inbox = try lab.dovecot.maildir("azienda")
        let spam = try lab.dovecot.folder("Spam", of: "azienda")
        let read = try lab.dovecot.folder("Gi&AOA- letti &- \"altro\"", of: "azienda")
        for (number, folder) in [inbox, inbox, spam, spam, read].enumerated() {
            try folder.add(Self.message(number + 10), name: number)
        }
        #expect(try await bench.fetch(&memory).messages == 5)
        let moved = try #require(inbox.files.first)
        try Command.run("mv", [moved, "\(spam.path)/cur/"])
        try inbox.add(Self.message(99), name: 99)
        let report = try await bench.fetch(&memory)
        #expect(report.messages == 1 && report.renamed == 1 && report.inMaildrop == 6)
        #expect(try await bench.bodies().count == 6)
        #expect(try await bench.queue.marks(account: RetrievalBench.key).count == 6)
        await finish(bench, lab, &memory)
    }

    @Test func `a folder that is not there is said, and keeps no other waiting`() async throws {
        let lab = try await DovecotLab()
        var bench = try await bench(lab)
        bench.account.mailboxes = [IMAPMailboxName("Mancante"), .inbox]
        var memory = MaildropMemory()
        try lab.dovecot.maildir("azienda").add(Self.message(1), name: 1)
        let report = try await bench.fetch(&memory)
        #expect(report.messages == 1 && report.unopened?.contains("Mancante") == true)
        let answer = await MaildropProbe.ask(bench.account, settings: bench.settings, connector: bench.connector)
        guard case .failed(let words) = answer else { return #expect(Bool(false), "\(answer)") }
        #expect(words.contains("Mancante"))
        await finish(bench, lab, &memory)
    }

    @Test func `with a folder to move to, messages go there once they are delivered, and the folder is made`()
        async throws
    {
        let lab = try await DovecotLab()
        var bench = try await bench(lab)
        bench.account.moveTo = IMAPMailboxName("Archivio è qui")
        var memory = MaildropMemory()
        let inbox = try lab.dovecot.maildir("azienda")
        for number in 0..<20 { try inbox.add(Self.message(number), name: number) }
        #expect(try await bench.fetch(&memory).messages == 20)
        #expect(try await bench.fetch(&memory).deleted == 0 && inbox.count == 20)
        try await bench.deliverAll()
        #expect(try await bench.fetch(&memory).deleted == 20 && inbox.count == 0)
        let archive = try lab.dovecot.folder("Archivio &AOg- qui", of: "azienda")
        #expect(Set(archive.files.map(Files.read)) == Set((0..<20).map(Self.message)))
        #expect(try await bench.fetch(&memory).messages == 0)
        await finish(bench, lab, &memory)
    }

    @Test func `keep of days waits for them and for ever never deletes`() async throws {
        let lab = try await DovecotLab()
        var bench = try await bench(lab)
        bench.account.keep = .days(7)
        var memory = MaildropMemory()
        let inbox = try lab.dovecot.maildir("azienda")
        for number in 0..<4 { try inbox.add(Self.message(number), name: number) }
        _ = try await bench.fetch(&memory)
        try await bench.deliverAll()
        bench.clock.advance(by: .seconds(6 * 86_400))
        #expect(try await bench.fetch(&memory).deleted == 0)
        bench.account.keep = .forever
        bench.clock.advance(by: .seconds(86_500))
        #expect(try await bench.fetch(&memory).deleted == 0 && inbox.count == 4)
        bench.account.keep = .days(7)
        #expect(try await bench.fetch(&memory).deleted == 4 && inbox.count == 0)
        await finish(bench, lab, &memory)
    }

    @Test func `a quota above 80 hundredths is told, and told no more once there is room`() async throws {
        let quota = """
            mail_plugins = quota
            protocol imap {
              mail_plugins = quota imap_quota
            }
            plugin {
              quota = count:azienda
              quota_rule = *:storage=100K
              quota_vsizes = yes
            }

            """
        let lab = try await DovecotLab(more: quota)
        let bench = try await bench(lab)
        var memory = MaildropMemory()
        let inbox = try lab.dovecot.maildir("azienda")
        try inbox.add(Array("Subject: large\r\n\r\n".utf8) + [UInt8](repeating: 0x41, count: 90_000), name: 1)
        let words = try await bench.fetch(&memory).fullMailbox
        #expect(words?.contains("KiB of 100 KiB") == true, "\(words ?? "nothing was said")")
        try await bench.deliverAll()
        #expect(try await bench.fetch(&memory).deleted == 1)
        memory.mailboxes.quotaAsked = nil
        #expect(try await bench.fetch(&memory).fullMailbox == nil)
        await finish(bench, lab, &memory)
    }

    @Test func `a wrong password of Dovecot is a refused login`() async throws {
        let lab = try await DovecotLab(["azienda": "altro"])
        let bench = try await bench(lab)
        var memory = MaildropMemory()
        do throws(RetrievalFailure) {
            _ = try await bench.fetch(&memory)
            Issue.record("no failure")
        } catch {
            #expect(error.kind == .login && error.message.contains("AUTHENTICATIONFAILED"), "\(error)")
        }
        await finish(bench, lab, &memory)
    }

    @Test func `messages that came by POP3 are known when the account changes to IMAP`() async throws {
        let lab = try await DovecotLab()
        var bench = try await bench(lab, .pop3s)
        var memory = MaildropMemory()
        let inbox = try lab.dovecot.maildir("azienda")
        for number in 0..<10 { try inbox.add(Self.message(number), name: number) }
        #expect(try await bench.fetch(&memory).messages == 10)
        bench.account.endpoint = lab.endpoint(.imaps)
        var report = try await bench.fetch(&memory)
        #expect(report.messages == 0 && report.renamed == 10)
        report = try await bench.fetch(&memory)
        #expect(report.messages == 0 && report.renamed == 0)
        try await bench.deliverAll()
        #expect(try await bench.fetch(&memory).deleted == 10 && inbox.count == 0)
        await finish(bench, lab, &memory)
    }

    @Test func `the probe counts what is there and changes nothing`() async throws {
        let lab = try await DovecotLab()
        let bench = try await bench(lab)
        let inbox = try lab.dovecot.maildir("azienda")
        for number in 0..<3 { try inbox.add(Self.message(number), name: number) }
        let octets = (0..<3).reduce(0) { $0 + Self.message($1).count }
        let answer = await MaildropProbe.ask(bench.account, settings: bench.settings, connector: bench.connector)
        #expect(answer == .open(messages: 3, octets: octets))
        #expect(inbox.count == 3)
        var memory = MaildropMemory()
        await finish(bench, lab, &memory)
    }
}
