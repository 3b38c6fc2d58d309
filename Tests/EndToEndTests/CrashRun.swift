// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab
import Testing

/// One crash test: the traffic, the kills, the settling of what is uncertain, and the table.
struct CrashRun {
    let world: World
    let submission: RecordingSink
    let network: CuttingProxy
    let traffic: CrashTraffic
    let box: Maildir
    private var attempts: [CrashTraffic.Flow: [Sender.Attempt]] = [:]
    private var kills: [ContinuousClock.Instant] = []
    private var settled = 0
    private var resent = 0

    init(world: World, submission: RecordingSink, network: CuttingProxy, box: Maildir) {
        self.world = world
        self.submission = submission
        self.network = network
        self.box = box
        traffic = CrashTraffic(box: box)
    }

    /// Runs the traffic, kills the gateway `kills` times, then lets everything come to its end.
    mutating func carryOut(kills count: Int, seed: UInt64) async throws {
        let file = world.gateway.file
        let traffic = traffic
        async let inward = traffic.send(.inward, port: file.internetPort)
        async let outward = traffic.send(.outward, port: file.exchangePort)
        async let certified = traffic.send(.certified, port: file.exchangePort)
        async let filled: Void = traffic.fill()
        do {
            try await killAgainAndAgain(count, seed: seed)
        } catch {
            traffic.finish()
            throw error
        }
        traffic.finish()
        try await filled
        attempts = await [.inward: inward, .outward: outward, .certified: certified]
        for sink in [world.exchange, world.relay, submission] {
            sink.change { behaviour in
                behaviour.cutChance = 0
                behaviour.earlyCutChance = 0
            }
        }
        network.change(chance: 0)
        try await settle()
    }

    private mutating func killAgainAndAgain(_ count: Int, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<count {
            try await Task.sleep(for: .milliseconds(Int.random(in: 100...2500, using: &random)))
            kills.append(.now)
            await world.gateway.kill()
            try await world.gateway.start()
            // What was cut waits a minute by itself: the test has it tried at once.
            _ = try world.gateway.command(["queue", "retry"])
        }
        try await Task.sleep(for: .seconds(1))
    }

    /// Does as a person would until nothing is open: tries again what waits, and compares what is uncertain with the provider.
    private mutating func settle() async throws {
        let limit = ContinuousClock.now + .seconds(240)
        while ContinuousClock.now < limit {
            let open = try entries()
            for entry in open where entry.states.contains("uncertain") {
                let isThere = submission.journal.taken.contains { CrashLedger.queueID($0) == entry.id }
                let result = try world.gateway.command(["queue", isThere ? "settle" : "resend", entry.id])
                guard result.code == 0 else { throw LabError("queue settle/resend \(entry.id): \(result.output)") }
                if isThere { settled += 1 } else { resent += 1 }
            }
            if open.isEmpty, box.count == 0 { return }
            _ = try world.gateway.command(["queue", "retry"])
            try await Task.sleep(for: .seconds(1))
        }
        let left = try entries().prefix(5).map { "\($0.id) \($0.states)" }
        throw LabError("not everything came to an end: \(left), \(box.count) in the box")
    }

    private struct Entry {
        var id: String
        var states: Set<String>
    }

    private func entries() throws -> [Entry] {
        let result = try world.gateway.command(["queue", "list", "--json"])
        guard result.code == 0 else { throw LabError("queue list: \(result.output)") }
        return result.output.split(separator: "\n").compactMap { line in
            guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let id = object["id"] as? String
            else { return nil }
            let recipients = object["recipients"] as? [[String: Any]] ?? []
            return Entry(id: id, states: Set(recipients.compactMap { $0["state"] as? String }))
        }
    }

    /// Prints the table and checks each line of it.
    func report(seed: UInt64) {
        let ledger = CrashLedger(
            kills: kills,
            lostReplies: counts(of: "reply to end of data lost; the message"),
            deliveries: counts(of: " INFO delivered ")
        )
        let cuts = [world.exchange, world.relay, submission].flatMap(\.journal.records).count { $0.answer == .cut }
        print(
            "crash test: \(kills.count) kills, seed \(seed); \(cuts) final replies cut, \(network.count) POP3 sessions cut"
        )
        print("certified and uncertain: \(settled) settled after a look at the provider, \(resent) sent again")
        print(CrashLedger.Result.heading)
        for flow in CrashTraffic.Flow.allCases {
            let result = examine(flow, ledger)
            print(result.line)
            #expect(result.missing.isEmpty, "\(flow): accepted and lost: \(result.missing.prefix(10))")
            #expect(result.changed.isEmpty, "\(flow): changed: \(result.changed.prefix(10))")
            let unexplained = result.duplicates.filter { $0.cause == .unexplained }
            #expect(
                unexplained.isEmpty,
                "\(flow): duplicates without a lost reply: \(unexplained.map(\.number).prefix(10))"
            )
            for duplicate in unexplained { tell(duplicate.number, flow) }
            for duplicate in result.duplicates { print("  \(duplicate.number): \(duplicate.cause.rawValue)") }
            if result.widest > .zero { print("  longest from a reply to the kill before its commit: \(result.widest)") }
        }
    }

    /// The gateway's own word: how often it wrote a line with `text` of a queue entry.
    private func counts(of text: String) -> [String: Int] {
        let lines = world.gateway.lines(with: text)
        let ids = lines.compactMap { line in
            line.firstRange(of: "queueID=").map { String(line[$0.upperBound...].prefix { $0 != " " }) }
        }
        return Dictionary(grouping: ids) { $0 }.mapValues(\.count)
    }

    private func records(_ flow: CrashTraffic.Flow) -> [SinkRecord] {
        switch flow {
        case .inward, .retrieved: world.exchange.journal.records
        case .outward: world.relay.journal.records
        case .certified: submission.journal.records
        }
    }

    /// Prints all that is known of a message that arrived once too often.
    private func tell(_ number: Int, _ flow: CrashTraffic.Flow) {
        let copies = records(flow).filter { $0.number == number }.sorted { $0.time < $1.time }
        guard let first = copies.first else { return }
        for copy in copies {
            let kill = kills.filter { $0 >= copy.time }.min().map { "\($0 - copy.time)" } ?? "never"
            print(
                "  \(number): +\(copy.time - first.time) \(copy.answer) \(CrashLedger.queueID(copy)), kill after \(kill)"
            )
        }
        for id in Set(copies.map(CrashLedger.queueID)) {
            for line in world.gateway.lines(with: id) { print("    \(line)") }
        }
    }

    private func examine(_ flow: CrashTraffic.Flow, _ ledger: CrashLedger) -> CrashLedger.Result {
        let records = records(flow)
        let ends = attempts[flow] ?? []
        var accepted = Set(ends.filter { $0.reply.code == 250 }.map(\.number))
        if flow == .retrieved { accepted = Set(flow.base..<(flow.base + traffic.count(flow))) }
        let doubtful = Dictionary(grouping: ends.filter(\.isDoubtful)) { $0.number }.mapValues(\.count)
        return ledger.examine(flow, accepted: accepted, doubtful: doubtful, records: records)
    }
}
