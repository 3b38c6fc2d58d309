// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms
import Synchronization
import Testing

@Suite struct SASLLoginTests {
    /// Gives tokens 1, 2, … as far as there are some; each refusal brings the next one.
    private final class Tokens: CredentialSource {
        private let state: Mutex<(current: Int, last: Int)>

        init(_ last: Int) { state = Mutex((1, last)) }

        func credential() async throws(CredentialError) -> SASLCredential {
            .accessToken(Secret("\(state.withLock { $0.current })"))
        }

        func refused(_ credential: SASLCredential) async -> Bool {
            state.withLock { state in
                guard state.current < state.last else { return false }
                state.current += 1
                return true
            }
        }
    }

    private struct Nothing: CredentialSource {
        func credential() async throws(CredentialError) -> SASLCredential {
            throw CredentialError(.signInNeeded, "nobody has signed in", remedy: "Sign in.")
        }

        func refused(_ credential: SASLCredential) async -> Bool { true }
    }

    private enum Trouble: Error, Equatable {
        case refused
        case other
        case noCredential(CredentialError)
    }

    /// Logs in where only the token \(accepted) is taken.
    /// - Returns: the tokens that were tried, and how it ended.
    private func logIn(
        _ source: any CredentialSource,
        accepting accepted: String,
        otherwise trouble: Trouble = .refused
    ) async -> (tried: [String], trouble: Trouble?) {
        let login = SASLLogin(name: "azienda", remedy: "", source: source)
        var tried: [String] = []
        do throws(Trouble) {
            try await login.attempt(
                isRefusal: { $0 == .refused },
                failure: Trouble.noCredential,
                body: { credential throws(Trouble) in
                    guard case .accessToken(let token) = credential else { throw .other }
                    tried.append(token.reveal())
                    guard token.reveal() == accepted else { throw trouble }
                }
            )
            return (tried, nil)
        } catch {
            return (tried, error)
        }
    }

    @Test func `a refused token is followed by one other and no more`() async {
        let first = await logIn(Tokens(9), accepting: "2")
        #expect(first.tried == ["1", "2"] && first.trouble == nil)
        let second = await logIn(Tokens(9), accepting: "3")
        #expect(second.tried == ["1", "2"] && second.trouble == .refused)
    }

    @Test func `without another token, and after any other trouble, there is one attempt`() async {
        let alone = await logIn(Tokens(1), accepting: "2")
        #expect(alone.tried == ["1"] && alone.trouble == .refused)
        let other = await logIn(Tokens(9), accepting: "2", otherwise: .other)
        #expect(other.tried == ["1"] && other.trouble == .other)
    }

    @Test func `without a credential nobody connects, and the reason is handed on`() async {
        let outcome = await logIn(Nothing(), accepting: "1")
        #expect(outcome.tried.isEmpty)
        #expect(
            outcome.trouble
                == .noCredential(CredentialError(.signInNeeded, "nobody has signed in", remedy: "Sign in."))
        )
    }

    @Test func `a password is read each time, and a refused one has no other behind it`() async throws {
        let reads = Mutex(0)
        let source = PasswordSource {
            let count = reads.withLock { reads in
                reads += 1
                return reads
            }
            return Secret("segreto \(count)")
        }
        #expect(try await source.credential() == .password(Secret("segreto 1")))
        #expect(try await source.credential() == .password(Secret("segreto 2")))
        #expect(await source.refused(.password(Secret("segreto 2"))) == false)
        let broken = PasswordSource { throw SASLError(.limit, "no such file: /secrets/pec") }
        let error = await #expect(throws: CredentialError.self) { _ = try await broken.credential() }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("/secrets/pec") == true)
    }
}
