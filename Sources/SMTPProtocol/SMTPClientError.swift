// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import SASLMechanisms

/// Why a session with a server could not be opened or went wrong, with what the server said.
public struct SMTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart. All are transient for the message on the way.
    public enum Code: String, Hashable, Sendable {
        /// No connection: no address, refused, no answer.
        case unreachable
        /// The server turned us away in its greeting or its answer to EHLO.
        case greeting
        /// TLS is asked for and the server does not offer it, refuses it, or its certificate does not do.
        case tls
        /// The server sent what no server may send: nothing of the session can be trusted.
        case protocolViolation
        /// The server refused the login with its password or access token.
        case loginRefused
        /// The server cannot check the login now, or there is no access token for it now.
        case loginDeferred
        /// No mechanism that both sides speak, or none that may be used without TLS.
        case loginUnavailable
        /// The password could not be read on our side.
        case passwordUnavailable
        /// There is no access token before a person signs in; whoever keeps the tokens tells that person.
        case signInNeeded
        /// The connection ended, or an answer did not come in time, before the end of data was sent: nothing was taken.
        case lostBeforeEndOfData
        /// The connection ended, or no answer came, after the end of data was sent at least in part: nobody knows.
        case lostAfterEndOfData
        /// Our own side could not give the content, or could not make durable that its end is sent.
        case content
    }

    /// The kind.
    public let code: Code
    /// What happened, with the peer's name and words, for the operator.
    public let message: String
    /// The reply that ended it, where one did.
    public let reply: SMTPReply?

    /// An error.
    public init(_ code: Code, _ message: String, reply: SMTPReply? = nil) {
        self.code = code
        self.message = message
        self.reply = reply
    }

    /// The message.
    public var description: String { message }
}

/// A login and what it proves itself with.
public struct SMTPCredentials: Hashable, Sendable {
    /// The login as the server knows it.
    public let login: String
    /// Password or access token.
    public let credential: SASLCredential

    /// A login with this credential.
    public init(login: String, credential: SASLCredential) {
        self.login = login
        self.credential = credential
    }
}
