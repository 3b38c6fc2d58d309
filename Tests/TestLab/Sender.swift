// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization

/// Sends known messages over several SMTP sessions and writes down how each attempt ended.
package struct Sender: Sendable {
    /// One attempt at one message.
    package struct Attempt: Sendable {
        /// The message's number.
        package var number: Int
        /// The reply that ended it; code 0 when the connection ended first.
        package var reply: SMTPConversation.Reply
        /// True when the whole content had been written and the reply never came: the server may have taken it.
        package var isDoubtful: Bool
        /// When it ended.
        package var time: ContinuousClock.Instant
    }

    /// Port on 127.0.0.1.
    package var port: Int
    /// The reverse-path.
    package var from: String
    /// The forward-paths.
    package var to: [String]
    /// Parallel sessions.
    package var sessions = 4
    /// Messages a session before it is opened anew.
    package var messagesPerSession = 50
    /// How often a message may fail before it is given up; between attempts there is a pause of 50 ms.
    package var attempts = 1
    /// How long each session rests after a message.
    package var pause: Duration = .zero
    /// Ends the sending early.
    package var isCancelled: @Sendable () -> Bool = { false }

    /// A sender to `port`.
    package init(port: Int, from: String, to: [String]) {
        self.port = port
        self.from = from
        self.to = to
    }

    /// Sends `numbers` as `make` makes them, those with an odd number by BDAT.
    /// - Returns: every attempt, in no order.
    package func send(
        _ numbers: some Sequence<Int>,
        _ make: @escaping @Sendable (Int) -> KnownMessage
    ) async -> [Attempt] {
        let work = Work(Array(numbers).reversed())
        return await send(next: { work.next() }, make)
    }

    /// Sends the messages whose numbers `next` gives until it gives none.
    /// - Returns: every attempt, in no order.
    package func send(
        next: @escaping @Sendable () -> Int?,
        _ make: @escaping @Sendable (Int) -> KnownMessage
    ) async -> [Attempt] {
        await withTaskGroup(of: [Attempt].self) { group in
            for _ in 0..<sessions {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread { continuation.resume(returning: work(next, make)) }
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private final class Work: Sendable {
        private let numbers: Mutex<[Int]>
        init(_ numbers: [Int]) { self.numbers = Mutex(numbers) }
        func next() -> Int? { numbers.withLock { $0.popLast() } }
    }

    private func work(_ next: () -> Int?, _ make: (Int) -> KnownMessage) -> [Attempt] {
        var ends: [Attempt] = []
        var conversation: SMTPConversation?
        var sent = 0
        while let number = next() {
            let message = make(number)
            for attempt in 1...max(1, attempts) where !isCancelled() {
                if conversation == nil || sent >= messagesPerSession {
                    conversation?.command("QUIT")
                    conversation = connect()
                    sent = 0
                }
                let reply =
                    conversation?.send(message, from: from, to: to, isChunked: number % 2 == 1)
                    ?? SMTPConversation.Reply(code: 0, lines: ["cannot connect"])
                let isDoubtful = reply.code == 0 && (conversation?.isContentWritten ?? false)
                ends.append(Attempt(number: number, reply: reply, isDoubtful: isDoubtful, time: .now))
                sent += 1
                if reply.code == 250 { break }
                if reply.code == 0 { conversation = nil } else { conversation?.command("RSET") }
                if attempt < attempts { usleep(50_000) }
            }
            if pause > .zero { usleep(UInt32(pause / .microseconds(1))) }
        }
        conversation?.command("QUIT")
        return ends
    }

    private func connect() -> SMTPConversation? {
        do {
            let conversation = try SMTPConversation(port: port)
            return conversation.greet().code == 250 ? conversation : nil
        } catch { return nil }
    }
}
