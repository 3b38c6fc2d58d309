// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

/// What a lane last saw of its servers, for those who ask how they stand. `ServerPool` decides which is used.
struct ServerNotes {
    private struct Note {
        var error: String?
        var since: Timestamp
        var seen: Timestamp
    }

    private var notes: [Endpoint: Note] = [:]
    private var offers: [Endpoint: (offer: ServerOffer, moment: Timestamp)] = [:]
    /// How long what a server said counts: it may be set up anew.
    private static let offerAge = Duration.seconds(86_400)

    /// The server was greeted, and said what it takes.
    mutating func offers(_ offer: ServerOffer, _ endpoint: Endpoint, now: Timestamp) { offers[endpoint] = (offer, now) }

    /// The most that any of `endpoints` takes; nil unless all were greeted of late.
    func offer(_ endpoints: [Endpoint], now: Timestamp) -> ServerOffer? {
        let known = endpoints.compactMap { offers[$0] }.filter { now - $0.moment < Self.offerAge }.map(\.offer)
        guard let first = known.first, known.count == endpoints.count else { return nil }
        return known.dropFirst().reduce(first) { $0.or($1) }
    }

    /// The server took a session or answered a transaction.
    mutating func works(_ endpoint: Endpoint, now: Timestamp) { note(nil, endpoint, now) }

    /// The server could not be used.
    mutating func fails(_ endpoint: Endpoint, _ words: String, now: Timestamp) { note(words, endpoint, now) }

    private mutating func note(_ error: String?, _ endpoint: Endpoint, _ now: Timestamp) {
        let goesOn = notes[endpoint].map { ($0.error == nil) == (error == nil) } ?? false
        let since = goesOn ? notes[endpoint]?.since ?? now : now
        notes[endpoint] = Note(error: error, since: since, seen: now)
    }

    /// How those of `endpoints` stand that were used or tried.
    func standings(_ route: Route, _ endpoints: [Endpoint]) -> [ServerStanding] {
        endpoints.compactMap { endpoint in
            notes[endpoint].map { note in
                ServerStanding(
                    route: route,
                    server: endpoint.description,
                    error: note.error,
                    since: note.since,
                    seen: note.seen
                )
            }
        }
    }
}
