// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
public import MailTransport
import NIOCore

/// Logs in at an account's maildrop and reads one message the way a fetch does; nothing is stored, deleted or marked.
public enum MaildropTrial {
    /// How it ended.
    public enum Outcome: Hashable, Sendable {
        /// The maildrop is empty: there was nothing to read.
        case empty(isSecure: Bool)
        /// It holds so many messages, of which the smallest was read, with so many octets.
        case read(messages: Int, listedOctets: Int, octets: Int, isSecure: Bool)
        /// The server refused login or password, in its words.
        case loginRefused(String)
        /// Something else went wrong; in words.
        case failed(String)
    }

    /// Asks the server of `account`.
    public static func run(
        _ account: RetrievalAccount,
        settings: RetrievalSettings,
        connector: MailConnector
    ) async -> Outcome {
        do throws(RetrievalFailure) {
            let maximum = settings.maximumMessage.octets
            if account.usesIMAP {
                var session = try await IMAPSession.open(account, settings: settings, connector: connector)
                return try await look(&session, maximum)
            }
            var session = try await POP3Session.open(account, settings: settings, connector: connector)
            return try await look(&session, maximum)
        } catch {
            return error.kind == .login ? .loginRefused(error.message) : .failed(error.message)
        }
    }

    private static func look(
        _ session: inout some MaildropSession,
        _ maximum: Int
    ) async throws(RetrievalFailure) -> Outcome {
        do throws(RetrievalFailure) {
            let listed = try await session.list()
            if let words = session.unopened { throw RetrievalFailure(.session, words) }
            var outcome = Outcome.empty(isSecure: session.isSecure)
            if let smallest = listed.min(by: { $0.octets < $1.octets }) {
                outcome = .read(
                    messages: listed.count,
                    listedOctets: MaildropProbe.sum(listed.map(\.octets)),
                    octets: try await read(smallest, &session, maximum),
                    isSecure: session.isSecure
                )
            }
            _ = try await session.finish()
            await session.close()
            return outcome
        } catch {
            await session.close()
            throw error
        }
    }

    /// - Returns: how many octets the message has.
    private static func read(
        _ message: ListedMessage,
        _ session: inout some MaildropSession,
        _ maximum: Int
    ) async throws(RetrievalFailure) -> Int {
        var octets = 0
        var events = try await session.retrieve([message])
        while true {
            for event in events {
                switch event {
                case .piece(let piece): octets += piece.readableBytes
                case .refused(_, let words):
                    throw RetrievalFailure(
                        .session,
                        "the server does not give out message \(message.number): \(words)"
                    )
                case .failed(let failure): throw failure
                case .finished: return octets
                case .began, .ended: break
                }
            }
            guard octets <= maximum else {
                throw RetrievalFailure(
                    .session,
                    "message \(message.number) has no end within \(ByteCount(octets: maximum))"
                )
            }
            events = try await session.nextEvents()
        }
    }
}
