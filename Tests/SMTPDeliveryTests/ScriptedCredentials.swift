// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms
import Synchronization

/// A source of credentials that gives what a test says; each refusal brings the next token.
final class ScriptedCredentials: CredentialSource {
    private struct State {
        var results: [Result<SASLCredential, CredentialError>]
        var refused: [SASLCredential] = []
    }

    private let state: Mutex<State>
    /// How often a credential was asked for.
    let asked = Journal<Int>()

    /// Gives `results` one behind the other; the last one stays.
    init(_ results: [Result<SASLCredential, CredentialError>]) { state = Mutex(State(results: results)) }

    var refused: [SASLCredential] { state.withLock { $0.refused } }

    func change(_ result: Result<SASLCredential, CredentialError>) { state.withLock { $0.results = [result] } }

    func credential() async throws(CredentialError) -> SASLCredential {
        let result = state.withLock { $0.results[0] }
        await asked.append(1)
        return try result.get()
    }

    func refused(_ credential: SASLCredential) async -> Bool {
        state.withLock { state in
            state.refused.append(credential)
            guard state.results.count > 1 else { return false }
            state.results.removeFirst()
            return true
        }
    }
}

extension Result where Success == SASLCredential, Failure == CredentialError {
    static func token(_ text: String) -> Self { .success(.accessToken(Secret(text))) }
}
