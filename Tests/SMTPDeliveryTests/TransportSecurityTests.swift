// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import TestLab
import Testing
import TransportPolicy

@testable import SMTPDelivery

/// DANE and MTA-STS against a Postfix, with names and proofs of an NSD and policies over HTTPS.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TransportSecurityTests {
    @Test func `TLSA records are obeyed: the right certificate or no mail at all`() async throws {
        try await InternetWorld.with { places in
            let key = try places.authority.publicKeyDigest()
            let root = try places.authority.rootDigest()
            let wrong = String(repeating: "00", count: 32)
            let tlsa = "_\(places.port)._tcp.mx IN TLSA"
            func zone(
                _ name: String,
                _ place: InternetWorld.Place,
                _ record: String,
                _ proof: NameServer.Proof = .signed
            ) -> NameServer.Zone {
                .init("\(name).test", proof, "@ IN MX 10 mx\nmx IN A \(places.address(place))\n\(tlsa) \(record)")
            }
            return [
                zone("firmato", .secure, "3 1 1 \(key)"), zone("ancora", .anchored, "2 0 1 \(root)"),
                zone("sbagliato", .secure, "3 1 1 \(wrong)"), zone("straniero", .anchored, "2 0 1 \(root)"),
                zone("nascosta", .secure, "2 0 1 \(root)"), zone("spogliato", .clear, "3 1 1 \(key)"),
                zone("inutile", .secure, "0 0 1 \(wrong)"), zone("inutilechiaro", .clear, "0 0 1 \(wrong)"),
                zone("nonprovato", .secure, "3 1 1 \(wrong)", .unsigned),
                .init(
                    "due.test",
                    .signed,
                    "@ IN MX 5 mx\n@ IN MX 10 b\nmx IN A \(places.address(.clear))\n\(tlsa) 3 1 1 \(key)\nb IN A \(places.address(.other))"
                ),
            ]
        } _: { world in
            for name in ["firmato", "ancora", "inutile", "nonprovato", "due"] {
                let sent = try await world.send(to: "anna@\(name).test")
                #expect(sent.outcome == .delivered, "\(name): \(sent.words)")
            }
            #expect(world.counted("firmato.test", .tlsa) == [.success: 1])
            #expect(world.counted("nonprovato.test", .none) == [.success: 1])
            let held = [
                ("sbagliato", TLSResult.tlsaInvalid, "no TLSA record fits"),
                ("straniero", .tlsaInvalid, "ostname mismatch"),
                ("nascosta", .tlsaInvalid, "no TLSA record fits"), ("spogliato", .noSTARTTLS, "STARTTLS"),
                ("inutilechiaro", .noSTARTTLS, "STARTTLS"),
            ]
            for (name, result, words) in held {
                let sent = try await world.send(to: "anna@\(name).test")
                guard case .deferred = sent.outcome else {
                    Issue.record("\(name): \(sent)")
                    continue
                }
                #expect(sent.words.contains(words), "\(name): \(sent.words)")
                #expect(world.counted("\(name).test", .tlsa)[result] ?? 0 > 0, "\(name)")
            }
            #expect(world.postfix.lines(with: "@spogliato.test").isEmpty, "nothing was said in clear")
        }
    }

    @Test func `a policy of MTA-STS is enforced, one on trial is counted, and each is fetched once`() async throws {
        func policy(_ mode: String, _ host: String) -> String {
            "version: STSv1\r\nmode: \(mode)\r\nmx: \(host)\r\nmax_age: 86400\r\n"
        }
        let policies = [
            "mta-sts.certo.test": policy("enforce", "mx.certo.test"),
            "mta-sts.spento.test": policy("enforce", "*.spento.test"),
            "mta-sts.prova.test": policy("testing", "mx.prova.test"),
            "mta-sts.altro.test": policy("enforce", "mx.certo.test"),
            "mta-sts.ancora.test": policy("testing", "mx.ancora.test"),
            "mta-sts.firmato.test": "version: STSv9\r\n",
        ]
        try await InternetWorld.with(policies: policies) { places in
            func zone(_ name: String, _ place: InternetWorld.Place, host: String = "mx") -> NameServer.Zone {
                .init(
                    "\(name).test",
                    .unsigned,
                    """
                    @ IN MX 10 \(host)
                    \(host) IN A \(places.address(place))
                    _mta-sts IN TXT "v=STSv1; id=1;"
                    mta-sts IN A \(places.address(.policies))
                    """
                )
            }
            return [
                zone("certo", .secure), zone("spento", .clear), zone("prova", .clear), zone("altro", .secure),
                zone("ancora", .secure), zone("firmato", .secure), zone("senza", .clear), zone("straniero", .secure),
            ]
        } _: { world in
            for name in ["certo", "prova", "firmato", "senza", "straniero"] {
                let sent = try await world.send(to: "anna@\(name).test")
                #expect(sent.outcome == .delivered, "\(name): \(sent.words)")
            }
            #expect(world.counted("certo.test", .sts) == [.success: 1])
            #expect(world.counted("prova.test", .sts) == [.noSTARTTLS: 1])
            #expect(world.counted("firmato.test", .sts) == [.policyInvalid: 1])
            #expect(
                world.counted("senza.test", .sts).keys.contains(.policyNotCertified),
                "its server has no certificate for it"
            )
            for (name, words) in [("spento", "STARTTLS"), ("altro", "admits none")] {
                let sent = try await world.send(to: "anna@\(name).test")
                guard case .deferred = sent.outcome else {
                    Issue.record("\(name): \(sent)")
                    continue
                }
                #expect(sent.words.contains(words), "\(name): \(sent.words)")
            }
            #expect(world.postfix.lines(with: "@spento.test").isEmpty, "nothing was said in clear")
            try await tryOut(world)
            _ = try await world.send(to: "ugo@certo.test")
            #expect(world.policies.questions.filter { $0 == "mta-sts.certo.test" }.count == 1)
        }
    }

    /// A host under a policy on trial is tried beside the deliveries, once.
    private func tryOut(_ world: InternetWorld) async throws {
        for _ in 0..<3 { #expect(try await world.send(to: "anna@ancora.test").outcome == .delivered) }
        while world.counted("ancora.test", .sts).isEmpty { await Task.yield() }
        #expect(Array(world.counted("ancora.test", .sts).keys) == [.success])
        #expect(
            world.services.trials.turn("mx.ancora.test", domain: "x.test", now: world.bench.clock.now())
                == .known(.success)
        )
    }
}
