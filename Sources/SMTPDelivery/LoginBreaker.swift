// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Decides what follows a refused login: one retry at once, then no more until the pause is over, and then a single login.
///
/// ```text
/// trusted ──refused──▶ doubted ──refused──▶ refused ──accepted──▶ trusted
///    └───────barred───────┴──────────────────▲
/// ```
struct LoginBreaker: Equatable {
    enum State: Equatable {
        case trusted
        case doubted
        case refused
    }

    enum Decision: Equatable {
        /// The login is tried again at once, on a new connection.
        case retry
        /// The lane is closed, and a person is told.
        case open
    }

    private(set) var state = State.trusted

    /// The server refused the login.
    mutating func refused() -> Decision {
        switch state {
        case .trusted:
            state = .doubted
            return .retry
        case .doubted, .refused:
            state = .refused
            return .open
        }
    }

    /// There is nothing to log in with before a person does something.
    mutating func barred() -> Decision {
        state = .refused
        return .open
    }

    /// The server took the login.
    mutating func accepted() { state = .trusted }
}
