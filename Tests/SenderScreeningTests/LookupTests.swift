// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NameResolution
import Testing

@testable import SenderScreening

/// Questions to the DNS and what answers mean.
struct LookupTests {
    private func answer(_ records: [UInt8]...) -> DNSAnswer { DNSAnswer(records: records, canonicalName: "x") }

    @Test
    func `a list is asked for the octets or nibbles backwards`() {
        let zone = BlockingZone("bl.example.org")
        #expect(zone.question(key("192.0.2.99")) == "99.2.0.192.bl.example.org")
        #expect(
            zone.question(key("2001:db8:1:2:3:4:567:89ab"))
                == "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.example.org"
        )
        #expect(ReverseName.question(key("192.0.2.99")) == "99.2.0.192.in-addr.arpa")
        #expect(ReverseName.question(key("::1")) == "1" + String(repeating: ".0", count: 31) + ".ip6.arpa")
    }

    @Test
    func `only answers of 127.0.0.0/8 that are wanted are listings, and a refusal never is`() throws {
        let any = BlockingZone("bl.example.org")
        #expect(any.listings(answer([127, 0, 0, 2], [127, 0, 0, 11])) == ["127.0.0.2", "127.0.0.11"])
        #expect(any.listings(answer([192, 0, 2, 1])).isEmpty, "a resolver that answers everything")
        for refusal in [[127, 255, 255, 252], [127, 255, 255, 254], [127, 255, 255, 255]] as [[UInt8]] {
            #expect(any.listings(answer(refusal)).isEmpty && any.isRefusal(answer(refusal)))
        }
        #expect(any.listings(answer([127, 0, 0])).isEmpty && any.listings(answer()).isEmpty)
        let pattern = try #require(AnswerPattern("127.0.*.4-7"))
        let some = BlockingZone("bl.example.org", answers: [pattern])
        #expect(
            some.listings(answer([127, 0, 0, 2], [127, 0, 9, 4], [127, 0, 0, 7], [127, 1, 0, 4])) == [
                "127.0.9.4", "127.0.0.7",
            ]
        )
    }

    @Test(arguments: [
        "127.0.0", "127.0.0.256", "128.0.0.2", "*.0.0.2", "127.0.0.7-4", "127.0.0.1-2-3", "127.0.0.-", "127.0.0.+2", "",
        "127.0.0.2.3",
    ])
    func `what is no pattern is none`(_ text: String) {
        #expect(AnswerPattern(text) == nil)
    }

    private func wire(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    @Test
    func `a name counts when it leads back, and nothing that could harm a header is a name`() {
        #expect(ReverseName.candidates(answer(wire("Mail.Example.ORG"))) == ["mail.example.org"])
        #expect(ReverseName.leadsBack(answer([192, 0, 2, 9], [192, 0, 2, 7]), to: key("192.0.2.7")))
        #expect(!ReverseName.leadsBack(answer([192, 0, 2, 9]), to: key("192.0.2.7")))
        let evil: [[UInt8]] = [
            [3, 97, 13, 10, 0], [1, 32, 0], [1, 97], [5, 97, 0], [0], [], [64] + Array(repeating: 97, count: 64) + [0],
            [1, 97, 0, 0], [0xC0, 12],
        ]
        for record in evil { #expect(ReverseName.candidates(answer(record)).isEmpty, "\(record)") }
        let long = wire(Array(repeating: String(repeating: "a", count: 60), count: 5).joined(separator: "."))
        #expect(ReverseName.candidates(answer(long)).isEmpty)
        let many = DNSAnswer(records: (0..<100).map { wire("h\($0).example.org") }, canonicalName: "x")
        #expect(ReverseName.candidates(many).count == ReverseName.maximumNames)
    }

    @Test
    func `no octets of an answer trap`() {
        var generator = SeededGenerator(seed: 23)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &generator)
            let record = (0..<count).map { _ in UInt8.random(in: 0...80, using: &generator) }
            for name in ReverseName.candidates(answer(record)) {
                #expect(name.utf8.allSatisfy { $0 > 32 && $0 < 127 })
            }
            _ = BlockingZone("b", answers: []).listings(answer(record))
        }
    }

    @Test
    func `by default nothing that the DNS says refuses mail`() {
        let rules = LookupRules()
        let listed = ClientFindings(
            reverseName: ReverseName.none,
            listings: [.init(zone: "bl.example.org", weight: 9, answers: ["127.0.0.2"])]
        )
        #expect(listed.refusal(of: "192.0.2.7", rules) == nil)
        #expect(listed.field == "X-Ceralacca-DNSBL: score=9; bl.example.org=127.0.0.2\r\n")
        #expect(ClientFindings().field.isEmpty)
    }

    @Test
    func `the sum of the weights refuses, good lists take away`() {
        let rules = LookupRules(refuseAt: 3)
        let bad = ClientFindings.Listing(zone: "bad.example.org", weight: 2, answers: ["127.0.0.2"])
        let worse = ClientFindings.Listing(zone: "worse.example.org", weight: 1, answers: ["127.0.0.3", "127.0.0.4"])
        let good = ClientFindings.Listing(zone: "good.example.org", weight: -2, answers: ["127.0.5.1"])
        #expect(ClientFindings(listings: [bad]).refusal(of: "192.0.2.7", rules) == nil)
        #expect(
            ClientFindings(listings: [bad, worse]).refusal(of: "192.0.2.7", rules)?.description
                == "550 5.7.1 192.0.2.7 is listed by bad.example.org, worse.example.org: ask there why"
        )
        #expect(ClientFindings(listings: [bad, worse, good]).refusal(of: "192.0.2.7", rules) == nil)
        #expect(
            ClientFindings(listings: [bad, worse]).field
                == "X-Ceralacca-DNSBL: score=3; bad.example.org=127.0.0.2;\r\n worse.example.org=127.0.0.3,127.0.0.4\r\n"
        )
    }

    @Test
    func `a client without a name is refused or put off when that is wanted, one whose name is not known is put off`() {
        func code(_ nameless: LookupRules.Nameless, _ name: ReverseName?) -> Int? {
            ClientFindings(reverseName: name).refusal(of: "192.0.2.7", LookupRules(nameless: nameless))?.code
        }
        #expect(code(.refuse, ReverseName.none) == 550 && code(.defer, ReverseName.none) == 450)
        #expect(code(.refuse, .unknown) == 450 && code(.defer, .unknown) == 450)
        #expect(code(.accept, ReverseName.none) == nil && code(.accept, .unknown) == nil)
        for choice in LookupRules.Nameless.allCases {
            #expect(code(choice, .confirmed("mail.example.org")) == nil && code(choice, nil) == nil)
        }
    }

    @Test
    func `the DNS is not asked about private addresses`() {
        for text in ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.0.1", "::1", "fe80::1", "fd00::1"] {
            #expect(ScreeningRules.isPrivate(IPAddress.parse(text) ?? []), "\(text)")
        }
        for text in ["198.51.100.7", "2001:db8::1", "172.32.0.1"] {
            #expect(!ScreeningRules.isPrivate(IPAddress.parse(text) ?? []), "\(text)")
        }
    }
}
