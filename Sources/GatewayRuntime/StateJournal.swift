// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import Synchronization

/// Carries facts between the gateway and the commands, which are other processes: how the servers stand goes into the store, what
/// persons decided comes out of it into the log.
final class StateJournal: Sendable {
    /// How old the last use of a server that works may be in the store.
    private static let staleness = Duration.seconds(60)

    fileprivate struct Key: Hashable {
        var route: Route
        var server: String
    }

    private struct State {
        var written: [Key: ServerStanding] = [:]
        var isFailing = false
    }

    private let store: any ServerLedger & DecisionLedger
    private let logger: Logger
    private let state = Mutex(State())

    init(store: any ServerLedger & DecisionLedger, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Writes those that have changed.
    func write(_ standings: [ServerStanding]) async {
        let changed = state.withLock { state in standings.filter { Self.isNews($0, state.written[$0.key]) } }
        guard !changed.isEmpty else { return }
        do throws(QueueError) {
            try await store.record(changed)
            state.withLock { state in
                for standing in changed { state.written[standing.key] = standing }
                state.isFailing = false
            }
        } catch {
            note(error, "the servers' standings could not be written")
        }
    }

    private static func isNews(_ standing: ServerStanding, _ written: ServerStanding?) -> Bool {
        guard let written, written.error == standing.error, written.since == standing.since else { return true }
        return standing.seen - written.seen >= staleness
    }

    /// Logs what persons decided since the last call.
    func logDecisions() async {
        do throws(QueueError) {
            for decision in try await store.takeDecisions() {
                logger.notice(
                    "decided by a person",
                    metadata: [
                        "queueID": "\(decision.id)", "action": "\(decision.action.rawValue)",
                        "person": "\(decision.person)", "recipients": "\(decision.recipients)",
                        "decided": "\(MailDate.formatISO8601(decision.moment))",
                    ]
                )
            }
            state.withLock { $0.isFailing = false }
        } catch {
            note(error, "persons' decisions could not be read")
        }
    }

    /// Once while it lasts: it is tried each second.
    private func note(_ error: QueueError, _ words: Logger.Message) {
        let isKnown = state.withLock { state in
            defer { state.isFailing = true }
            return state.isFailing
        }
        if !isKnown { logger.error(words, metadata: ["error": "\(error)"]) }
    }
}

extension ServerStanding {
    fileprivate var key: StateJournal.Key { .init(route: route, server: server) }
}
