// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Sandbox
import TestLab
import Testing

extension EndToEnd {
    /// P5 with the built gateway: a certified message is never submitted twice on doubt.
    @Suite struct CertifiedTests {
        @Test(.timeLimit(.minutes(3)))
        func `A reply lost behind the final dot: uncertain, then accepted by its receipt, and no second PEC`()
            async throws
        {
            try await CertifiedWorld.with { certified in
                let gateway = certified.world.gateway
                try await certified.fetch()
                try certified.send(1, .takenUnheard)
                let id = try await certified.await("uncertain").id
                #expect(certified.certified == 1, "the provider has taken it")
                let status = try certified.run("status")
                #expect(status.code == 1 && status.output.contains("Nobody knows whether"), "\(status.output)")
                certified.valve.turn(to: .taken)

                // Its receipt lies at the provider: nobody sends it again by mistake, the gateway itself least of all.
                let early = try certified.run("pec", "resend", id)
                #expect(early.code == 1 && early.output.contains("its receipt may still come"), "\(early.output)")
                try certified.run("queue", "retry")
                await gateway.stop()
                try await gateway.start()
                let settled = try await certified.await("accepted")
                #expect(settled.id == id)
                #expect(certified.certified == 1, "no second PEC")

                let shown = try certified.run("pec", "show", id, "--json").output
                #expect(shown.contains(#""kind":"accettazione""#) && shown.contains(#""believed":true"#), "\(shown)")
                #expect(try certified.run("queue", "show", id).output.contains("the provider has it: the receipt"))
                for action in ["resend", "settle"] {
                    let refused = try certified.run("pec", action, id)
                    #expect(refused.code == 1 && refused.output.contains("\(id) is not uncertain"), "\(refused.output)")
                }
                try certified.run("queue", "retry")
                let isDelivered = await certified.world.exchange.journal.wait(within: .seconds(30)) { records in
                    records.contains { $0.recipients == ["mario@azienda.test"] && $0.trace.contains("ACCETTAZIONE") }
                }
                #expect(isDelivered, certified.world.lastWords)
                #expect(certified.certified == 1, "no second PEC")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `A person resends what was not taken and settles what was, and both stand in the log`() async throws {
            try await CertifiedWorld.with(uncertainAfter: "1s") { certified in
                let gateway = certified.world.gateway
                try certified.send(1, .lost)
                let lost = try await certified.await("uncertain").id
                #expect(certified.certified == 0)
                // Who sent it is told once its receipt had its time; a gateway that starts makes the round of the minute at once.
                let end = ContinuousClock.now + .seconds(30)
                while certified.told.isEmpty, ContinuousClock.now < end {
                    await gateway.stop()
                    try await gateway.start()
                    _ = await certified.world.exchange.journal.wait(within: .seconds(1)) {
                        !CertifiedWorld.told(in: $0).isEmpty
                    }
                }
                await gateway.stop()
                try await gateway.start()
                certified.valve.turn(to: .taken)
                try await certified.resend(lost)
                _ = try await certified.await("submitted")
                #expect(certified.certified == 1)

                try certified.send(2, .takenUnheard)
                let unheard = try await certified.await("uncertain").id
                #expect(certified.told == [["mario@azienda.test"]], "once, and who really sent it")
                certified.valve.turn(to: .taken)
                let settled = try certified.run("pec", "settle", unheard)
                #expect(settled.code == 0, "\(settled.output)")
                _ = try await certified.await("submitted")
                #expect(certified.certified == 2, "settling sends nothing")

                for (action, id) in [("resend", lost), ("settle", unheard)] {
                    #expect(try await gateway.waitForLine("action=\(action)", within: .seconds(10)))
                    let lines = gateway.lines(with: "decided by a person").filter { $0.contains("action=\(action)") }
                    #expect(lines.count == 1 && lines.allSatisfy { $0.contains(id) }, "\(lines)")
                }
                try await certified.fetch()
                _ = try await certified.await("accepted")
                #expect(try certified.run("pec", "list", "--open").output.contains(lost) == true)
                #expect(certified.certified == 2)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `Forged receipts of acceptance leave a message uncertain, raise an alert, and hinder no true one`()
            async throws
        {
            try await CertifiedWorld.with(uncertainAfter: "1s") { certified in
                let gateway = certified.world.gateway
                try certified.send(1, .lost)
                let id = try await certified.await("uncertain").id
                let flaws: [NoticeFlaw] = [.outsider, .sameNames, .unsigned, .otherOctets, .otherAddress]
                for flaw in flaws { try await certified.forge(1, flaw) }
                try await certified.fetch()
                let shown = try certified.run("pec", "show", id).output
                #expect(shown.split(separator: "NOT BELIEVED").count == flaws.count + 1, "\(shown)")
                #expect(try certified.newest()?.states == ["uncertain"])
                // A gateway that starts makes the round of the minute at once.
                await gateway.stop()
                try await gateway.start()
                #expect(try await gateway.waitForLine("receipts-disbelieved", within: .seconds(10)))
                let status = try certified.run("status").output
                #expect(status.contains("5 receipts in the box of \(CertifiedWorld.account)"), "\(status)")

                certified.valve.turn(to: .taken)
                let refused = try certified.run("pec", "resend", id)
                #expect(refused.code == 1 && refused.output.contains("is not believed"), "\(refused.output)")
                #expect(certified.certified == 0)
                #expect(try certified.run("pec", "resend", "--anyway", id).code == 0)
                _ = try await certified.await("submitted")
                try await certified.fetch()
                _ = try await certified.await("accepted")
                #expect(certified.certified == 1)
            }
        }
    }
}
