// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// P5 with the built gateway: a certified message is never submitted twice on doubt.
    @Suite struct CertifiedTests {
        @Test(.timeLimit(.minutes(3)))
        func `A person resends what was not taken and settles what was, and both stand in the log`() async throws {
            try await CertifiedWorld.with(uncertainAfter: "1s") { certified in
                let gateway = certified.world.gateway
                try certified.send(1, .lost)
                let lost = try await certified.await("uncertain").id
                #expect(certified.certified == 0)
                certified.valve.turn(to: .taken)
                try await certified.resend(lost)
                _ = try await certified.await("submitted")
                #expect(certified.certified == 1)

                try certified.send(2, .takenUnheard)
                let unheard = try await certified.await("uncertain").id
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
            }
        }
    }
}
