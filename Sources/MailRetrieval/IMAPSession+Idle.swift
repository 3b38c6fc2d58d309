// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailTransport
import NIOCore

extension IMAPSession {
    /// True when the session can wait for news.
    var canIdle: Bool { account.mayIdle && machine.isReady && (machine.capabilities?.has("IDLE") ?? false) }

    /// Waits for news of the first mailbox that could be opened, for a signal of `wakeup`, or until `limit` is over (RFC 2177).
    ///
    /// Nothing but the connection itself is held meanwhile. IDLE is asked for anew each `renewal`; a server that does not answer the
    /// end of a wait in time is gone.
    /// - Throws: `session` when the connection is lost, or the server does not wait.
    mutating func idle(_ wakeup: Wakeup, upTo limit: Duration) async throws(RetrievalFailure) {
        guard let name = account.mailboxes.first(where: { listed[$0] != nil }) else { return }
        try await reselect(name)
        if let before = listed[name], let now = machine.mailbox, now.mayHoldNews(since: before) { hasNews = true }
        let end = ContinuousClock.now + limit
        while !hasNews, .now < end, !Task.isCancelled {
            deadline = .now + settings.idle.answer
            try await begin()
            let renewal = min(ContinuousClock.now + settings.idle.renewal, end)
            let isSignalled = try await wait(wakeup, until: renewal)
            if machine.isReady, !hasNews, !isSignalled {
                throw RetrievalFailure(.session, "\(connection.peer): the server ended the wait at once")
            }
            deadline = .now + settings.idle.answer
            try await done()
            if isSignalled { return }
        }
    }

    private mutating func begin() async throws(RetrievalFailure) {
        let refusal = try await run(.idle, within: settings.idle.answer) { action -> IMAPStatus?? in
            switch action {
            case .idling: .some(nil)
            case .completed(let status): .some(status)
            default: nil
            }
        }
        if let refusal { throw RetrievalFailure(.session, "\(connection.peer): IDLE was refused: \(refusal)") }
    }

    /// - Returns: true when somebody else than the server ended the wait.
    private mutating func wait(
        _ wakeup: Wakeup,
        until end: ContinuousClock.Instant
    ) async throws(RetrievalFailure) -> Bool {
        while !hasNews, !machine.isReady, .now < end {
            connection.notify { wakeup.signal(.octets) }
            let signal = await wakeup.wait(upTo: end - .now, heedingOctets: true)
            if signal == .request || Task.isCancelled { return true }
            let octets = try await transport { () throws(TransportError) in try await connection.readAvailable() }
            guard let octets else { continue }
            for action in try await step(.octets(octets)) {
                if case .failed(let failure) = action { throw self.failure(failure) }
            }
        }
        return false
    }

    /// Ends the wait; the answer shows that the peer is there.
    private mutating func done() async throws(RetrievalFailure) {
        guard !machine.isReady else { return }  // the server ended it
        try await run(.done, within: settings.idle.answer) { action -> Void? in
            guard case .completed = action else { return nil }
            return ()
        }
    }
}

extension IMAPMailbox {
    /// False when nothing has arrived since it was selected as `earlier`.
    fileprivate func mayHoldNews(since earlier: IMAPMailbox) -> Bool {
        guard let nextUID, let earlierNext = earlier.nextUID else { return messages > earlier.messages }
        return nextUID != earlierNext
    }
}
