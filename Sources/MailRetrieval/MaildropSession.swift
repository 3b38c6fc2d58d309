// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailTransport
import NIOCore

/// One session with the server that holds an account's mail: what a fetch does with POP3 and IMAP alike.
///
/// ```text
/// list → delete → retrieve … nextEvents … → delete → finish
/// ```
protocol MaildropSession {
    /// True when it runs in TLS.
    var isSecure: Bool { get }
    /// What the Received field calls the way a message came.
    var protocolName: String { get }
    /// What the server said of a mailbox that is full or nearly so.
    var fullMailbox: String? { get }
    /// Why a part of the mail could not be listed, in words: what is there stays as it is, and what is known of it too.
    var unopened: String? { get }

    /// Lists all messages.
    mutating func list() async throws(RetrievalFailure) -> [ListedMessage]
    /// Begins to retrieve `messages`, in this order; `nextEvents` goes on until `finished`.
    mutating func retrieve(_ messages: [ListedMessage]) async throws(RetrievalFailure) -> [RetrievalEvent]
    /// What comes next of the retrieval; nothing when more must be read.
    mutating func nextEvents() async throws(RetrievalFailure) -> [RetrievalEvent]
    /// Prepares the removal of these messages by their numbers; nothing is gone before `finish`.
    /// - Returns: those that the server does not refuse.
    mutating func delete(_ numbers: [Int]) async throws(RetrievalFailure) -> DeletionAnswer
    /// Makes the removals take effect, and ends the session where the protocol needs that for it.
    /// - Returns: those that are gone.
    mutating func finish() async throws(RetrievalFailure) -> DeletionAnswer
    /// Closes the connection, whatever the state of the session.
    func close() async
}

extension MaildropSession {
    /// Does something of the connection; its failure becomes ours.
    func transport<Value>(
        _ body: () async throws(TransportError) -> Value
    ) async throws(RetrievalFailure) -> Value {
        do throws(TransportError) { return try await body() } catch { throw RetrievalFailure(error) }
    }
}

/// What comes of a retrieval.
enum RetrievalEvent: Equatable, Sendable {
    /// A message begins.
    case began(ListedMessage)
    /// Octets of the message that has begun.
    case piece(ByteBuffer)
    /// The message that has begun is complete.
    case ended
    /// The server does not give this message now; with its words.
    case refused(ListedMessage, String)
    /// All that was asked for is answered.
    case finished
    /// The session cannot go on.
    case failed(RetrievalFailure)
}

/// What a server did of the removals that it was asked for.
struct DeletionAnswer: Hashable, Sendable {
    /// Numbers of the messages for which it did.
    var numbers: Set<Int> = []
    /// Why it did not for the others, in its words or ours; nil when there are none.
    var refusal: String?
}
