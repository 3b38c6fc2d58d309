// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

struct MistakeTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory.withExampleFiles()
    }

    private func mistakes(_ text: String) -> [ConfigurationRemark] {
        do {
            _ = try ConfigurationFile.read(text, path: "\(directory.path)/x.yaml")
            return []
        } catch { return error.mistakes }
    }

    private func check(_ wrong: WrongFile, at location: SourceLocation = #_sourceLocation) {
        #expect(WrongFile.right.contains(wrong.replace), sourceLocation: location)
        let found = mistakes(WrongFile.right.replacingOccurrences(of: wrong.replace, with: wrong.with))
        #expect(found.count == 1, "\(found)", sourceLocation: location)
        guard let mistake = found.first else { return }
        #expect("\(mistake.line):\(mistake.column)" == wrong.place, "\(mistake)", sourceLocation: location)
        #expect(mistake.path == wrong.path, sourceLocation: location)
        #expect(mistake.message.contains(wrong.message), "\(mistake)", sourceLocation: location)
    }

    @Test func `the file that the wrong ones are made of is right`() throws {
        let loaded = try ConfigurationFile.read(WrongFile.right, path: "\(directory.path)/x.yaml")
        #expect(loaded.warnings.isEmpty)
    }

    @Test(arguments: WrongFile.keys) func `a wrong key is named with its place`(_ wrong: WrongFile) { check(wrong) }

    @Test(arguments: WrongFile.values) func `a wrong value is named with its place`(_ wrong: WrongFile) { check(wrong) }

    @Test(arguments: WrongFile.endpoints) func `a wrong address is named with its place`(_ wrong: WrongFile) {
        check(wrong)
    }

    @Test(arguments: WrongFile.contradictions)
    func `a contradiction is named with its place`(_ wrong: WrongFile) { check(wrong) }

    @Test(arguments: WrongFile.files)
    func `a file that cannot serve is named with what to do`(_ wrong: WrongFile) throws {
        try directory.write("open", "x", mode: 0o644)
        try directory.write("empty", "\n")
        try directory.write("lines", "a\nb\n")
        try directory.write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
        try directory.write("open.key", "-----BEGIN PRIVATE KEY-----\n", mode: 0o640 | 0o004)
        check(wrong)
    }

    @Test func `all mistakes of a file are told at once, in the order of the file`() {
        let text = """
            hostname: relay.azienda.it
            hostname: relay2.azienda.it
            postmaster: nobody
            exchange: {servers: [exch1], domian: [azienda.it]}
            listeners: [{role: exchange, address: "10.0.0.2:25"}]
            accounts:
              - {address: a@pec.it, provider: arubaa, password: hunter2-segreto, deliver_to: [x]}
              - {address: b@pec.it, provider: aruba, password: {vault: x/y}, deliver_to: [], fetch: {every: 1}, fetch: {}}
            queue: {lifetime: 0s, size: 3}
            """
        let found = mistakes(text)
        #expect(
            found.map { "\($0.line):\($0.column) \($0.path)" } == [
                "2:1 hostname", "3:13 postmaster", "4:22 exchange.servers[0]", "4:30 exchange.domian",
                "5:20 listeners[0].role", "7:35 accounts[0].provider", "7:53 accounts[0].password",
                "7:83 accounts[0].deliver_to[0]", "8:60 accounts[1].password.vault", "8:78 accounts[1].deliver_to",
                "8:101 accounts[1].fetch", "9:19 queue.lifetime", "9:23 queue.size",
            ]
        )
        #expect(!found.description.contains("hunter2"))
    }

    @Test(arguments: [
        "", "# nothing\n", "a: [", "a: b: c", "\ta: b", "--- a\n--- b\n", "a: *b", "- x", "text", "a: \"\\0\"",
    ])
    func `a text that is no configuration is refused with a place`(_ text: String) {
        let found = mistakes(text)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.line >= 1 && $0.column >= 1 && !$0.message.isEmpty })
    }

    @Test func `a tab in the indentation is told as such`() {
        #expect(mistakes("a:\n\tb: c\n").first?.message.contains("indent with spaces, not tabs") == true)
    }

    @Test func `a file that is not there, a directory and octets beyond UTF-8 are refused`() throws {
        #expect(throws: ConfigurationError.self) { try ConfigurationFile.load("\(directory.path)/none.yaml") }
        #expect(throws: ConfigurationError.self) { try ConfigurationFile.load(directory.path) }
        let path = "\(directory.path)/latin.yaml"
        try Data([0x61, 0x3A, 0x0A, 0x23, 0xE0, 0x0A]).write(to: URL(fileURLWithPath: path))
        let error = try #require(throws: ConfigurationError.self) { try ConfigurationFile.load(path) }
        #expect(error.mistakes.first?.line == 2)
    }

    @Test func `commands that need the state alone do not look at files`() throws {
        let text = WrongFile.right.replacingOccurrences(of: "file: pec", with: "file: /nowhere/pec")
        let loaded = try ConfigurationFile.read(text, path: "\(directory.path)/x.yaml", checkingFiles: false)
        #expect(loaded.configuration.accounts.first?.password == .file("/nowhere/pec"))
        #expect(mistakes(text).count == 1)
    }
}
