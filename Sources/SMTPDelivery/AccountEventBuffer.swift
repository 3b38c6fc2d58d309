// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import Synchronization

/// Gathers the events of the accounts between two writes, so that no message costs a commit of its own for them.
final class AccountEventBuffer: Sendable {
    private struct Entry {
        var messages = 0
        var lastSubmission: Timestamp?
        var failure: (at: Timestamp, error: String)?
    }

    private let entries = Mutex<[String: Entry]>([:])

    func submitted(_ account: String, at moment: Timestamp) {
        entries.withLock {
            $0[account, default: Entry()].messages += 1
            $0[account, default: Entry()].lastSubmission = moment
            $0[account, default: Entry()].failure = nil
        }
    }

    func failed(_ account: String, at moment: Timestamp, error: String) {
        entries.withLock { $0[account, default: Entry()].failure = (moment, error) }
    }

    /// The events since the last call, each account's in order; what happened before a success is left out.
    func take() -> [(account: String, event: AccountEvent)] {
        let taken = entries.withLock { entries in
            defer { entries = [:] }
            return entries
        }
        var events: [(account: String, event: AccountEvent)] = []
        for (account, entry) in taken.sorted(by: { $0.key < $1.key }) {
            if let moment = entry.lastSubmission {
                events.append((account, .submitted(at: moment, messages: entry.messages)))
            }
            if let failure = entry.failure {
                events.append((account, .submissionFailed(at: failure.at, error: failure.error)))
            }
        }
        return events
    }

    /// Puts back submissions whose event could not be written.
    func putBack(_ event: AccountEvent, account: String) {
        switch event {
        case .submitted(let moment, let messages):
            entries.withLock {
                $0[account, default: Entry()].messages += messages
                $0[account, default: Entry()].lastSubmission =
                    max($0[account]?.lastSubmission ?? moment, moment)
            }
        case .submissionFailed(let moment, let error):
            entries.withLock {
                if $0[account]?.lastSubmission == nil, $0[account]?.failure == nil {
                    $0[account, default: Entry()].failure = (moment, error)
                }
            }
        case .fetched, .fetchFailed: return
        }
    }
}
