// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How long a token endpoint is left alone after it gave no token.
///
/// ```text
/// answered ──temporary──▶ 10 s, doubling to 15 min, or what the server asks for ──▶ …      refused ──▶ an hour
/// ```
public struct RefreshPause: Hashable, Sendable {
    private static let first = Duration.seconds(10)
    private static let longestOfTrouble = Duration.seconds(900)
    /// How long a pause is at most; one that would be longer was reckoned with another clock.
    public static let longest = Duration.seconds(3600)
    /// How often in a row an answer that nobody knows is taken for trouble that passes: for ten minutes about.
    private static let patience = 7

    private var failures = 0
    private var doubts = 0

    /// Nothing has failed yet.
    public init() {}

    /// The server gave a token.
    public mutating func succeeded() { (failures, doubts) = (0, 0) }

    /// The error as it is to be taken: one that is `uncertain` again and again is a matter of the registration.
    public mutating func judge(_ error: OAuthError) -> OAuthError {
        doubts = error.code == .uncertain ? min(doubts + 1, Self.patience) : 0
        guard doubts >= Self.patience else { return error }
        return OAuthError(.registration, error.message)
    }

    /// The pause that follows `error`.
    public mutating func failed(_ error: OAuthError) -> Duration {
        switch error.code {
        case .signInNeeded, .registration, .denied, .expiredToken: return Self.longest
        case .temporary, .uncertain, .malformed, .authorizationPending, .slowDown:
            failures = min(failures + 1, 20)
            let pause = min(Self.longestOfTrouble, Self.first * (1 << (failures - 1)))
            return max(pause, min(error.retryAfter ?? .zero, Self.longestOfTrouble))
        }
    }
}
