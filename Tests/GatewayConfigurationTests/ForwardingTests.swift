// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import Testing

/// The listener of copies that providers forward.
struct ForwardingTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory.withExampleFiles() }

    private func read(_ entries: String) throws -> Configuration {
        let listener = "    allow: [10.0.0.10]\n  - {role: provider, address: \"0.0.0.0:26\"\(entries)}"
        let text = WrongFile.right.replacing("    allow: [10.0.0.10]", with: listener)
        return try ConfigurationFile.read(text, path: "\(directory.path)/x.yaml").configuration
    }

    private func mistake(_ entries: String) throws -> String {
        do {
            _ = try read(entries)
            return ""
        } catch let error as ConfigurationError { return "\(error.mistakes)" }
    }

    @Test func `a secret suffix opens a listener to everybody, and its networks go without it`() throws {
        try directory.write("suffix", "4f9k2m7q1x8w3z6h\n", mode: 0o600)
        let open = try read(", recipient_suffix: {file: suffix}")
        #expect(open.listeners[1].recipientSuffix == .file("\(directory.path)/suffix"))
        #expect(open.listeners[1].allowed.isEmpty)
        #expect(open.secrets.contains { $0.user == "recipient_suffix of a listener" })
        let both = try read(", allow: [192.0.2.0/24], recipient_suffix: {file: suffix}")
        #expect(both.listeners[1].allowed.map(\.description) == ["192.0.2.0/24"])
        #expect(try read(", allow: [192.0.2.0/24]").listeners[1].recipientSuffix == nil)
    }

    @Test func `without networks, suffix and proof nobody is served`() throws {
        #expect(try mistake("").contains("a provider listener that serves everybody"))
        #expect(try mistake("").contains("recipient_suffix"))
    }

    @Test(arguments: [
        "short", "with blanks in it 123", "perché-perché-perché", "12345678901234567890123456789012345678901",
    ])
    func `a secret that does not serve is a mistake, and is not shown`(_ secret: String) throws {
        try directory.write("suffix", "\(secret)\n", mode: 0o600)
        let words = try mistake(", recipient_suffix: {file: suffix}")
        #expect(words.contains("expected 16 to 40 letters") && words.contains("listeners[1].recipient_suffix"))
        #expect(!words.contains(secret))
    }
}
