// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The server's side of one exchange with PLAIN or LOGIN: responses in, challenges and credentials out, neither in base 64.
///
/// Whether the password is right is the caller's to say.
public struct SASLServerExchange: Sendable {
    /// Octets of the longest response that is looked at; RFC 4616 §2 allows 255 characters for each of its three parts.
    public static let maximumResponseOctets = 3072

    /// What comes next.
    public enum Step: Equatable, Sendable {
        /// Send this challenge.
        case challenge([UInt8])
        /// The exchange is over: check these.
        case credentials(login: String, password: Secret)
        /// The client did not keep to the mechanism.
        case failed
    }

    private enum State {
        case plain
        case loginName
        case loginPassword(login: String)
        case over
    }

    /// The mechanism of the exchange.
    public let mechanism: SASLMechanism
    private var state: State

    /// An exchange that has not begun; nil for a mechanism that is not served.
    public init?(_ mechanism: SASLMechanism) {
        switch mechanism {
        case .plain: state = .plain
        case .login: state = .loginName
        case .cramMD5, .scramSHA256, .oauthBearer, .xoauth2: return nil
        }
        self.mechanism = mechanism
    }

    /// Begins the exchange with the initial response that came with the command, if one came.
    public mutating func start(initialResponse: [UInt8]?) -> Step {
        if let initialResponse { return respond(initialResponse) }
        switch state {
        case .plain: return .challenge([])
        case .loginName: return .challenge(Array("Username:".utf8))
        case .loginPassword, .over: return .failed
        }
    }

    /// Takes the response to the last challenge.
    public mutating func respond(_ response: [UInt8]) -> Step {
        let before = state
        state = .over
        guard response.count <= Self.maximumResponseOctets else { return .failed }
        switch before {
        case .plain: return Self.plain(response)
        case .loginName:
            guard let login = Self.text(response[...]), !login.isEmpty else { return .failed }
            state = .loginPassword(login: login)
            return .challenge(Array("Password:".utf8))
        case .loginPassword(let login):
            guard let password = Self.text(response[...]) else { return .failed }
            return .credentials(login: login, password: Secret(password))
        case .over: return .failed
        }
    }

    /// `[authzid] NUL authcid NUL passwd` of RFC 4616 §2; acting for somebody else is not served.
    private static func plain(_ message: [UInt8]) -> Step {
        let parts = message.split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[1].isEmpty, parts[0].isEmpty || parts[0] == parts[1],
            let login = text(parts[1]), let password = text(parts[2])
        else { return .failed }
        return .credentials(login: login, password: Secret(password))
    }

    private static func text(_ octets: ArraySlice<UInt8>) -> String? {
        octets.contains(0) ? nil : String(validating: octets, as: UTF8.self)
    }
}
