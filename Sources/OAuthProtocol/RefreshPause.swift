// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How long a token endpoint is left alone after it gave no token.
///
/// ```text
/// answered ──temporary──▶ 10 s, doubling to 15 min, or what the server asks for ──▶ …      refused ──▶ an hour
/// ```
public struct RefreshPause: Hashable, Sendable {
    private static let first = Duration.seconds(10)
    private static let longest = Duration.seconds(900)
    private static let refused = Duration.seconds(3600)

    private var failures = 0

    /// Nothing has failed yet.
    public init() {}

    /// The server gave a token.
    public mutating func succeeded() { failures = 0 }

    /// The pause that follows `error`.
    public mutating func failed(_ error: OAuthError) -> Duration {
        switch error.code {
        case .signInNeeded, .registration, .denied, .expiredToken: return Self.refused
        case .temporary, .malformed, .authorizationPending, .slowDown:
            failures = min(failures + 1, 20)
            let pause = min(Self.longest, Self.first * (1 << (failures - 1)))
            return max(pause, min(error.retryAfter ?? .zero, Self.longest))
        }
    }
}
