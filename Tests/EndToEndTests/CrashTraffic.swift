// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TestLab

/// What the outside world sends while the gateway is being killed, and what it was answered.
final class CrashTraffic: Sendable {
    /// One direction of mail.
    enum Flow: String, CaseIterable, Sendable {
        /// The Internet to Exchange.
        case inward
        /// Exchange to the relay.
        case outward
        /// Exchange to a certified provider.
        case certified
        /// A certified box to Exchange.
        case retrieved

        var from: String {
            switch self {
            case .inward: "mario@fuori.test"
            case .outward: "ugo@azienda.test"
            case .certified: "pec1@pec.test"
            case .retrieved: "ente@pec.fuori.test"
            }
        }

        var to: String {
            switch self {
            case .inward: "ugo@azienda.test"
            case .outward: "ada@fuori.test"
            case .certified: "ente@pec.fuori.test"
            case .retrieved: "pec2@pec.test"
            }
        }

        /// Numbers of different flows differ.
        var base: Int { (Flow.allCases.firstIndex(of: self) ?? 0) * 1_000_000 }

        func message(_ number: Int) -> KnownMessage {
            let size = number % 97 == 0 ? 1_500_000 : 200 + (number % 13) * 2000
            let bodies: [KnownMessage.Body] = [.plain, .dots, .eightBit, .longLines, .blanks]
            return KnownMessage(
                run: rawValue,
                number: number,
                from: from,
                to: to,
                size: size,
                body: bodies[number % bodies.count]
            )
        }
    }

    private let counters = Mutex<[Flow: Int]>([:])
    private let isOver = Mutex(false)
    private let maildir: Maildir

    init(box: Maildir) { maildir = box }

    /// No new message begins; those that were begun are still offered until they are taken.
    func finish() { isOver.withLock { $0 = true } }

    /// How many messages of `flow` were begun.
    func count(_ flow: Flow) -> Int { counters.withLock { $0[flow] ?? 0 } }

    /// Sends over `flow` until `finish`; every message is offered until it is answered with 250.
    func send(_ flow: Flow, port: Int) async -> [Sender.Attempt] {
        var sender = Sender(port: port, from: flow.from, to: [flow.to])
        sender.sessions = 2
        sender.attempts = 4000
        sender.pause = .milliseconds(15)
        return await sender.send(next: { [self] in next(flow) }, { flow.message($0) })
    }

    /// Puts messages into the box until `finish`.
    func fill() async throws {
        while let number = next(.retrieved) {
            try maildir.add(Flow.retrieved.message(number).octets, name: number - Flow.retrieved.base)
            try await Task.sleep(for: .milliseconds(12))
        }
    }

    private func next(_ flow: Flow) -> Int? {
        guard !isOver.withLock(\.self) else { return nil }
        return counters.withLock { counters in
            defer { counters[flow, default: 0] += 1 }
            return flow.base + counters[flow, default: 0]
        }
    }
}
