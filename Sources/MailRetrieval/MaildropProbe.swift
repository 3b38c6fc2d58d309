// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailTransport
import POP3Protocol

/// Logs in at an account's maildrop the way a fetch does, and changes nothing.
public enum MaildropProbe {
    /// What the maildrop holds, or why it cannot be read.
    public enum Answer: Hashable, Sendable {
        /// The login went well.
        case open(messages: Int, octets: Int)
        /// It did not; in words.
        case failed(String)
    }

    /// The sum of sizes, which are the server's word: at most the largest number there is.
    static func sum(_ sizes: [Int]) -> Int {
        sizes.reduce(0) { sum, size in
            let (next, overflow) = sum.addingReportingOverflow(size)
            return overflow ? .max : next
        }
    }

    /// Asks the server of `account`.
    public static func ask(
        _ account: RetrievalAccount,
        settings: RetrievalSettings,
        connector: MailConnector
    ) async -> Answer {
        do throws(RetrievalFailure) {
            var (session, messages) = try await POP3Session.open(account, settings: settings, connector: connector)
            do throws(RetrievalFailure) {
                try await session.run(.quit) { action -> Void? in
                    guard case .quitDone = action else { return nil }
                    return ()
                }
                await session.close()
                return .open(messages: messages.count, octets: Self.sum(messages.map(\.octets)))
            } catch {
                await session.close()
                throw error
            }
        } catch {
            return .failed(error.message)
        }
    }
}
