// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import SecretsVault
import Testing

struct SecretTests {
    @Test(arguments: ["segreto", "segreto\n", "segreto\r\n"]) func `a line end behind a secret does not count`(
        _ text: String
    ) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("pec", text)
        #expect(try SecretReference.file(path).read(EmptyVault()).reveal() == "segreto")
    }

    @Test func `spaces belong to the secret, and so do letters beyond ASCII`() throws {
        let directory = try TemporaryDirectory()
        #expect(try SecretReference.file(directory.write("pec", " però \n")).read(EmptyVault()).reveal() == " però ")
    }

    @Test func `a secret may stand in the environment`() throws {
        // One that is there: to set another would change the environment under tests that start processes from it.
        let path = try #require(ProcessInfo.processInfo.environment["PATH"])
        #expect(try SecretReference.environment("PATH").read(EmptyVault()).reveal() == path)
        let error = try #require(throws: SecretError.self) {
            try SecretReference.environment("CERALACCA_NONE").read(EmptyVault())
        }
        #expect(error.description.contains("CERALACCA_NONE is not set"))
    }

    @Test(arguments: ["", "\n", "segreto\nsegreto", "segreto\u{1}"])
    func `what is no secret is refused without being shown`(_ text: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("pec", text)
        let error = try #require(throws: SecretError.self) { try SecretReference.file(path).read(EmptyVault()) }
        #expect(error.description.contains(path))
        #expect(!error.remedy.isEmpty)
        #expect(!error.description.contains("segreto"))
    }

    @Test func `no description of a configuration shows a secret`() throws {
        let directory = try TemporaryDirectory.withExampleFiles()
        let loaded = try ConfigurationFile.read(WrongFile.right, path: "\(directory.path)/x.yaml")
        var dumped = ""
        dump(loaded, to: &dumped)
        #expect(!dumped.contains(TemporaryDirectory.secret))
        #expect(SecretReference.file("/a/b").description == "file /a/b")
    }
}

/// A vault without secrets.
struct EmptyVault: VaultReading {
    func read(_ name: SecretName) throws(SecretError) -> Secret {
        throw SecretError("there is no secret \(name) in the vault", remedy: "Set it.")
    }
}
