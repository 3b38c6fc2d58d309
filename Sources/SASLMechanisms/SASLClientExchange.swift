// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The client's side of one exchange of authentication: challenges in, responses out, neither in base 64.
///
/// ```text
/// initialResponse ──▶ respond(to:) ──▶ … ──▶ verifySuccess
///      (nil: the server speaks first)         (the server said yes)
/// ```
/// An exchange is used once. Login and password are put on the wire as they were given; SASLprep (RFC 4013) changes nothing in
/// ASCII and is left to whoever types other characters.
public struct SASLClientExchange: Sendable {
    /// Octets of the longest challenge that is looked at.
    public static let maximumChallengeOctets = 8192

    private enum State {
        case plain
        case login(asked: Int)
        case cramMD5
        case scram(SCRAMClient)
    }

    /// The mechanism of the exchange.
    public let mechanism: SASLMechanism
    private let login: String
    private let password: Secret
    private var state: State
    private var isAnswered = false

    /// An exchange that has not begun.
    ///
    /// The nonce is printable ASCII without a comma, unique for each exchange (RFC 5802 §5.1); only SCRAM uses it.
    public init(_ mechanism: SASLMechanism, login: String, password: Secret, nonce: String = Self.makeNonce()) {
        self.mechanism = mechanism
        self.login = login
        self.password = password
        state =
            switch mechanism {
            case .plain: .plain
            case .login: .login(asked: 0)
            case .cramMD5: .cramMD5
            case .scramSHA256: .scram(SCRAMClient(login: login, password: password, nonce: nonce))
            }
    }

    /// A nonce of 144 random bits from the system's generator.
    public static func makeNonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.encode((0..<18).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// What the client may send with the command that begins the exchange; nil when the server speaks first.
    public mutating func initialResponse() -> [UInt8]? {
        switch state {
        case .plain:
            guard let message = plainMessage else { return nil }
            isAnswered = true
            return message
        case .login, .cramMD5: return nil
        case .scram(let scram): return scram.clientFirstMessage
        }
    }

    /// The answer to a challenge.
    ///
    /// The empty challenge of a server that did not take the initial response is answered with it.
    public mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        guard challenge.count <= Self.maximumChallengeOctets else {
            throw SASLError(.limit, "the server's challenge has \(challenge.count) octets, too many")
        }
        switch state {
        case .plain:
            guard !isAnswered || challenge.isEmpty else { throw unexpected() }
            guard let message = plainMessage else { throw notEncodable() }
            isAnswered = true
            return message
        case .login(let asked):
            state = .login(asked: asked + 1)
            switch asked {
            case 0: return Array(login.utf8)
            case 1: return Array(password.reveal().utf8)
            default: throw unexpected()
            }
        case .cramMD5:
            guard !isAnswered else { throw unexpected() }
            isAnswered = true
            let digest = KeyedDigest.md5(key: Array(password.reveal().utf8), message: challenge)
            return Array("\(login) \(Hexadecimal.lowerCase(digest))".utf8)
        case .scram(var scram):
            let response = try scram.respond(to: challenge)
            state = .scram(scram)
            return response
        }
    }

    /// To be called when the server reports success: throws unless the server, where the mechanism asks for it, has proven
    /// that it knows the password too.
    ///
    /// - Parameter data: what came with the success, decoded; nil when nothing came.
    /// - Throws: `serverNotProven`, or what is wrong with `data`.
    public mutating func verifySuccess(_ data: [UInt8]?) throws(SASLError) {
        guard case .scram(var scram) = state else { return }
        try scram.verifySuccess(data)
        state = .scram(scram)
    }

    /// RFC 4616 §2 with an empty authorization identity; nil when a NUL would break it.
    private var plainMessage: [UInt8]? {
        let login = Array(login.utf8)
        let password = Array(password.reveal().utf8)
        guard !login.contains(0), !password.contains(0), !login.isEmpty else { return nil }
        return [0] + login + [0] + password
    }

    private func unexpected() -> SASLError {
        SASLError(.malformed, "the server sent one challenge too many for \(mechanism.rawValue)")
    }

    private func notEncodable() -> SASLError {
        SASLError(
            .notEncodable,
            "the login is empty, or login or password hold a NUL: \(mechanism.rawValue) cannot carry them"
        )
    }
}
