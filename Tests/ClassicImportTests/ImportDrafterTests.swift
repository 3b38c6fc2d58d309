// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ClassicImport
import GatewayConfiguration
import MailModel
import TestLab
import Testing

struct ImportDrafterTests {
    @Test(arguments: Fixture.all)
    func `each variant gives the configuration and the list that are expected`(_ fixture: Fixture) throws {
        let draft = try ImportDrafter.draft(fixture.sources, files: fixture.files())
        #expect(draft.text == fixture.expected("expected.yaml"))
        #expect(Fixture.list(draft) == fixture.expected("expected.list"))
    }

    @Test(arguments: Fixture.all)
    func `each configuration is right, and shows no password`(_ fixture: Fixture) throws {
        let draft = try ImportDrafter.draft(fixture.sources, files: fixture.files())
        let loaded = try ConfigurationFile.read(
            draft.text,
            path: "/etc/ceralacca/ceralacca.yaml",
            checkingFiles: false
        )
        let configuration = loaded.configuration
        let named = configuration.accounts.compactMap(\.password) + [configuration.internet.password].compactMap { $0 }
        for reference in named {
            #expect(draft.secrets.contains { .vault($0.name) == reference }, "\(reference) is not in the vault")
        }
        for secret in draft.secrets {
            #expect(!draft.text.contains(secret.secret.reveal()))
            #expect(!"\(draft.remarks)".contains(secret.secret.reveal()))
        }
        #expect(!"\(draft.text)\(draft.remarks)".contains("NonMostrare"))
    }

    @Test func `without a word of Exchange there is no configuration, and a file that was named must be there`() throws
    {
        let fixture = Fixture("getmail", getmailrc: ["/home/pec/.getmail/pec2"])
        #expect(throws: ImportFailure.noExchange) {
            try ImportDrafter.draft(fixture.sources, files: fixture.files())
        }
        let missing = Fixture("getmail", getmailrc: ["/nowhere"])
        #expect(throws: ImportFailure.unreadable("/nowhere", reason: "there is no such file")) {
            try ImportDrafter.draft(missing.sources, files: missing.files())
        }
    }

    private static let alphabet: [UInt8] = Array("=:;,[]{}()$\"'\\#/!@*- \n\t\r\u{0}09azAZ".utf8) + [0xC3, 0xFF, 0x80]

    private static func mutate(_ octets: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var octets = octets
        for _ in 0...Int.random(in: 0...3, using: &generator) {
            guard !octets.isEmpty else { break }
            let place = Int.random(in: 0..<octets.count, using: &generator)
            let octet = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: octets[place] = octet
            case 1: octets.insert(octet, at: place)
            case 2: octets.remove(at: place)
            case 3: octets.removeSubrange(place..<min(octets.count, place + 40))
            default: octets.insert(contentsOf: octets[max(0, place - 60)..<place], at: place)
            }
        }
        return octets
    }

    /// Whatever stands in the old files, there is a configuration that is right, or a reason why there is none.
    @Test(arguments: Fixture.all)
    func `no mutation of the files traps or makes a wrong configuration`(_ fixture: Fixture) throws {
        var generator = SeededGenerator(seed: UInt64(fixture.name.utf8.reduce(7) { $0 &* 31 &+ Int($1) }))
        var made = 0
        for _ in 0..<150 {
            let seed = generator.next()
            let files = fixture.files { path, octets in
                var own = SeededGenerator(seed: seed ^ UInt64(path.utf8.count) &* 0x9E37)
                return Bool.random(using: &own) ? Self.mutate(octets, &own) : octets
            }
            do {
                let draft = try ImportDrafter.draft(fixture.sources, files: files)
                made += 1
                let configuration = try ConfigurationFile.read(draft.text, path: "/x.yaml", checkingFiles: false)
                #expect(configuration.configuration.accounts.count <= ImportDrafterTests.limit)
            } catch is ImportFailure {
                continue
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        #expect(made > 40)
    }

    private static let limit = 20

    @Test(arguments: Fixture.all)
    func `every prefix of a file is read without a trap`(_ fixture: Fixture) throws {
        let named =
            [fixture.postfix.map { "\($0)/main.cf" }].compactMap { $0 } + fixture.fetchmailrc + fixture.getmailrc
            + fixture.stunnel
        for path in named {
            let whole = try fixture.files().read(path)
            for length in stride(from: 0, through: whole.count, by: 7) {
                let files = fixture.files { $0 == path ? Array($1.prefix(length)) : $1 }
                do { _ = try ImportDrafter.draft(fixture.sources, files: files) } catch {
                    switch error {
                    case .noExchange: continue
                    case .noMailbox(let file, _, _): #expect(file == path)
                    case .unreadable: Issue.record("\(error)")
                    }
                }
            }
        }
    }
}
