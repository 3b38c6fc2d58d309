// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

/// What a lane last saw of its servers, for those who ask how they stand. It decides nothing: `ServerPool` does.
struct ServerNotes {
    private struct Note {
        var error: String?
        var since: Timestamp
        var seen: Timestamp
    }

    private var notes: [Endpoint: Note] = [:]

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
