// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import GatewayCommands

struct InspectCommandTests {
    @Test func `an ordinary message is told as such, with null for what it lacks`() async throws {
        let world = try CommandWorld()
        try world.write(
            "x.eml",
            "From: mario@azienda.it\r\nTo: ada@fuori.it\r\nSubject: Ciao\r\n\r\nX-Ricevuta: no\r\n"
        )
        let outcome = await world.run("inspect", "--json", "\(world.directory)/x.eml")
        #expect(outcome.status == 0)
        let object = try #require(try outcome.objects.first)
        #expect(object["file"] as? String == "\(world.directory)/x.eml")
        #expect(object["kind"] as? String == "ordinaria")
        #expect(object["subject"] as? String == "Ciao")
        #expect(object["error"] is NSNull && object["provider"] is NSNull && object["identifier"] is NSNull)
        let signature = try #require(object["signature"] as? [String: Any])
        #expect(signature["state"] as? String == "missing" && signature["chain"] is NSNull)
    }

    @Test func `a receipt that nobody signed is a receipt without signature, and says so`() async throws {
        let world = try CommandWorld()
        try world.write("r.eml", "From: posta-certificata@pec.example.it\r\nX-Ricevuta: accettazione\r\n\r\nok\r\n")
        let outcome = await world.run("inspect", "\(world.directory)/r.eml")
        #expect(outcome.status == 0)
        #expect(outcome.lines.first?.hasSuffix("r.eml: accettazione") == true)
        #expect(outcome.text.contains("signature: missing"))
        #expect(outcome.text.contains("warning: "))
    }

    @Test(arguments: [
        ("application/pkcs7-signature", "MIIKAAAA", "invalid"), ("application/pkcs7-signature", "", "missing"),
        ("application/pgp-signature", "-----BEGIN PGP SIGNATURE-----", "missing"),
    ])
    func `a signature that is none is invalid, and missing where nothing stands`(
        _ type: String,
        _ text: String,
        _ state: String
    ) async throws {
        let world = try CommandWorld()
        let lines = [
            "From: posta-certificata@pec.example.it", "X-Ricevuta: accettazione",
            "Content-Type: multipart/signed; protocol=\"\(type)\"; boundary=a", "", "--a", "Content-Type: text/plain",
            "",
            "ok", "--a", "Content-Type: \(type)", "Content-Transfer-Encoding: base64", "", text, "--a--", "",
        ]
        try world.write("s.eml", lines.joined(separator: "\r\n"))
        let outcome = await world.run("inspect", "--json", "\(world.directory)/s.eml")
        let signature = try #require(try outcome.objects.first?["signature"] as? [String: Any])
        #expect(signature["state"] as? String == state)
        #expect(signature["signer"] is NSNull && signature["digest"] is NSNull && signature["chain"] is NSNull)
    }

    @Test func `a configuration is followed where one is named, and none is looked for else`() async throws {
        let world = try CommandWorld()
        try world.write("x.eml", "From: a@b.it\r\n\r\n")
        let file = "\(world.directory)/x.eml"
        #expect(await world.run("inspect", file, "--config", "\(world.directory)/x.yaml").status == 0)
        let text = try String(contentsOfFile: "\(world.directory)/x.yaml", encoding: .utf8)
        try world.write("roots.pem", "none\n")
        try world.write("x.yaml", text + "\ncertified: {trust: roots.pem, replace_anchors: true}\n")
        let followed = await world.run("inspect", file, "--config", "\(world.directory)/x.yaml")
        #expect(
            followed.status == 1 && followed.errors.contains("no certificate could be read from"),
            "\(followed.errors)"
        )
        #expect(followed.errors.contains("roots.pem"))
        try world.write("x.yaml", "hostnam: x\n")
        #expect(await world.run("inspect", file, "--config", "\(world.directory)/x.yaml").status == 78)
        #expect(
            await world.run("inspect", file).status == 0,
            "CERALACCA_CONFIG names the broken file, and does not count"
        )
    }

    @Test func `a file that cannot be read costs no other its answer`() async throws {
        let world = try CommandWorld()
        try world.write("x.eml", "From: a@b.it\r\n\r\n")
        let files = ["\(world.directory)/none.eml", world.directory, "\(world.directory)/x.eml"]
        let outcome = await world.run("inspect", "--json", files[0], files[1], files[2])
        #expect(outcome.status == 1)
        #expect(try outcome.objects.map { $0["file"] as? String } == [files[2]])
        #expect(outcome.errors.contains("none.eml: No such file") && outcome.errors.contains("Is a directory"))
    }

    @Test func `the name of a file cannot write to the terminal`() async throws {
        let world = try CommandWorld()
        try world.write("a\u{1B}[2Jb\nc.eml", "From: mario@azienda.it\r\n\r\nx\r\n")
        let outcome = await world.run("inspect", "\(world.directory)/a\u{1B}[2Jb\nc.eml")
        #expect(outcome.status == 0)
        #expect(outcome.lines.first?.hasSuffix("/a [2Jb c.eml: ordinaria") == true)
    }
}
