// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
public import MailTransport
import NIOCore
import POP3Protocol

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
            var (session, listed) = try await POP3Session.open(account, settings: settings, connector: connector)
            do throws(RetrievalFailure) {
                let outcome = try await look(&session, listed, settings.maximumMessage.octets)
                await session.close()
                return outcome
            } catch {
                await session.close()
                throw error
            }
        } catch {
            return error.kind == .login ? .loginRefused(error.message) : .failed(error.message)
        }
    }

    private static func look(
        _ session: inout POP3Session,
        _ listed: [POP3Message],
        _ maximum: Int
    ) async throws(RetrievalFailure) -> Outcome {
        var outcome = Outcome.empty(isSecure: session.isSecure)
        if let smallest = listed.min(by: { $0.octets < $1.octets }) {
            outcome = .read(
                messages: listed.count,
                listedOctets: MaildropProbe.sum(listed.map(\.octets)),
                octets: try await read(smallest, &session, maximum),
                isSecure: session.isSecure
            )
        }
        try await session.run(.quit) { action -> Void? in
            guard case .quitDone = action else { return nil }
            return ()
        }
        return outcome
    }

    /// - Returns: how many octets the message has.
    private static func read(
        _ message: POP3Message,
        _ session: inout POP3Session,
        _ maximum: Int
    ) async throws(RetrievalFailure) -> Int {
        var octets = 0
        var actions = try await session.step(.retrieve([message]))
        while true {
            for action in actions {
                switch action {
                case .messagePiece(let piece): octets += piece.readableBytes
                case .messageRefused(_, let status):
                    throw RetrievalFailure(
                        .session,
                        "the server does not give out message \(message.number): \(status)"
                    )
                case .failed(let failure): throw session.failure(failure)
                case .retrieved: return octets
                case .send, .sendResponse, .startTLS, .ready, .messageBegan, .messageEnded, .deleted, .deleteRefused,
                    .deletionsDone, .quitDone:
                    break
                }
            }
            guard octets <= maximum else {
                throw RetrievalFailure(
                    .session,
                    "message \(message.number) has no end within \(ByteCount(octets: maximum))"
                )
            }
            actions = try await session.step()
        }
    }
}
