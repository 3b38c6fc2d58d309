// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailTransport

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
            if account.usesIMAP {
                var session = try await IMAPSession.open(account, settings: settings, connector: connector)
                let answer = try await ask(&session)
                await session.logout()
                return answer
            }
            var session = try await POP3Session.open(account, settings: settings, connector: connector)
            let answer = try await ask(&session)
            await session.close()
            return answer
        } catch {
            return .failed(error.message)
        }
    }

    /// Lists, and ends without a change.
    private static func ask(_ session: inout some MaildropSession) async throws(RetrievalFailure) -> Answer {
        do throws(RetrievalFailure) {
            let listed = try await session.list()
            if let words = session.unopened { throw RetrievalFailure(.session, words) }
            _ = try await session.finish()
            return .open(messages: listed.count, octets: sum(listed.map(\.octets)))
        } catch {
            await session.close()
            throw error
        }
    }
}
