// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

@testable import Routing

/// Rows T1 to T10 of `docs/routing.md`.
struct TenantTests {
    private static let ours = "5a3f1c9e-0f1d-4c52-9d5b-6f7f6f1f2a10"
    private static let theirs = "0b1e2d3c-4a5b-4c6d-8e7f-001122334455"
    private static let byID = TenantRule(ids: [ours], domains: [])
    private static let byDomain = TenantRule(ids: [], domains: ["azienda.onmicrosoft.com", "CITTÀ.it"])
    private static let byBoth = TenantRule(ids: [ours], domains: ["azienda.onmicrosoft.com"])

    private static func ask(
        _ fields: String...,
        from author: String = "mario@azienda.it",
        by rule: TenantRule? = byID
    ) -> String {
        let header = (["From: \(author)", "To: cliente@example.com"] + fields).map { "\($0)\r\n" }.joined()
        let question = RoutingQuestion(
            listener: .exchange,
            envelope: Envelope(
                reversePath: .mailbox(Desk.addr("mario@azienda.it")),
                recipients: [EnvelopeRecipient(Desk.addr("cliente@example.com"))]
            ),
            header: HeaderSection(ByteBuffer(string: "\(header)\r\nbody")),
            tenants: rule
        )
        return Desk.short(Desk.table.decide(question))
    }

    private static let passes = "internet <mario@azienda.it>"
    private static let refused = "550 5.7.64"
    private static func id(_ name: String) -> String { "X-MS-Exchange-CrossTenant-Id: \(name)" }
    private static func origin(_ name: String) -> String { "X-MS-Exchange-CrossTenant-FromEntityHeader: \(name)" }
    private static func domain(_ name: String) -> String { "X-OriginatorOrg: \(name)" }

    @Test(arguments: [
        id(ours), id("  \(ours.uppercased())  "), "x-ms-exchange-crosstenant-id :\r\n \(ours)",
        "X-MS-EXCHANGE-CROSSTENANT-ID:\(ours)",
    ])
    func `T1 The organisation that is listed is served, in any spelling`(_ field: String) {
        #expect(Self.ask(field) == Self.passes)
        let account = "account:azienda@pec.example.it <azienda@pec.example.it>"
        #expect(Self.ask(field, Self.origin("Hosted"), from: "azienda@pec.example.it") == account)
    }

    @Test(arguments: ["AZIENDA.onmicrosoft.com", "città.it", "xn--citt-3na.it"])
    func `T1 So it is by a domain of it`(_ name: String) {
        #expect(Self.ask(Self.domain(name), by: Self.byDomain) == Self.passes)
    }

    @Test(arguments: ["mario@azienda.it", "azienda@pec.example.it", "vendite@gmail.example"])
    func `T2 A message that names no organisation is refused, whoever wrote it`(_ author: String) {
        #expect(Self.ask(from: author) == Self.refused)
        #expect(Self.ask(from: author, by: Self.byDomain) == Self.refused)
        #expect(Self.ask("X-MS-Exchange-CrossTenant-AuthAs: Internal", from: author) == Self.refused)
        #expect(Self.ask("X-MS-Exchange-Organization-Id: \(Self.ours)", from: author) == Self.refused)
    }

    @Test func `T2 So is one without a header, and every one where nothing is listed`() {
        let question = RoutingQuestion(
            listener: .exchange,
            envelope: Envelope(reversePath: .null, recipients: [EnvelopeRecipient(Desk.addr("a@b.it"))]),
            header: HeaderSection(ByteBuffer(string: "all body, no header\r\n\(Self.id(Self.ours))\r\n")),
            tenants: Self.byID
        )
        #expect(Desk.short(Desk.table.decide(question)) == Self.refused)
        #expect(Self.ask(Self.id(Self.ours), by: TenantRule(ids: [], domains: [])) == Self.refused)
    }

    @Test func `T3 Another organisation is refused, and told what to do`() throws {
        #expect(Self.ask(Self.id(Self.theirs)) == Self.refused)
        #expect(Self.ask(Self.id("")) == Self.refused)
        #expect(Self.ask(Self.domain("altra.onmicrosoft.com"), by: Self.byDomain) == Self.refused)
        let section = HeaderSection(ByteBuffer(string: "\(Self.id(Self.theirs))\r\n\r\n"))
        let reply = try #require(Self.byID.refusal(section))
        #expect(reply.lines.count == 2 && reply.lines.allSatisfy { $0.contains(Self.theirs) && $0.contains("tenants") })
        #expect(!"\(reply)".contains(Self.ours))
    }

    @Test func `T4 A message that names two is refused, wherever ours stands and whichever kind is listed`() {
        let (ours, theirs) = (Self.id(Self.ours), Self.id(Self.theirs))
        for rule in [Self.byID, Self.byDomain, Self.byBoth] {
            let right = Self.domain("azienda.onmicrosoft.com")
            #expect(Self.ask(ours, theirs, right, by: rule) == Self.refused)
            #expect(Self.ask(theirs, ours, right, by: rule) == Self.refused)
            #expect(Self.ask(ours, right, Self.domain("altra.it"), by: rule) == Self.refused)
            #expect(Self.ask(ours, Self.domain(""), right, by: rule) == Self.refused)
        }
    }

    @Test func `T5 The same name twice is no contradiction`() {
        #expect(Self.ask(Self.id(Self.ours), Self.id(Self.ours.uppercased())) == Self.passes)
    }

    @Test func `T6 Where both kinds are listed both must be named`() {
        let (ours, right) = (Self.id(Self.ours), Self.domain("azienda.onmicrosoft.com"))
        #expect(Self.ask(ours, right, by: Self.byBoth) == Self.passes)
        for fields in [ours, right] { #expect(Self.ask(fields, by: Self.byBoth) == Self.refused) }
        #expect(Self.ask(ours, Self.domain("altra.it"), by: Self.byBoth) == Self.refused)
        #expect(Self.ask(Self.id(Self.theirs), right, by: Self.byBoth) == Self.refused)
    }

    @Test func `T7 A kind that is not listed is not asked for`() {
        #expect(Self.ask(Self.id(Self.ours), Self.domain("altra.it")) == Self.passes)
        #expect(
            Self.ask(Self.domain("azienda.onmicrosoft.com"), Self.id(Self.theirs), by: Self.byDomain) == Self.passes
        )
    }

    @Test(arguments: [
        id("{\(ours)}"), id("\(ours)0"), id("x \(ours)"), id("\(ours) (\(theirs))"), id("\"\(ours)\""),
        "X-MS-Exchange-CrossTenant-Id2: \(ours)", "Subject: \(id(ours))", "X: y\r\n \(id(ours))",
    ])
    func `T8 What resembles the name is not the name`(_ field: String) {
        #expect(Self.ask(field) == Self.refused)
    }

    @Test(arguments: [
        "x.azienda.onmicrosoft.com", "azienda.onmicrosoft.com.altra.it", "xazienda.onmicrosoft.com", "onmicrosoft.com",
        "azienda.onmicrosoft.com, altra.it", "azienda.onmicrosoft.com (c)", "azienda.onmicrosoft.com.",
    ])
    func `T8 Nor is a domain that resembles ours`(_ name: String) {
        #expect(Self.ask(Self.domain(name), by: Self.byDomain) == Self.refused)
    }

    @Test(arguments: ["azienda@pec.example.it", "vendite@gmail.example"])
    func `T9 A submission of an account came from the organisation's mailboxes or servers, in any spelling`(
        _ author: String
    ) {
        for origin in ["Hosted", "HybridOnPrem", "HOSTED", " hosted ", "\r\n hybridonprem"] {
            #expect(Self.ask(Self.id(Self.ours), Self.origin(origin), from: author).hasPrefix("account:"), "\(origin)")
        }
        let twice = Self.ask(Self.id(Self.ours), Self.origin("Hosted"), Self.origin("hosted"), from: author)
        #expect(twice.hasPrefix("account:"))
    }

    @Test(arguments: ["azienda@pec.example.it", "vendite@gmail.example"])
    func `T9 What came from elsewhere, or says nothing, two things or another thing of it, is none`(_ author: String) {
        for rule in [Self.byID, TenantRule(ids: [Self.ours], domains: [], requiresOrigin: false)] {
            for origin in [
                "Internet", "internet", "", "Hosted;", "Hosted Internet", "Hosted, Internet", "Hosted (Internet)",
                "\"Hosted\"",
                "xHosted", "Anonymous", "HybridOnPremises",
            ] {
                let answer = Self.ask(Self.id(Self.ours), Self.origin(origin), from: author, by: rule)
                #expect(answer == "550 5.7.1", "\(origin)")
            }
            for (one, other) in [
                ("Hosted", "Internet"), ("Internet", "Hosted"), ("Hosted", "HybridOnPrem"), ("", "Hosted"),
            ] {
                let answer = Self.ask(Self.id(Self.ours), Self.origin(one), Self.origin(other), from: author, by: rule)
                #expect(answer == "550 5.7.1", "\(one) \(other)")
            }
        }
        let near = "X-MS-Exchange-CrossTenant-FromEntityHeader2: Hosted"
        #expect(Self.ask(Self.id(Self.ours), near, from: author) == "550 5.7.1")
    }

    @Test(arguments: ["azienda@pec.example.it", "vendite@gmail.example"])
    func `T9 One without the field is none either, unless the listener says that it may lack`(_ author: String) {
        #expect(Self.ask(Self.id(Self.ours), from: author) == "550 5.7.1")
        let lenient = TenantRule(ids: [Self.ours], domains: [], requiresOrigin: false)
        #expect(Self.ask(Self.id(Self.ours), from: author, by: lenient).hasPrefix("account:"))
        #expect(Self.ask(Self.id(Self.theirs), from: author, by: lenient) == Self.refused)
    }

    @Test func `T9 The words name the field, what it says and what to do`() throws {
        let account = Desk.addr("azienda@pec.example.it")
        let lacking = try #require(Self.byID.refusal(account, origins: []))
        #expect(lacking.lines.allSatisfy { $0.contains(TenantRule.originField) && $0.contains("origin_field") })
        let other = try #require(Self.byID.refusal(account, origins: ["anonymous"]))
        #expect(other.lines.allSatisfy { $0.contains("says anonymous") || $0.contains("dice anonymous") })
        let both = try #require(Self.byID.refusal(account, origins: ["internet", "hosted"]))
        #expect(both.lines.allSatisfy { $0.contains("hosted / internet") && $0.contains("Outlook") })
        #expect(both.lines[0].contains("da' due indicazioni diverse sulla propria provenienza ("))
    }

    @Test func `T9 Other mail is sent on, whatever it says of it`() {
        #expect(Self.ask(Self.id(Self.ours), Self.origin("Hosted"), Self.origin("x")) == Self.passes)
        #expect(Self.ask(Self.id(Self.ours), "X-MS-Exchange-CrossTenant-FromEntityHeader: Internet") == Self.passes)
    }

    @Test func `T10 A listener without tenants judges none of these fields`() {
        let fields = [Self.id(Self.theirs), "X-MS-Exchange-CrossTenant-FromEntityHeader: Internet"]
        #expect(Self.ask(fields[0], fields[1], by: nil) == Self.passes)
        #expect(Self.ask(fields[0], fields[1], from: "azienda@pec.example.it", by: nil).hasPrefix("account:"))
    }

    @Test
    func `Of all headers of up to three such fields those alone pass that name ours, and nobody else of that kind`() {
        let names = ["", Self.ours, Self.theirs, "azienda.onmicrosoft.com"]
        let fields = [""] + names.map(Self.id) + names.map(Self.domain)
        var passed = 0
        for first in fields {
            for second in fields {
                for third in fields {
                    let given = [first, second, third]
                    let answer = Self.ask(
                        first.isEmpty ? "A: b" : first,
                        second.isEmpty ? "A: b" : second,
                        third.isEmpty ? "A: b" : third
                    )
                    let ids = Set(given.filter { $0.hasPrefix("X-MS") })
                    let domains = Set(given.filter { $0.hasPrefix("X-Or") })
                    let isRight = ids == [Self.id(Self.ours)] && domains.count <= 1
                    #expect(answer == (isRight ? Self.passes : Self.refused), "\(given)")
                    if isRight { passed += 1 }
                }
            }
        }
        #expect(passed > 0)
    }

    @Test func `Every refusal is ASCII in lines that fit a reply, one Italian and one English`() {
        let long = String(repeating: "è", count: 4000)
        for fields in [
            [], [Self.id(long)], [Self.id(long), Self.id("\(long)x")], [Self.domain(long), Self.domain("b.it")],
        ] {
            let section = HeaderSection(ByteBuffer(string: fields.map { "\($0)\r\n" }.joined() + "\r\n"))
            guard let reply = Self.byBoth.refusal(section) else {
                Issue.record("not refused: \(fields.map { $0.prefix(60) })")
                continue
            }
            #expect(reply.lines.count == 2 && reply.code == 550)
            for line in reply.lines {
                #expect(line.utf8.count <= 490 && line.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
                #expect(line.hasSuffix("."), "\(line)")
            }
        }
    }
}
