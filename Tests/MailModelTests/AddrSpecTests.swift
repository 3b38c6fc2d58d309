// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MailModel

struct AddrSpecTests {
    @Test(arguments: [
        ("protocollo@azienda.it", "protocollo", "azienda.it"),
        ("Mario.Rossi+pec@Azienda.IT", "Mario.Rossi+pec", "Azienda.IT"),
        (#""rossi mario"@azienda.it"#, "rossi mario", "azienda.it"),
        (#""a\"b\\c"@azienda.it"#, #"a"b\c"#, "azienda.it"),
        (#""a@b"@azienda.it"#, "a@b", "azienda.it"),
        ("ufficio@[192.0.2.1]", "ufficio", "[192.0.2.1]"),
        ("ufficio@[IPv6:2001:db8::1]", "ufficio", "[IPv6:2001:db8::1]"),
        ("però@città.it", "però", "città.it"),
        ("root@localhost", "root", "localhost"),
        ("a@my_host.example", "a", "my_host.example"),
        ("a@1und1.de", "a", "1und1.de"),
        ("!#$%&'*+-/=?^_`{|}~@a.it", "!#$%&'*+-/=?^_`{|}~", "a.it"),
    ])
    func `A mailbox is read into its two parts`(_ text: String, _ local: String, _ domain: String) throws {
        let address = try #require(AddrSpec(text))
        #expect(address.localPart == local)
        #expect(address.domain == domain)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", "@", "a@", "@b.it", "a", "a b@c.it", "a@b c.it", ".a@b.it", "a.@b.it", "a..b@c.it", "a@b..it", "a@.b.it",
        "a@b.it.", "a@-b.it", "a@b-.it", "a@b.it ", " a@b.it", "<a@b.it>", "a@b@c.it", "\"a@b.it", "\"\"@b.it",
        "\"a\"b@c.it", "\"a\n\"@c.it", "\"a\u{7F}\"@c.it", "\"a\\\u{0}\"@c.it", "\"a\\", "a@[192.0.2]", "a@[192.0.2.1",
        "a@[]", "a@[IPv6:1]", "a@[tag:x]", "a@b,it", "a(c)@b.it", "@x.it:a@b.it", "a\0@b.it", "a@b\0.it",
        "\"a\\è\"@b.it",
    ])
    func `What is not a mailbox is refused`(_ text: String) {
        #expect(AddrSpec(text) == nil)
    }

    @Test func `Lengths end at 256 octets of local part, 63 of a label and 255 of a domain`() {
        let label = String(repeating: "x", count: 63)
        #expect(AddrSpec(String(repeating: "a", count: 256) + "@b.it") != nil)
        #expect(AddrSpec(String(repeating: "a", count: 257) + "@b.it") == nil)
        #expect(AddrSpec("a@\(label).it") != nil)
        #expect(AddrSpec("a@\(label)x.it") == nil)
        #expect(AddrSpec("a@\(label).\(label).\(label).\(label)") != nil)
        #expect(AddrSpec("a@\(label).\(label).\(label).\(label).x") == nil)
        #expect(AddrSpec("\"" + String(repeating: "\\a", count: 256) + "\"@b.it") != nil)
    }

    @Test func `A local part is quoted where its characters ask for it`() {
        for local in [".a", "a.", "a..b", "a b", "a@b", "a\"b", "a\\b", "a,b", "a;b", "a<b"] {
            let address = AddrSpec(localPart: local, domain: "b.it")
            #expect(address.description.hasPrefix("\""))
            #expect(AddrSpec(address.description) == address)
        }
        #expect(AddrSpec(localPart: "a.b", domain: "b.it").description == "a.b@b.it")
    }

    @Test(arguments: [
        ("Azienda@PEC.Example.IT", "azienda@pec.example.it"), ("a@CITTÀ.it", "a@xn--citt-3na.it"),
        ("a@citta\u{300}.it", "a@xn--citt-3na.it"), ("PERÒ@b.it", "però@b.it"), ("pero\u{300}@b.it", "però@b.it"),
        ("a@XN--CITT-3NA.it", "a@xn--citt-3na.it"), ("a@Bücher.example", "a@xn--bcher-kva.example"),
        ("\"A B\"@c.it", "a b@c.it"), ("a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]"),
        ("a@почта.рф", "a@xn--80a1acny.xn--p1ai"), ("a@例え.jp", "a@xn--r8jz45g.jp"),
    ])
    func `Addresses compare in lower case and A-labels`(_ text: String, _ key: String) throws {
        let made = try #require(AddrSpec(text)).comparisonKey
        #expect(Array(made.utf8) == Array(key.utf8))
    }

    @Test func `A label that has no A-label keeps its letters in lower case`() throws {
        let label = String(repeating: "è", count: 100)
        #expect(try #require(AddrSpec("a@\(label).it")).comparisonKey == "a@\(label).it")
        #expect(AddrSpec.comparisonDomain("È..it") == "xn--8ca..it")
        #expect(AddrSpec.comparisonDomain("") == "")
    }

    @Test func `An address is ASCII when no octet of it is beyond`() {
        #expect(AddrSpec(localPart: "a", domain: "b.it").isASCII)
        #expect(!AddrSpec(localPart: "è", domain: "b.it").isASCII)
        #expect(!AddrSpec(localPart: "a", domain: "è.it").isASCII)
    }
}
