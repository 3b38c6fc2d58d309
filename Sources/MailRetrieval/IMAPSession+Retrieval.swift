// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol

extension IMAPSession {
    mutating func retrieve(_ messages: [ListedMessage]) async throws(RetrievalFailure) -> [RetrievalEvent] {
        var runs: [Run] = []
        for message in messages {
            let mailbox = places[message.number - 1].mailbox
            if runs.last?.mailbox == mailbox {
                runs[runs.count - 1].messages.append(message)
            } else {
                runs.append(Run(mailbox: mailbox, messages: [message]))
            }
        }
        self.runs = runs[...]
        return try await begin()
    }

    mutating func nextEvents() async throws(RetrievalFailure) -> [RetrievalEvent] {
        try await events(try await step())
    }

    /// Asks for the messages of the next mailbox.
    private mutating func begin() async throws(RetrievalFailure) -> [RetrievalEvent] {
        guard let run = runs.first else { return [.finished] }
        try await reselect(run.mailbox)
        let wanted = run.messages.map { places[$0.number - 1].message }
        coming = Dictionary(zip(wanted.map(\.uid), run.messages)) { first, _ in first }
        return try await events(try await step(.retrieve(wanted)))
    }

    private mutating func events(
        _ actions: [IMAPClientMachine.Action]
    ) async throws(RetrievalFailure) -> [RetrievalEvent] {
        var events: [RetrievalEvent] = []
        for action in actions {
            switch action {
            case .messageBegan(let message): if let known = coming[message.uid] { events.append(.began(known)) }
            case .messagePiece(let octets): events.append(.piece(octets))
            case .messageEnded: events.append(.ended)
            case .messageRefused(let message, let status):
                if let known = coming[message.uid] { events.append(.refused(known, status.description)) }
            case .retrieved:
                runs = runs.dropFirst()
                do throws(RetrievalFailure) { events += try await begin() } catch { events.append(.failed(error)) }
            case .failed(let failure): events.append(.failed(self.failure(failure)))
            case .send, .startTLS, .loggedIn, .completed, .listed, .quota, .idling, .arrived, .alert, .ended: break
            }
        }
        return events
    }
}
