// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

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
        case bearer
    }

    /// The mechanism of the exchange.
    public let mechanism: SASLMechanism
    /// What the server said of an access token that it does not take, in words; its refusal follows. Nil while it has said nothing.
    public private(set) var refusal: String?
    private let login: String
    private let secret: Secret
    private var state: State
    private var isAnswered = false

    /// An exchange that has not begun; the mechanism is one of those that carry `credential`.
    ///
    /// The nonce is printable ASCII without a comma, unique for each exchange (RFC 5802 §5.1); only SCRAM uses it.
    public init(
        _ mechanism: SASLMechanism,
        login: String,
        credential: SASLCredential,
        nonce: String = Self.makeNonce()
    ) {
        precondition(credential.mechanisms.contains(mechanism), "\(mechanism.rawValue) does not carry this credential")
        self.mechanism = mechanism
        self.login = login
        secret =
            switch credential {
            case .password(let secret), .accessToken(let secret): secret
            }
        state =
            switch mechanism {
            case .plain: .plain
            case .login: .login(asked: 0)
            case .cramMD5: .cramMD5
            case .scramSHA256: .scram(SCRAMClient(login: login, password: secret, nonce: nonce))
            case .oauthBearer, .xoauth2: .bearer
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
            guard let message else { return nil }
            isAnswered = true
            return message
        case .bearer: return message
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
            guard let message else { throw notEncodable() }
            isAnswered = true
            return message
        case .bearer: return try bearerResponse(to: challenge)
        case .login(let asked):
            state = .login(asked: asked + 1)
            switch asked {
            case 0: return Array(login.utf8)
            case 1: return Array(secret.reveal().utf8)
            default: throw unexpected()
            }
        case .cramMD5:
            guard !isAnswered else { throw unexpected() }
            isAnswered = true
            let digest = KeyedDigest.md5(key: Array(secret.reveal().utf8), message: challenge)
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

    /// What PLAIN, OAUTHBEARER and XOAUTH2 say; nil when they cannot carry login or secret.
    private var message: [UInt8]? {
        let (login, secret) = (Array(login.utf8), Array(secret.reveal().utf8))
        guard !login.isEmpty, !login.contains(0), !secret.contains(0) else { return nil }
        switch mechanism {
        case .plain: return [0] + login + [0] + secret  // RFC 4616 §2, the authorization identity empty
        case .oauthBearer: return Self.bearerMessage("n,a=\(SCRAMClient.escaped(self.login)),", login, secret)
        case .xoauth2: return Self.bearerMessage("user=\(self.login)", login, secret)
        case .login, .cramMD5, .scramSHA256: return nil
        }
    }

    /// `head ^A auth=Bearer token ^A ^A` (RFC 7628 §3.1); nil when a character would break it (RFC 6750 §2.1).
    private static func bearerMessage(_ head: String, _ login: [UInt8], _ token: [UInt8]) -> [UInt8]? {
        guard !login.contains(1), !token.isEmpty, token.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return Array("\(head)\u{1}auth=Bearer ".utf8) + token + [1, 1]
    }

    /// The message for the empty challenge of a server that has not had it; to a server that refuses the token and says why, an answer
    /// that says nothing, before the refusal comes (RFC 7628 §3.2.3).
    private mutating func bearerResponse(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        guard let message else { throw notEncodable() }
        if !isAnswered, challenge.isEmpty {
            isAnswered = true
            return message
        }
        guard refusal == nil else { throw unexpected() }
        isAnswered = true
        refusal = BearerRefusal(challenge, token: secret.reveal()).words ?? "no reason that is known"
        return mechanism == .oauthBearer ? [1] : []
    }

    private func unexpected() -> SASLError {
        SASLError(.malformed, "the server sent one challenge too many for \(mechanism.rawValue)")
    }

    private func notEncodable() -> SASLError {
        SASLError(
            .notEncodable,
            "the login is empty, or it or the secret hold a character that \(mechanism.rawValue) cannot carry"
        )
    }
}
