// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite struct IMAPMailboxNameTests {
    @Test(arguments: [
        ("INBOX", "INBOX"), ("Posta è arrivata & letta", "Posta &AOg- arrivata &- letta"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"), ("&", "&-"), ("Entwürfe", "Entw&APw-rfe"),
        ("a\u{1F4E8}b", "a&2D3c6A-b"), ("tab\t", "tab&AAk-"), ("\"\\*%", "\"\\*%"),
    ])
    func `names are written in modified UTF-7`(_ text: String, _ encoded: String) {
        #expect(IMAPMailboxName(text).encoded == encoded)
    }

    @Test func `INBOX is one mailbox in any case, and no other is`() {
        #expect(IMAPMailboxName("inbox") == .inbox && IMAPMailboxName("iNbOx").encoded == "INBOX")
        #expect(IMAPMailboxName("spam") != IMAPMailboxName("Spam"))
    }

    @Test func `every character of the first planes is printable ASCII on the wire, and no two are alike`() {
        var seen: Set<String> = []
        for value in stride(from: UInt32(1), to: 0x11000, by: 37) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let name = IMAPMailboxName("x\(Character(scalar))-&\(Character(scalar))")
            #expect(name.encoded.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(seen.insert(name.encoded).inserted, "\(value)")
        }
    }

    @Test func `identifiers are joined to ranges, and cut where a line would become too long`() {
        let sets = IMAPSequenceSet.sets(of: [5, 1, 2, 3, 9, 3].compactMap { IMAPUID(UInt32($0)) })
        #expect(sets.map(\.description) == ["1:3,5,9"])
        #expect(sets[0].identifiers.map(\.rawValue) == [1, 2, 3, 5, 9])
        let many = stride(from: UInt32(1), to: 20_000, by: 2).compactMap { IMAPUID($0) }
        let cut = IMAPSequenceSet.sets(of: many, maximumOctets: 100)
        #expect(cut.allSatisfy { $0.description.utf8.count <= 100 } && cut.flatMap(\.identifiers) == many)
        #expect(IMAPSequenceSet.sets(of: []).isEmpty && IMAPUID(0) == nil && UIDValidity("0") == nil)
        #expect(IMAPUID("4294967295")?.rawValue == .max && IMAPUID("4294967296") == nil && IMAPUID("-1") == nil)
    }
}
