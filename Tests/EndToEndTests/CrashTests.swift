// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab
import Testing

extension EndToEnd {
    /// P1, P2, P5: the gateway is killed at random moments while mail flows in all directions through servers that cut connections.
    @Suite struct CrashTests {
        static let kills = Int(ProcessInfo.processInfo.environment["CERALACCA_CRASHES"] ?? "") ?? 5
        static let seed = UInt64(ProcessInfo.processInfo.environment["CERALACCA_SEED"] ?? "") ?? 20_261_123

        @Test(.timeLimit(.minutes(30)))
        func `kill -9 at random moments loses nothing, and a lost reply stands behind every duplicate`() async throws {
            let directory = try Files.makeTemporaryDirectory("crash")
            let authority = try CertificateAuthority(in: directory)
            var behaviour = Self.behaviour
            behaviour.hasImplicitTLS = true
            behaviour.passwords = ["pec1@pec.test": "segreto"]
            let submission = try RecordingSink(behaviour, authority: authority, seed: Self.seed + 3)
            try await submission.start()
            let provider = try CertifiedProvider(in: "\(directory)/provider", boxes: 2)
            try await provider.start()
            let network = CuttingProxy(to: provider.dovecot.pop3s, chance: 0.002, seed: Self.seed + 4)
            try await network.start()
            var relay = Self.behaviour
            relay.offersChunking = false
            do {
                try await World.with(exchange: Self.behaviour, relay: relay) { file, _ in
                    file.providers = [
                        (
                            "sink",
                            GatewayFile.provider(submit: "smtps://localhost:\(submission.port)", authority: authority)
                        ),
                        (
                            "pec",
                            GatewayFile.provider(
                                submit: "smtps://localhost:\(provider.smtps)",
                                pop3: "pop3s://localhost:\(network.port)",
                                authority: provider.authority
                            )
                        ),
                    ]
                    file.accounts = [
                        .init("pec1@pec.test", provider: "sink"),
                        .init("pec2@pec.test", fetch: "{protocol: pop3, every: 1s, keep: 0d}"),
                    ]
                } _: { world in
                    let box = try provider.dovecot.maildir("pec2@pec.test")
                    var run = CrashRun(world: world, submission: submission, network: network, box: box)
                    try await run.carryOut(kills: Self.kills, seed: Self.seed)
                    run.report(seed: Self.seed)
                }
            } catch {
                await provider.stop()
                throw error
            }
            await provider.stop()
            try await network.stop()
            try await submission.stop()
            Files.remove(directory)
        }

        private static var behaviour: SinkBehaviour {
            var behaviour = SinkBehaviour()
            behaviour.cutChance = 0.02
            behaviour.earlyCutChance = 0.01
            return behaviour
        }
    }
}
