// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Chooses among the servers of a lane: the healthy ones in turn; a failed one is left alone for growing pauses.
struct ServerPool: Equatable {
    private struct Health: Equatable {
        var pause: Duration
        var until: Timestamp
    }

    private let endpoints: [Endpoint]
    private let pauses: ClosedRange<Duration>
    private var failed: [Endpoint: Health] = [:]
    private var turn = 0

    init(_ endpoints: [Endpoint], pauses: ClosedRange<Duration>) {
        self.endpoints = endpoints
        self.pauses = pauses
    }

    /// The servers to try, in order: the healthy ones, another one first each time; when there are none, all, so that a lane whose
    /// own pause is over finds out.
    mutating func candidates(now: Timestamp) -> [Endpoint] {
        let healthy = endpoints.filter { endpoint in failed[endpoint].map { $0.until <= now } ?? true }
        guard !healthy.isEmpty else {
            return endpoints.sorted { (failed[$0]?.until ?? now) < (failed[$1]?.until ?? now) }
        }
        turn = (turn + 1) % endpoints.count
        let first = turn % healthy.count
        return Array(healthy[first...] + healthy[..<first])
    }

    /// The server answered well; a session that was open before does not end a pause that runs.
    mutating func succeeded(_ endpoint: Endpoint, now: Timestamp) {
        if let health = failed[endpoint], health.until <= now { failed[endpoint] = nil }
    }

    /// True while the server is left alone.
    func isPaused(_ endpoint: Endpoint, now: Timestamp) -> Bool { failed[endpoint].map { $0.until > now } ?? false }

    /// True when a server beside `endpoint` may be tried.
    func hasAnother(than endpoint: Endpoint, now: Timestamp) -> Bool {
        endpoints.contains { other in other != endpoint && (failed[other].map { $0.until <= now } ?? true) }
    }

    /// The server could not be used.
    mutating func failed(_ endpoint: Endpoint, now: Timestamp) {
        if let health = failed[endpoint], health.until > now { return }
        let pause = failed[endpoint].map { min($0.pause * 2, pauses.upperBound) } ?? pauses.lowerBound
        failed[endpoint] = Health(pause: pause, until: now + pause)
    }
}
