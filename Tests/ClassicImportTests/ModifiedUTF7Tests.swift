// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ClassicImport

struct ModifiedUTF7Tests {
    @Test(arguments: [
        ("INBOX", "INBOX"), ("", ""), ("a&-b&-", "a&b&"), ("Posta gi&AOA- letta", "Posta già letta"),
        ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"), ("&2D3eAA-", "😀"), ("già", "già"),
    ])
    func `a name of the wire is read as people write it`(_ wire: String, _ text: String) {
        #expect(ModifiedUTF7.decode(wire) == text)
    }

    @Test(arguments: ["&", "a&b", "&AOA", "&A-", "&AO-", "&AOB-", "&2D0-", "&A/A-", "&AOAA-"])
    func `what is no such name is told`(_ wire: String) { #expect(ModifiedUTF7.decode(wire) == nil) }
}
