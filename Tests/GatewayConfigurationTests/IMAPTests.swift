// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import Testing

struct IMAPTests {
    /// The right file with this `fetch`, at a provider that has IMAP too.
    private func load(_ fetch: String) throws -> LoadedConfiguration {
        let text = WrongFile.right.replacing("{every: 60s}", with: fetch)
            .replacing(
                "    pop3: pop3s://pop.pec.comune.it\n",
                with: "    pop3: pop3s://pop.pec.comune.it\n    imap: imaps://imap.pec.comune.it\n"
            )
        return try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false)
    }

    @Test func `an account fetches INBOX, or the folders that it names, and keeps or moves`() throws {
        let plain = try load("{protocol: imap}").configuration.accounts[0]
        #expect(plain.fetch == FetchConfiguration(retrieval: .imap))
        #expect(plain.fetch.folders == ["INBOX"] && plain.fetch.moveTo == nil)
        #expect(plain.retrievalServer?.description == "imaps://imap.pec.comune.it:993")
        #expect(plain.retrievalServer?.tls == .verify)
        let all = try load("{protocol: imap, every: 5m, folders: [Spam, inbox, \"Già letti\"], keep: 7d}").configuration
        #expect(all.accounts[0].fetch.folders == ["Spam", "inbox", "Già letti"])
        let moved = try load("{protocol: imap, move_to: Archivio}").configuration.accounts[0]
        #expect(moved.fetch.moveTo == "Archivio" && moved.fetch.keep == .duration(.zero))
        #expect(try load("{protocol: pop3}").configuration.accounts[0].retrievalServer?.scheme == .pop3s)
    }

    @Test(arguments: [
        ("{protocol: imap, folders: []}", "folders", "found a list, expected a folder at least"),
        ("{protocol: imap, folders: INBOX}", "folders", "expected a list of folders such as [INBOX, Spam]"),
        ("{protocol: imap, folders: [INBOX, Spam, inbox]}", "folders[2]", "found inbox twice"),
        ("{protocol: imap, folders: [\"a\\tb\"]}", "folders[0]", "control characters"),
        ("{protocol: imap, move_to: Inbox}", "move_to", "found Inbox, which is fetched"),
        ("{protocol: imap, move_to: Archivio, keep: 7d}", "move_to", "stands beside keep"),
        ("{protocol: pop3, move_to: Archivio}", "move_to", "stands beside protocol: pop3"),
        ("{protocol: none, folders: [Spam]}", "folders", "stands beside protocol: none"),
    ])
    func `what contradicts itself is refused with its place`(_ fetch: String, _ key: String, _ words: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(fetch) }
        #expect(error?.mistakes.map(\.path) == ["accounts[0].fetch.\(key)"])
        #expect(error?.mistakes.first?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test func `a built-in provider's IMAP server is judged like its others`() throws {
        let text = WrongFile.right.replacing("{every: 60s}", with: "{protocol: imap}")
            .replacing("comune", with: "aruba")
            .replacing("    submit: smtps://smtp.pec.aruba.it\n", with: "    minimum_tls: \"1.3\"\n")
        let account = try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false).configuration.accounts[0]
        #expect(account.retrievalServer?.description == "imaps://imaps.pec.aruba.it:993")
        #expect(account.retrievalServer?.minimumTLS == .v13 && account.retrievalServer?.tls == .verify)
    }
}
