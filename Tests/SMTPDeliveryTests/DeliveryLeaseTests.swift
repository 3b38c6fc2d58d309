// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import QueueSQLite
import Synchronization
import Testing

@testable import SMTPDelivery

@Suite(.serialized, .timeLimit(.minutes(5))) struct DeliveryLeaseTests {
    private let keywords = ["PIPELINING", "AUTH CRAM-MD5"]
    private let route = Route.account("pec@x.it")

    @Test func `a certified message whose lease lapsed is not submitted beside the claim that has it now`() async throws
    {
        let server = try await FakeServer(keywords)
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port)]))
        let taken = Journal<Int>()
        bench.store.beforeSubmission.withLock { hook in
            hook = { [inner = bench.store.inner, clock = bench.clock, route] () async throws(QueueError) in
                // The same gateway claims it again, as if the lease had run out while the first claim was being sent.
                let later = clock.now() + .seconds(3600)
                let lease = Lease(owner: "bench", until: later + .seconds(900))
                await taken.append(try await inner.claim(route, limit: 10, now: later, lease: lease).count)
            }
        }
        let id = try await bench.queue(route)
        #expect(await taken.wait(for: 1) == [1])
        await bench.service.stop()
        #expect(server.messages.isEmpty)
        #expect(await bench.store.settlements.all.isEmpty)
        #expect(try await bench.states(id) == [.leased])
        try await bench.end()
        try await server.stop()
    }

    @Test func `each claim has a name of its own, under the gateway's`() async throws {
        let server = try await FakeServer()
        let bench = try DeliveryBench(try .test(relay: server.port))
        for number in 1...3 {
            try await bench.queue(.internet)
            await bench.store.settlements.wait(for: number)
        }
        let owners = await bench.store.owners.wait(for: 3)
        #expect(Set(owners).count == 3)
        #expect(owners.allSatisfy { $0.hasPrefix("bench#") })
        try await bench.end()
        try await server.stop()
    }

    @Test func `a lost job keeps its place until it is worked, a dropped one until its outcomes are written`() throws {
        var state = LaneState(.internet, try .test(relay: 1))
        let start = Timestamp(milliseconds: 1_000_000)
        let message = QueuedMessage(
            id: QueueID(arrival: start),
            origin: .exchange,
            arrival: start,
            reversePath: .null,
            size: 1
        )
        let claim = Claim(message: message, recipients: [], lease: Lease(owner: "a#1", until: start))
        let token = state.holdForSweep([claim])[0].token
        #expect(!state.isLost(token))
        state.beginWrite(token, isLast: false)
        state.lose(token)
        #expect(state.isLost(token) && state.held[token] != nil)
        state.drop(token)
        #expect(state.held[token] != nil)
        _ = state.endWrite(token)
        #expect(state.held[token] == nil)
    }

    @Test func `workers wait while too many outcomes are unwritten`() throws {
        let start = Timestamp(milliseconds: 1_000_000)
        var state = LaneState(.internet, try .test(relay: 25) { $0.relayConnections = 4 })
        let claims = (0..<(LaneState.unwrittenLimit + 20)).map { _ in
            let message = QueuedMessage(
                id: QueueID(arrival: start),
                origin: .internet,
                arrival: start,
                reversePath: .null,
                size: 1
            )
            return Claim(message: message, recipients: [], lease: Lease(owner: "a#1", until: start))
        }
        #expect(state.accept(claims, isFull: false, now: start).workers == 4)
        var tokens: [Int] = []
        while let job = state.takeJob().job {
            tokens.append(job.token)
            state.beginWrite(job.token, isLast: true)
        }
        #expect(tokens.count == LaneState.unwrittenLimit)
        #expect(state.addWorkers(jobsPerWorker: 1) == 0 && state.workers == 3)
        let begun = tokens.map { state.endWrite($0).workers }
        #expect(begun.reduce(0, +) == 1, "the worker that had ended begins again")
        #expect(state.takeJob().job != nil)
    }
}
