// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing
import TransportPolicy

@testable import SMTPDelivery

struct PolicyTrialsTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    @Test func `a host is tried once an hour, and all its sessions are counted by what came of it`() {
        let trials = PolicyTrials()
        #expect(trials.turn("mx.a.test", domain: "a.test", now: now) == .begins)
        for domain in ["a.test", "b.test", "a.test"] {
            #expect(trials.turn("mx.a.test", domain: domain, now: now) == .waits)
        }
        #expect(trials.ended("mx.a.test", .notTrusted) == ["a.test": 3, "b.test": 1])
        #expect(trials.turn("mx.a.test", domain: "a.test", now: now + .seconds(3599)) == .known(.notTrusted))
        #expect(trials.turn("mx.a.test", domain: "a.test", now: now + .seconds(3600)) == .begins)
        #expect(trials.ended("mx.a.test", .success) == ["a.test": 1])
    }

    @Test func `trials that run and hosts that are known are bounded`() {
        let trials = PolicyTrials()
        let turns = (0..<20).map { trials.turn("mx\($0).test", domain: "a.test", now: now) }
        #expect(turns.filter { $0 == .begins }.count == PolicyTrials.maximumTrials)
        for number in 0..<20 { _ = trials.ended("mx\(number).test", .success) }
        for number in 0..<3000 {
            #expect(trials.turn("host\(number).test", domain: "a.test", now: now) == .begins)
            #expect(trials.ended("host\(number).test", .success) == ["a.test": 1])
        }
        #expect(trials.turn("host0.test", domain: "a.test", now: now) == .begins, "it was forgotten")
    }
}
