// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailQueue
import MailTransport
import POP3Protocol
import SASLMechanisms

/// Why a fetch did not come to its end. Nothing that was stored is lost by it, and nothing was deleted that was not stored.
struct RetrievalFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that the schedule tells apart.
    enum Kind: String, Hashable, Sendable {
        /// The provider says that login or password are wrong.
        case login
        /// The password could not be read here.
        case secret
        /// There is no access token before a person signs in; whoever keeps the tokens tells that person.
        case signIn = "sign-in"
        /// The maildrop is in use, logins come too often for the provider, or there is no access token now: come back later.
        case delayed
        /// Connection, TLS or protocol.
        case session
        /// Our own store has no room.
        case full
        /// Our own store failed otherwise.
        case store
        /// The gateway is stopping.
        case cancelled
    }

    let kind: Kind
    /// What happened, with what the other side said.
    let message: String
    /// What to do about it, where we know; empty otherwise.
    var remedy = ""

    var description: String { message }

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    init(_ error: TransportError) {
        self.init(error.code == .cancelled ? .cancelled : .session, error.message)
    }

    /// There is nothing to log in with.
    init(_ error: CredentialError, account: String) {
        let kind: Kind =
            switch error.code {
            case .unavailable: .secret
            case .delayed: .delayed
            case .signInNeeded: .signIn
            }
        self.init(kind, "no login for \(account): \(error.message)")
        remedy = error.remedy
    }

    init(_ error: QueueError) {
        self.init(error.code == .full ? .full : .store, error.message)
        remedy = error.remedy
    }

    init(_ error: POP3Failure, peer: String) {
        let kind: Kind =
            switch error.code {
            case .loginRefused: .login
            case .inUse, .loginDelay: .delayed
            case .refused, .tlsUnavailable, .injection, .noMechanism, .serverNotProven, .malformed, .limit: .session
            }
        self.init(kind, "\(peer): \(error.message)")
    }

    init(_ error: IMAPFailure, peer: String) {
        let kind: Kind =
            switch error.code {
            case .loginRefused: .login
            case .delayed: .delayed
            case .refused, .tlsUnavailable, .injection, .preAuthenticated, .noMechanism, .serverNotProven, .malformed,
                .limit:
                .session
            }
        self.init(kind, "\(peer): \(error.message)")
    }
}
