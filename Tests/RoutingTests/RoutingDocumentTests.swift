// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import NIOCore
import Routing
import Testing

struct RoutingDocumentTests {
    @Test func `Every row of the table has a test, and every test a row`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let document = folder.appending(path: "../../docs/routing.md").standardizedFileURL
        let rows = try String(contentsOf: document, encoding: .utf8).matches(of: /(?m)^\| ([EIF][0-9]+) \|/).map(\.1)
        var tests: Set<Substring> = []
        for file in ["OutgoingAccountTests", "OutgoingAmbiguityTests", "IncomingTests"] {
            let source = try String(contentsOf: folder.appending(path: "\(file).swift"), encoding: .utf8)
            tests.formUnion(source.matches(of: /func `([EIF][0-9]+)\s/).map(\.1))
        }
        #expect(Set(rows).count == rows.count)
        #expect(rows.count == 49)
        #expect(Set(rows) == tests)
    }

    @Test func `Every refusal fits a reply line, in ASCII, one sentence`() {
        let long = String(repeating: "x", count: 200) + "@" + String(repeating: "y", count: 60) + ".it"
        let accounts = ["azienda@pec.example.it", "però@città.it", long].map {
            RoutedAccount(address: Desk.addr($0), isCertified: true, deliverTo: [])
        }
        let table = RoutingTable(accounts: accounts, exchangeDomains: [])
        for account in accounts {
            let address = account.address.description
            let headers = [
                "From: \(address)\r\nSender: a@b.it", "From: \(address)\r\nResent-From: a@b.it",
                "From: \(address), a@b.it",
                "From: \(address)\r\nAuto-Submitted: auto-generated", "From: \(address) x", "Sender: \(address)",
                "From: a@b.it\r\nFrom: \(address)",
            ]
            var refusals = headers.map { header in
                table.decide(
                    RoutingQuestion(
                        listener: .exchange,
                        envelope: Envelope(reversePath: .mailbox(Desk.addr("a@b.it")), recipients: []),
                        header: HeaderSection(ByteBuffer(string: "\(header)\r\n\r\n"))
                    )
                )
            }
            refusals += [.internet].compactMap { table.acceptsRecipient(account.address, listener: $0) }
                .map(RoutingDecision.refuse)
            for refusal in refusals {
                guard case .refuse(let reply) = refusal else {
                    Issue.record("not refused: \(refusal)")
                    continue
                }
                #expect(reply.lines.count == 1)
                #expect(reply.description.utf8.count <= 510)
                #expect(reply.description.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
                #expect(reply.description.hasSuffix("."))
                #expect(reply.status != nil)
            }
        }
    }
}
