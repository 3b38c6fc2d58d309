// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailModel
import MailQueue
import QueueSQLite
import TestLab
import Testing

@testable import MailRetrieval

/// Retrieval from a server of IMAP that misbehaves.
@Suite struct IMAPTroubleTests {
    private struct Lab {
        let server: PretendIMAPServer
        var bench: RetrievalBench
        var memory = MaildropMemory()

        init(_ messages: [String] = [], _ change: (inout PretendIMAPServer.Behaviour) -> Void = { _ in }) async throws {
            server = try PretendIMAPServer()
            server.change(change)
            server.mailbox { for message in messages { $0.add(Array(message.utf8)) } }
            try await server.start()
            bench = try await RetrievalBench()
            bench.account.endpoint = Endpoint(scheme: .imap, host: "127.0.0.1", port: server.port, tls: .none)
        }

        mutating func fetch() async throws(RetrievalFailure) -> FetchReport { try await bench.fetch(&memory) }

        mutating func failure() async -> RetrievalFailure? {
            do throws(RetrievalFailure) { _ = try await fetch() } catch { return error }
            return nil
        }

        mutating func finish() async {
            await memory.endSession()
            await bench.finish()
            await server.stop()
        }
    }

    private func message(_ number: Int) -> String { "Subject: \(number)\r\n\r\n\(number)\r\n" }
    private var messages: [String] { (1...5).map(message) }

    @Test(arguments: [
        "* PREAUTH welcome\r\n", "* BYE go away\r\n", "* NO\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n",
        "+OK pop3 ready\r\n", "220 smtp\r\n", "* 1 EXISTS\r\n",
    ])
    func `no login is sent to a server that does not greet as it should`(_ greeting: String) async throws {
        var lab = try await Lab { $0.greeting = greeting }
        let failure = await lab.failure()
        #expect(failure?.kind == .session && failure?.message.contains("127.0.0.1") == true)
        #expect(!lab.server.commands.contains { $0.hasPrefix("AUTHENTICATE") || $0.hasPrefix("LOGIN") })
        await lab.finish()
    }

    @Test(arguments: [
        "CAPABILITY", "AUTHENTICATE", "SELECT", "UID FETCH 1:*", "UID FETCH 3", "UID STORE", "UID EXPUNGE",
    ])
    func `BYE or a cut at each step loses and repeats nothing`(_ step: String) async throws {
        for isCut in [true, false] {
            var lab = try await Lab(messages) { behaviour in
                if isCut { behaviour.cuts = [step] } else { behaviour.answers = [step: "* BYE [UNAVAILABLE] down\r\n"] }
            }
            for _ in 0..<2 {
                _ = await lab.failure()
                try await lab.bench.deliverAll()
            }
            lab.server.change { ($0.cuts, $0.answers) = ([], [:]) }
            for _ in 0..<2 {
                #expect(await lab.failure() == nil)
                try await lab.bench.deliverAll()
            }
            #expect(await lab.failure() == nil)
            let subjects = try await lab.bench.queue.list(.all, limit: 100).compactMap(\.message.subject)
            #expect(subjects.sorted() == (1...5).map { "\($0)" }, "at \(step), cut: \(isCut)")
            #expect(lab.server.messages() == [])
            await lab.finish()
        }
    }

    @Test func `a connection cut inside a message keeps what was stored and brings the rest next time`() async throws {
        var lab = try await Lab(messages) { $0.cutsAfter = 2 }
        #expect(await lab.failure()?.kind == .session)
        #expect(try await lab.bench.stored() == Array(messages.prefix(2)))
        lab.server.change { $0.cutsAfter = nil }
        #expect(try await lab.fetch().messages == 3)
        #expect(try await lab.bench.stored().sorted() == messages)
        await lab.finish()
    }

    @Test(arguments: [
        ("CAPABILITY", "* CAPABILITY IMAP4rev1 "), ("SELECT", "* OK xxxxxxxxxxxxxxxx"),
        ("UID FETCH 1:*", "* 1 FETCH (FLAGS (x) "),
        ("UID FETCH 1 ", "* 1 FETCH (UID 1 FLAGS (\\Seen) "),
    ])
    func `an endless line ends the session`(_ command: String, _ text: String) async throws {
        var lab = try await Lab(messages) { $0.endless = (command, text) }
        let failure = await lab.failure()
        #expect(failure?.message.contains("longer than 65536 octets") == true, "\(failure?.message ?? "none")")
        await lab.finish()
    }

    @Test(arguments: [
        ("SELECT", "* LIST () \"/\" {4294967296}\r\n"), ("UID FETCH 1:*", "* 1 FETCH (UID 1 FLAGS {4294967295}\r\n"),
        ("UID FETCH 1 ", "* 1 FETCH (UID 1 BODY[] {4294967296}\r\n"),
        ("UID FETCH 1 ", "* 1 FETCH (BODY[] {60000000}\r\n"),
    ])
    func `a literal beyond the limits ends the session before it is read`(
        _ command: String,
        _ text: String
    ) async throws {
        var lab = try await Lab(messages) { $0.answers = [command: text] }
        let failure = await lab.failure()
        #expect(
            failure?.kind == .session && failure?.message.contains("announced") == true,
            "\(String(describing: failure))"
        )
        await lab.finish()
    }

    @Test func `a message that is too large keeps no other waiting`() async throws {
        var lab = try await Lab(messages) { $0.answers = ["UID FETCH 1 ": "* 1 FETCH (UID 1 BODY[] {4294967296}\r\n"] }
        #expect(await lab.failure()?.kind == .session)
        #expect(await lab.failure()?.kind == .session)
        #expect(try await lab.bench.stored() == Array(messages.dropFirst()))
        await lab.finish()
    }

    @Test func `noise between the answers changes nothing`() async throws {
        let noise =
            "* OK [ALERT] maintenance\r\n* 77 FETCH (FLAGS (\\Seen))\r\n* XYZ (a (b)) {4}\r\nx\r\ny\r\n* NO hm\r\n* 5 RECENT\r\n"
        var lab = try await Lab(messages)
        let body = "Subject: 2\r\n\r\n2\r\n"
        lab.server.change {
            $0.answers = [
                "UID FETCH 2 ":
                    "\(noise)* 2 FETCH (FLAGS () BODY[] {\(body.utf8.count)}\r\n\(body) UID 2)\r\n\(noise)TAG OK\r\n"
            ]
        }
        #expect(try await lab.fetch().messages == 5)
        #expect(try await lab.bench.stored().sorted() == messages)
        await lab.finish()
    }

    @Test func `odd octets arrive unchanged: NUL, no header, nothing but a header, nothing at all`() async throws {
        let odd = [
            "\u{0}\r\n", "Subject: x\r\n", "no header at all\n", "", "a\u{0}b: c\r\n\r\n)\r\nA5 OK\r\n{3}\r\n",
            "\r\n\r\n",
        ]
        var lab = try await Lab(odd)
        #expect(try await lab.fetch().messages == odd.count)
        // An empty line is put behind the trace fields where the message begins with no field.
        let stored = try await lab.bench.stored().map {
            $0.hasPrefix("\r\n") && $0 != "\r\n\r\n" ? String($0.dropFirst()) : $0
        }
        #expect(stored.sorted() == odd.sorted())
        #expect(try await lab.fetch().messages == 0)
        await lab.finish()
    }

    @Test func `a server without UIDVALIDITY is read by digests, and nothing comes twice`() async throws {
        var lab = try await Lab(messages)
        lab.server.change { $0.answers = ["SELECT": "* 5 EXISTS\r\nTAG OK\r\n"] }
        #expect(try await lab.fetch().messages == 5)
        #expect(try await lab.fetch().messages == 0)
        #expect(try await lab.bench.stored().sorted() == messages)
        await lab.finish()
    }

    @Test func `a reset of all identifiers while messages wait stores nothing again and deletes what was delivered`()
        async throws
    {
        var lab = try await Lab(messages)
        #expect(try await lab.fetch().messages == 5)
        try await lab.bench.deliverAll()
        lab.server.mailbox { mailbox in
            mailbox.validity = 2
            mailbox.messages.removeFirst()
            mailbox.messages = mailbox.messages.enumerated().map { .init(uid: $0 + 1, octets: $1.octets) }
            mailbox.add(Array("Subject: new\r\n\r\n".utf8))
        }
        let report = try await lab.fetch()
        #expect(report.messages == 1 && report.renamed == 4 && report.deleted == 4)
        #expect(lab.server.messages() == [Array("Subject: new\r\n\r\n".utf8)])
        await lab.finish()
    }

    @Test func `identifiers that change between listing and removal remove nothing`() async throws {
        var lab = try await Lab(messages)
        lab.bench.account.mailboxes = [.inbox, IMAPMailboxName("Spam")]
        lab.server.mailbox("Spam") { $0.add(Array("Subject: s\r\n\r\n".utf8)) }
        _ = try await lab.fetch()
        try await lab.bench.deliverAll()
        lab.server.change { $0.resets = ("UID STORE", "Spam") }
        #expect(await lab.failure()?.message.contains("were changed meanwhile") == true)
        #expect(lab.server.messages() == [] && lab.server.messages(in: "Spam")?.count == 1)
        let report = try await lab.fetch()
        #expect(report.messages == 0 && report.renamed == 1)
        await lab.finish()
    }

    @Test func `without UIDPLUS nothing is expunged while somebody else marks messages as deleted`() async throws {
        var lab = try await Lab(messages) { $0.capabilities = "IMAP4rev1 AUTH=PLAIN SASL-IR" }
        _ = try await lab.fetch()
        try await lab.bench.deliverAll()
        lab.server.mailbox { mailbox in
            mailbox.add(Array("Subject: his\r\n\r\n".utf8))
            mailbox.messages[5].isDeleted = true
        }
        let report = try await lab.fetch()
        #expect(report.deleted == 0 && report.messages == 1 && report.notDeleted?.contains("UIDPLUS") == true)
        #expect(lab.server.messages()?.count == 6 && !lab.server.commands.contains("EXPUNGE"))
        lab.server.mailbox { $0.messages[5].isDeleted = false }
        let after = try await lab.fetch()
        #expect(after.deleted == 5 && after.notDeleted == nil && lab.server.messages()?.count == 1)
        await lab.finish()
    }

    @Test func `without MOVE messages are copied, and only these are expunged`() async throws {
        var lab = try await Lab(messages) { $0.capabilities = "IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS" }
        lab.bench.account.moveTo = IMAPMailboxName("Archivio")
        _ = try await lab.fetch()
        try await lab.bench.deliverAll()
        lab.server.mailbox { $0.add(Array("Subject: new\r\n\r\n".utf8)) }
        #expect(try await lab.fetch().deleted == 5)
        #expect(lab.server.messages() == [Array("Subject: new\r\n\r\n".utf8)])
        #expect(lab.server.messages(in: "Archivio") == messages.map { Array($0.utf8) })
        #expect(lab.server.commands.contains("CREATE \"Archivio\""))
        await lab.finish()
    }

    @Test func `what was copied and could not be expunged is copied once`() async throws {
        var lab = try await Lab(messages) { $0.capabilities = "IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS" }
        lab.bench.account.moveTo = IMAPMailboxName("Archivio")
        lab.server.change { $0.answers = ["UID EXPUNGE": "TAG NO denied\r\n"] }
        _ = try await lab.fetch()
        try await lab.bench.deliverAll()
        for _ in 0..<3 { #expect(try await lab.fetch().notDeleted?.contains("denied") == true) }
        lab.server.change { $0.answers = [:] }
        #expect(try await lab.fetch().deleted == 5)
        #expect(lab.server.messages() == [] && lab.server.messages(in: "Archivio")?.count == 5)
        await lab.finish()
    }

    @Test func `messages that another program fetched by POP3 are not fetched by IMAP`() async throws {
        var lab = try await Lab(messages)
        let queue = lab.bench.queue
        _ = try await queue.takeOver(["one", "two"], account: RetrievalBench.key, now: lab.bench.clock.now())
        let failure = await lab.failure()
        #expect(failure?.message.contains("2 messages") == true && failure?.remedy.contains("pop3") == true)
        #expect(try await queue.list(.all, limit: 10).isEmpty && lab.server.messages()?.count == 5)
        await lab.finish()
    }

    @Test func `a mailbox that has not changed is not listed again, one that has is`() async throws {
        var lab = try await Lab(messages)
        lab.bench.account.keep = .forever
        let listings = { [server = lab.server] in server.commands.count { $0.hasPrefix("UID FETCH 1:*") } }
        _ = try await lab.fetch()
        _ = try await lab.fetch()
        #expect(listings() == 1)
        lab.server.mailbox { $0.add(Array(message(6).utf8)) }
        #expect(try await lab.fetch().messages == 1)
        #expect(listings() == 2)
        lab.server.change { $0.capabilities = "IMAP4rev1 AUTH=PLAIN SASL-IR IDLE UIDPLUS" }
        await lab.memory.endSession()
        _ = try await lab.fetch()
        #expect(lab.server.commands.last { $0.hasPrefix("SELECT") } == "SELECT \"INBOX\"")
        await lab.finish()
    }

    @Test func `a session that stayed open serves the next fetch, and one that died is replaced at once`() async throws
    {
        var lab = try await Lab(messages)
        _ = try await lab.fetch()
        _ = try await lab.fetch()
        #expect(lab.server.sessions == 1 && lab.memory.session != nil)
        lab.server.cutAll()
        lab.server.mailbox { $0.add(Array(message(6).utf8)) }
        #expect(try await lab.fetch().messages == 1)
        #expect(lab.server.sessions == 2)
        await lab.finish()
    }

    @Test func `without IDLE, or where the account may not, the session ends with LOGOUT`() async throws {
        var lab = try await Lab(messages) { $0.capabilities = "IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS" }
        _ = try await lab.fetch()
        #expect(lab.memory.session == nil && lab.server.commands.last == "LOGOUT")
        lab.server.change { $0.capabilities += " IDLE" }
        lab.bench.account.mayIdle = false
        _ = try await lab.fetch()
        #expect(lab.memory.session == nil && lab.server.commands.last == "LOGOUT")
        await lab.finish()
    }
}
