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
        #expect(open.listeners[1].recipientSuffixes == [.file("\(directory.path)/suffix")])
        #expect(open.listeners[1].allowed.isEmpty)
        #expect(open.secrets.contains { $0.user == "recipient_suffix of a listener" })
        let both = try read(", allow: [192.0.2.0/24], recipient_suffix: {file: suffix}")
        #expect(both.listeners[1].allowed.map(\.description) == ["192.0.2.0/24"])
        #expect(try read(", allow: [192.0.2.0/24]").listeners[1].recipientSuffixes.isEmpty)
    }

    @Test func `without networks, suffix and proof nobody is served`() throws {
        #expect(try mistake("").contains("a provider listener that serves everybody"))
        #expect(try mistake("").contains("recipient_suffix"))
    }

    @Test func `the old secret is named beside the new one, each is looked at`() throws {
        try directory.write("suffix", "4f9k2m7q1x8w3z6h\n", mode: 0o600)
        try directory.write("new", "0123456789abcdef\n", mode: 0o600)
        let both = try read(", recipient_suffix: [{file: new}, {file: suffix}]")
        let places = ["new", "suffix"].map { SecretReference.file("\(directory.path)/\($0)") }
        #expect(both.listeners[1].recipientSuffixes == places)
        #expect(both.secrets.count { $0.user == "recipient_suffix of a listener" } == 2)
        #expect(try mistake(", recipient_suffix: []").contains("found an empty list, expected one secret"))
        try directory.write("suffix", "short\n", mode: 0o600)
        let words = try mistake(", recipient_suffix: [{file: new}, {file: suffix}]")
        #expect(words.contains("listeners[1].recipient_suffix[1]") && words.contains("expected 16 to 40 letters"))
        let clear = try mistake(", recipient_suffix: [4f9k2m7q1x8w3z6h]")
        #expect(clear.contains("found a password in clear") && !clear.contains("4f9k2m7q1x8w3z6h"))
    }

    @Test(arguments: ["[]", "[0.0.0.0/0]", "[192.0.2.0/24, \"::/0\"]"])
    func `networks that are everybody guard nothing`(_ allow: String) throws {
        #expect(try mistake(", allow: \(allow)").contains("which is everybody, expected the addresses of the provider"))
        try directory.write("suffix", "4f9k2m7q1x8w3z6h\n", mode: 0o600)
        let besideSuffix = try mistake(", allow: \(allow), recipient_suffix: {file: suffix}")
        #expect(besideSuffix.contains("which is everybody") == (allow != "[]"))
    }

    @Test func `a certificate that cannot be read is one mistake, not two`() throws {
        try directory.write("suffix", "4f9k2m7q1x8w3z6h\n", mode: 0o600)
        let words = try mistake(", recipient_suffix: {file: suffix}, tls: {certificate: none.pem, key: relay.key}")
        #expect(words.contains("none.pem") && !words.contains("beside auth"), "\(words)")
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
