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
        let rows = try String(contentsOf: document, encoding: .utf8).matches(of: /(?m)^\| ([EIFT][0-9]+) \|/).map(\.1)
        var tests: Set<Substring> = []
        for file in [
            "OutgoingAccountTests", "OutgoingAmbiguityTests", "PreflightTests", "IncomingTests", "TenantTests",
        ] {
            let source = try String(contentsOf: folder.appending(path: "\(file).swift"), encoding: .utf8)
            tests.formUnion(source.matches(of: /func `([EIFT][0-9]+)\s/).map(\.1))
        }
        #expect(Set(rows).count == rows.count)
        #expect(rows.count == 84)
        #expect(Set(rows) == tests)
    }

    @Test func `Every refusal is ASCII in lines that fit a reply, towards Exchange one Italian and one English`() {
        let long = String(repeating: "x", count: 200) + "@" + String(repeating: "y", count: 60) + ".it"
        let accounts = ["azienda@pec.example.it", "però@città.it", long].map {
            RoutedAccount(
                address: Desk.addr($0),
                isCertified: true,
                deliverTo: [],
                provider: String(repeating: "è", count: 300),
                limits: SubmissionLimits(
                    recipients: 4,
                    total: ByteCount(octets: 1000),
                    refusedExtensions: [String(repeating: "e", count: 500)]
                )
            )
        }
        let table = RoutingTable(accounts: accounts, exchangeDomains: [])
        let recipients = (0..<5).map { EnvelopeRecipient(Desk.addr("\(String(repeating: "r", count: 60))\($0)@b.it")) }
        let many = recipients.map(\.forwardPath.description).joined(separator: ", ")
        let origin = String(repeating: "è", count: 400)
        for account in accounts {
            let address = account.address.description
            let headers = [
                "From: \(address)\r\nSender: a@b.it", "From: \(address)\r\nResent-From: a@b.it",
                "From: \(address), a@b.it",
                "From: \(address)\r\nAuto-Submitted: auto-generated", "From: \(address) x", "Sender: \(address)",
                "From: a@b.it\r\nFrom: \(address)", "From: \(address)\r\nTo: \(address)", "From: \(address)",
                "From: \(address)\r\nTo: x", "From: \(address)\r\nTo: x@y.it\r\nCc: (", "From: \(address)\r\nbroken",
                "From: \(address)\r\nTo: x@y.it\r\nTo: x@y.it", "From: \(address)\r\nTo: \(many)\r\nBcc: x@y.it",
                "From: \(address)\r\nTo: \(many)\r\nContent-Type: application/ms-tnef",
                "From: \(address)\r\nTo: \(many)",
                "From: \(address)\r\n" + String(repeating: "Received: x\r\n", count: 51),
                "From: \(address)\r\n\(TenantRule.idField): t\r\n\(TenantRule.originField): Internet",
                "From: \(address)\r\n\(TenantRule.idField): t",
                "From: \(address)\r\n\(TenantRule.idField): t\r\n\(TenantRule.originField): \(origin)",
                "From: \(address)\r\n\(TenantRule.idField): t\r\n\(TenantRule.originField): \(origin)\r\n"
                    + "\(TenantRule.originField): \(origin)x",
            ]
            var refusals = headers.map { header in
                table.decide(
                    RoutingQuestion(
                        listener: .exchange,
                        envelope: Envelope(reversePath: .mailbox(Desk.addr("a@b.it")), recipients: recipients),
                        header: HeaderSection(ByteBuffer(string: "\(header)\r\n\r\n")),
                        tenants: header.contains(TenantRule.idField) ? TenantRule(ids: ["t"], domains: []) : nil
                    )
                )
            }
            refusals += contentRefusals(account, table).map(RoutingDecision.refuse)
            #expect(refusals.count == headers.count + 4)
            for refusal in refusals { check(refusal, lines: 2) }
            let strangers = [ListenerRole.internet].compactMap { table.acceptsRecipient(account.address, listener: $0) }
            for reply in strangers { check(.refuse(reply), lines: 1) }
        }
    }

    /// The refusals for what the content shows: TNEF, a file, too deep, too large.
    private func contentRefusals(_ account: RoutedAccount, _ table: RoutingTable) -> [SMTPReply] {
        let name = String(repeating: "n", count: 300) + "." + String(repeating: "e", count: 500)
        let contents = [
            "Content-Type: application/ms-tnef\r\n\r\nx", "Content-Type: x/y; name=\"\(name)\"\r\n\r\nx",
            String(repeating: "Content-Type: message/rfc822\r\n\r\n", count: 200), "Subject: x\r\n\r\nx",
        ]
        return contents.compactMap { content in
            let route = Route.account(account.address.comparisonKey)
            var preflight = table.contentPreflight(for: route, recipients: 5)
            preflight?.examine(ByteBuffer(string: content))
            return preflight?.finish(size: .max) ?? nil
        }
    }

    private func check(_ decision: RoutingDecision, lines: Int) {
        guard case .refuse(let reply) = decision else {
            Issue.record("not refused: \(decision)")
            return
        }
        #expect(reply.lines.count == lines, "\(reply)")
        for line in reply.lines {
            #expect(line.utf8.count <= 490)
            #expect(line.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
            #expect(line.hasSuffix("."))
        }
        #expect(reply.isPermanent && reply.status?.statusClass == 5)
    }
}
