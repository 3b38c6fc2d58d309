// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import MailModel
import MailQueue
import QueueSQLite
import TestLab
import Testing

/// Debian's opendkim as a milter: what it signs it must find whole again, so that every octet of header and body came and went as it was.
@Suite struct OpenDKIMTests {
    private static let header =
        "From: Ada  <ada@azienda.test>\r\nTo:ugo@fuori.test\r\nSubject:  prova\r\n\tpiegata\r\n  due volte \r\n"
        + "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@azienda.test>\r\n"

    @Test(.timeLimit(.minutes(5)), arguments: ["simple/simple", "relaxed/relaxed"])
    func `what opendkim signs as a milter it verifies as one, and it refuses what was changed`(
        _ canonicalization: String
    ) async throws {
        try await ScanBench.with { bench in
            let keys = try bench.place("keys")
            let signer = try OpenDKIM(.sign, in: bench.place("signer"), keys: keys, canonicalization: canonicalization)
            let verifier = try OpenDKIM(.verify, in: bench.place("verifier"), keys: keys)
            try await signer.start()
            try await verifier.start()
            do {
                for body in [
                    "corpo  con spazi \r\n.\r\n\r\n", String(repeating: "riga di riempimento\r\n", count: 60_000),
                ] {
                    try await signAndVerify(bench, signer, verifier, body)
                }
            } catch {
                await signer.stop()
                await verifier.stop()
                throw error
            }
            await signer.stop()
            await verifier.stop()
        }
    }

    private func signAndVerify(
        _ bench: ScanBench,
        _ signer: OpenDKIM,
        _ verifier: OpenDKIM,
        _ body: String
    ) async throws {
        let (signed, _) = try await judge(bench, signer, Self.header, body, entrance: "exchange")
        let begin = try #require(signed.firstRange(of: "DKIM-Signature: "))
        let end = try #require(signed.firstRange(of: Self.header))
        let section = String(signed[begin.lowerBound...].prefix(upTo: end.lowerBound))
        #expect(section.contains("d=azienda.test;") && section.contains("s=prova;"))
        #expect(signed.hasSuffix("\(Self.header)\r\n\(body)"))
        for mail in [ScanSubject.Mail.ordinary, .retrieved, .certified] {
            let (verified, decision) = try await judge(bench, verifier, section + Self.header, body, mail)
            #expect(
                decision == .deliver && verified.contains("Authentication-Results: relay.azienda.test;\r\n\tdkim=pass")
            )
            #expect(verified.hasSuffix("\(section)\(Self.header)\r\n\(body)"))
        }
        let changed = Self.header.replacing("Ada", with: "Eva")
        for (header, body) in [(changed, body), (Self.header, body + "more\r\n")] {
            let (_, decision) = try await judge(bench, verifier, section + header, body)
            guard case .refuse(let reply) = decision else {
                Issue.record("\(decision)")
                continue
            }
            #expect(reply.code == 550)
            // A certified message is never refused: it waits for a person.
            let (_, held) = try await judge(bench, verifier, section + header, body, .certified)
            guard case .quarantine = held else {
                Issue.record("\(held)")
                continue
            }
        }
    }

    private func judge(
        _ bench: ScanBench,
        _ milter: OpenDKIM,
        _ header: String,
        _ body: String,
        _ mail: ScanSubject.Mail = .ordinary,
        entrance: String = "internet"
    ) async throws -> (text: String, ScanDecision) {
        let scanner = MilterScanner(.unix(milter.socket), connector: bench.connector)
        #expect(try await scanner.check().hasPrefix("milter protocol 6"))
        let filter = bench.filter([], milters: [scanner])
        var arrival = try await bench.arrival(body, header: header)
        var subject = bench.subject(arrival, mail, header: header)
        subject.entrance = entrance
        if mail == .retrieved { subject.client = nil }
        let decision = await filter.judge(&arrival, subject)
        guard decision.isStored else { return ("", decision) }
        try await bench.store.insert(arrival)
        return (try await bench.text(arrival.message.id), decision)
    }
}
