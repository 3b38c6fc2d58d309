// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

struct AddressListTests {
    /// A list in one line: `name <address>` for a mailbox, `name: a, b;` for a group.
    private static func spelled(_ entries: [AddressEntry]) -> String {
        entries.map { entry in
            switch entry {
            case .mailbox(let name, let address): name.map { "\($0) <\(address)>" } ?? "\(address)"
            case .group(let name, let members): "\(name): \(spelled(members));"
            }
        }.joined(separator: " | ")
    }

    @Test(arguments: [
        ("a@b.it", "a@b.it"),
        ("  a@b.it ", "a@b.it"),
        ("<a@b.it>", "a@b.it"),
        ("Mario Rossi <m.rossi@azienda.it>", "Mario Rossi <m.rossi@azienda.it>"),
        (#""Rossi, Mario (PEC)" <m@b.it>"#, "Rossi, Mario (PEC) <m@b.it>"),
        (#""Mario \"il\" Rossi"<m@b.it>"#, #"Mario "il" Rossi <m@b.it>"#),
        ("Mario Q. Rossi <m@b.it>", "Mario Q. Rossi <m@b.it>"),
        ("a@b.it, Ann <c@d.it>,e@f.it", "a@b.it | Ann <c@d.it> | e@f.it"),
        (",, a@b.it ,,", "a@b.it"),
        ("", ""),
        ("   ", ""),
        ("(nobody)", ""),
        ("a@b.it (Mario (il) \\) Rossi)", "a@b.it"),
        ("(x)Mario(y)Rossi(z)<(q)a(w)@(e)b(r).(t)it(u)>(i)", "Mario Rossi <a@b.it>"),
        ("a . b @ c . it", "a.b@c.it"),
        (#""a b"@c.it"#, #""a b"@c.it"#),
        (#"a."b".c@d.it"#, "a.b.c@d.it"),
        (#""a@b" <"c@d"@e.it>"#, #"a@b <"c@d"@e.it>"#),
        ("<@x.it,@y.it:a@b.it>", "a@b.it"),
        ("Ann <@x.it: a@b.it>", "Ann <a@b.it>"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("a@[ 192.0.2.1 ]", "a@[192.0.2.1]"),
        ("Ann\r\n <a@b.it>,\r\n\tc@d.it", "Ann <a@b.it> | c@d.it"),
        ("Ufficio: a@b.it, Ann <c@d.it>;", "Ufficio: a@b.it | Ann <c@d.it>;"),
        ("undisclosed-recipients:;", "undisclosed-recipients: ;"),
        ("undisclosed-recipients:", "undisclosed-recipients: ;"),
        ("A B: , a@b.it,, ; , c@d.it", "A B: a@b.it; | c@d.it"),
        ("a@b.it, G: c@d.it; e@f.it", "a@b.it | G: c@d.it; | e@f.it"),
        ("Però <perché@città.it>", "Però <perché@città.it>"),
        ("=?utf-8?Q?Per=C3=B2?= <a@b.it>", "=?utf-8?Q?Per=C3=B2?= <a@b.it>"),
        ("\"\" <a@b.it>", " <a@b.it>"),
    ])
    func `A list is read into mailboxes and groups`(_ body: String, _ list: String) throws {
        #expect(try Self.spelled(AddressList.parse(body)) == list)
    }

    @Test(arguments: [
        "a", "a b", "a@", "@b.it", "<>", "Ann <>", "a@b.it c@d.it", "a@b.it <c@d.it>", "<a@b.it", "<a@b.it> x",
        "a@b.it>",
        "\"a@b.it", "(a@b.it", "a@b.it (", "(\\", "a b@c.it", "a..b@c.it", ".a@b.it", "a.@b.it", "a@b..it", "a@b.it.",
        "a@[1.2.3]", "a@[192.0.2.1", "a@b_!.it", "G: H: a@b.it;;", "G: a@b.it; ;", ":a@b.it;", "a@b.it;",
        "<@x.it a@b.it>",
        "<@x.it>", "\"\"@b.it", "\"a\0\"@b.it", "a\0@b.it", "a@b.it\0", "[x]", "a@b@c.it", "<a>", "\\a@b.it",
        "a)b@c.it",
    ])
    func `What is no list is refused with its place`(_ body: String) {
        let error = #expect(throws: AddressSyntaxError.self) { try AddressList.parse(body) }
        #expect(error.map { (0...body.utf8.count + 1).contains($0.offset) } == true)
        #expect(error?.description.contains("at octet") == true)
    }

    @Test func `Comments nest to their limit and not beyond`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + String(repeating: ")", count: depth) + "a@b.it"
        }
        #expect(try AddressList.parse(nested(AddressList.maximumCommentDepth)).count == 1)
        #expect(throws: AddressSyntaxError.self) { try AddressList.parse(nested(AddressList.maximumCommentDepth + 1)) }
        #expect(throws: AddressSyntaxError.self) { try AddressList.parse(nested(100_000)) }
    }

    @Test func `A list longer than a header section is refused`() {
        let longest = String(repeating: " ", count: HeaderSection.maximumOctets)
        #expect(throws: Never.self) { try AddressList.parse(longest) }
        #expect(throws: AddressSyntaxError.self) { try AddressList.parse(longest + " ") }
    }

    @Test func `An entry gives its addresses`() throws {
        let entries = try AddressList.parse("a@b.it, G: c@d.it, e@f.it;, H:;")
        #expect(entries.map { $0.addresses.map(\.description) } == [["a@b.it"], ["c@d.it", "e@f.it"], []])
    }
}
