// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What the gateway last saw of the servers that it delivers to, for `status`, which is another process.
public protocol ServerLedger: Sendable {
    /// Keeps these, in place of what was known of the same servers. A state that goes on keeps its beginning.
    func record(_ standings: [ServerStanding]) async throws(QueueError)
    /// What is known, by route and server.
    func serverStandings() async throws(QueueError) -> [ServerStanding]
}

/// How a server of a route stands.
public struct ServerStanding: Hashable, Sendable {
    /// The route that it serves.
    public var route: Route
    /// The server, `smtps://smtp.pec.example.it:465`.
    public var server: String
    /// Why it cannot be used, with what it said; nil while it works.
    public var error: String?
    /// Since when it works, or does not.
    public var since: Timestamp
    /// When it was last used or tried.
    public var seen: Timestamp

    /// A standing.
    public init(route: Route, server: String, error: String? = nil, since: Timestamp, seen: Timestamp) {
        self.route = route
        self.server = server
        self.error = error
        self.since = since
        self.seen = seen
    }
}
