// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab
import Testing

extension EndToEnd {
    /// Flow 2 by IMAP: from Dovecot to Exchange (P1, P2, P3).
    @Suite struct IMAPTests {
        static let account = "pec1@pec.test"

        /// Gives the provider of `file` the endpoint of IMAP alone.
        private static func useIMAP(_ file: inout GatewayFile, _ provider: CertifiedProvider?, isImplicit: Bool = true)
        {
            guard let provider else { return }
            let dovecot = provider.dovecot
            let entries = GatewayFile.provider(
                submit: "smtps://localhost:\(provider.smtps)",
                imap: isImplicit ? "imaps://localhost:\(dovecot.imaps)" : "imap://localhost:\(dovecot.imap)",
                authority: provider.authority
            )
            file.providers = [("pec", entries)]
        }

        @Test(.timeLimit(.minutes(5)))
        func `Flow 2 by IMAP: a certified box reaches Exchange and is emptied only then`() async throws {
            let count = FlowTests.count
            try await World.with(boxes: 1) { file, provider in
                Self.useIMAP(&file, provider)
                file.accounts = [.init(Self.account, fetch: "{protocol: imap, every: 1s, keep: 0d}")]
            } _: { world in
                let box = try #require(world.provider).dovecot.maildir(Self.account)
                for number in 0..<count { try box.add(FlowTests.certified(number).octets, name: number) }
                #expect(await world.exchange.journal.waitForNumbers(count, within: .seconds(120)), world.lastWords)
                let isEmpty = try await box.waitUntilEmpty(within: .seconds(60))
                #expect(isEmpty, world.lastWords)
                let records = world.exchange.journal.records
                world.expectEach(count, in: records, allowed: FlowTests.retrieved, FlowTests.certified)
                #expect(records.allSatisfy { $0.traceField("X-Ceralacca-Account") == Self.account })
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `Flow 2 by IMAP with STARTTLS, two folders and one to move to: each message once, also after a restart`()
            async throws
        {
            try await World.with(boxes: 1) { file, provider in
                Self.useIMAP(&file, provider, isImplicit: false)
                let fetch = "{protocol: imap, every: 1s, folders: [INBOX, \"Già letti\"], move_to: Archivio}"
                file.accounts = [.init(Self.account, fetch: fetch)]
            } _: { world in
                let dovecot = try #require(world.provider).dovecot
                let inbox = try dovecot.maildir(Self.account)
                let read = try dovecot.folder("Gi&AOA- letti", of: Self.account)
                for number in 0..<40 {
                    try (number % 2 == 0 ? inbox : read).add(FlowTests.certified(number).octets, name: number)
                }
                #expect(await world.exchange.journal.waitForNumbers(40, within: .seconds(60)), world.lastWords)
                await world.gateway.stop()
                for number in 40..<60 { try inbox.add(FlowTests.certified(number).octets, name: number) }
                try await world.gateway.start()
                #expect(await world.exchange.journal.waitForNumbers(60, within: .seconds(60)), world.lastWords)
                let archive = try dovecot.folder("Archivio", of: Self.account)
                let isArchived = try await archive.wait(for: 60, within: .seconds(60))
                #expect(isArchived, world.lastWords)
                for folder in [inbox, read] {
                    let isEmpty = try await folder.waitUntilEmpty(within: .seconds(30))
                    #expect(isEmpty, world.lastWords)
                }
                let digests = archive.files.map { KnownMessage.digest(Files.read($0)) }
                #expect(Set(digests) == Set((0..<60).map { FlowTests.certified($0).digest }) && digests.count == 60)
                world.expectEach(
                    60,
                    in: world.exchange.journal.records,
                    allowed: FlowTests.retrieved,
                    FlowTests.certified
                )
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `kill -9 while IMAP retrieves and while it deletes loses nothing and repeats nothing`() async throws {
            let count = 400
            try await World.with(boxes: 1) { file, provider in
                Self.useIMAP(&file, provider)
                file.accounts = [.init(Self.account, fetch: "{protocol: imap, every: 1s, keep: 0d}")]
            } _: { world in
                // Exchange is down while messages are retrieved, so that no reply of it can be lost.
                try await world.exchange.stop()
                let box = try #require(world.provider).dovecot.maildir(Self.account)
                for number in 0..<count { try box.add(FlowTests.certified(number).octets, name: number) }
                for round in 1...3 {
                    let isUnderWay = try await Self.eventually {
                        world.gateway.lines(with: "message retrieved").count >= round * 80
                    }
                    #expect(isUnderWay, world.lastWords)
                    await world.gateway.kill()
                    try await world.gateway.start()
                }
                let isRetrieved = try await Self.eventually {
                    try world.gateway.command(["queue", "list", "--json"]).output.split(separator: "\n")
                        .count { $0.hasPrefix("{") } == count
                }
                #expect(isRetrieved && box.count == count, world.lastWords)
                try await world.exchange.start()
                _ = try world.gateway.command(["queue", "retry"])
                #expect(await world.exchange.journal.waitForNumbers(count, within: .seconds(120)), world.lastWords)
                let isDeleting = try await Self.eventually { box.count < count }
                #expect(isDeleting, world.lastWords)
                await world.gateway.kill()
                try await world.gateway.start()
                let isEmpty = try await box.waitUntilEmpty(within: .seconds(60))
                #expect(isEmpty, world.lastWords)
                world.expectEach(
                    count,
                    in: world.exchange.journal.records,
                    allowed: FlowTests.retrieved,
                    FlowTests.certified
                )
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `500 accounts that wait for news in one process take less than 150 MB, and news come at once`()
            async throws
        {
            let directory = try Files.makeTemporaryDirectory("idle")
            let authority = try CertificateAuthority(in: directory)
            let server = try PretendIMAPServer(authority: authority)
            try await server.start()
            do {
                try await World.with { file, _ in
                    let entries = GatewayFile.provider(
                        submit: "smtps://localhost:1",
                        imap: "imaps://localhost:\(server.port)",
                        authority: authority
                    )
                    file.providers = [("pec", entries)]
                    file.accounts = (1...500).map {
                        .init("pec\($0)@pec.test", fetch: "{protocol: imap, every: 1h, keep: forever}")
                    }
                } _: { world in
                    let isWaiting = try await server.wait(within: .seconds(120)) { $0.idling == 500 }
                    #expect(isWaiting, world.lastWords)
                    let memory = world.gateway.memory.now
                    print("500 accounts that wait for news: \(Int(memory)) MB")
                    #expect(memory < 150)
                    server.deliver(FlowTests.certified(0).octets)
                    let records = { world.exchange.journal.records.count }
                    let isThere = try await Self.eventually { records() == 500 }
                    #expect(isThere, world.lastWords)
                    #expect(server.sessions == 500)
                }
            } catch {
                await server.stop()
                throw error
            }
            await server.stop()
            Files.remove(directory)
        }

        private static func eventually(_ isSo: () throws -> Bool) async throws -> Bool {
            let end = ContinuousClock.now + .seconds(60)
            while .now < end {
                if try isSo() { return true }
                try await Task.sleep(for: .milliseconds(20))
            }
            return try isSo()
        }
    }
}
