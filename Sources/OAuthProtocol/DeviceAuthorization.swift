// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A code for a person to type into a browser anywhere (RFC 8628 §3.2), and the pace at which the server may be asked about it (§3.5).
///
/// ```text
/// waiting ──interval──▶ ask ──authorization_pending──▶ waiting      slow_down: five seconds more each time
///                        │ tokens, a refusal, or the code's end ──▶ over
/// ```
public struct DeviceAuthorization: Hashable, Sendable {
    /// What tokens are asked for with.
    public let deviceCode: Secret
    /// What the person types.
    public let userCode: String
    /// Where the person types it.
    public let verificationURI: String
    /// How long that is possible.
    public let lifetime: Duration
    /// The time between two questions.
    public private(set) var interval: Duration

    /// The pause that each `slow_down` adds.
    static let slowDownStep = Duration.seconds(5)
    /// Seconds that a person is waited for at most, whatever the server says.
    static let longestLife = 1800

    /// Reads the answer of the device authorization endpoint.
    ///
    /// - Throws: `OAuthError`, also the one that the answer is.
    public init(status: Int, _ octets: [UInt8], concealing secrets: [Secret]) throws(OAuthError) {
        guard octets.count <= TokenResponse.maximumOctets else {
            throw OAuthError(.malformed, "the answer is longer than \(TokenResponse.maximumOctets) octets")
        }
        let answer = try Answer.read(octets, status: status, concealing: secrets)
        guard let deviceCode = answer.deviceCode, !deviceCode.isEmpty, let userCode = answer.userCode,
            let uri = answer.verificationUri ?? answer.verificationUrl,
            [userCode, uri].allSatisfy(Self.isShowable), uri.hasPrefix("https://")
        else { throw OAuthError(.malformed, "the answer holds no code for a device") }
        self.deviceCode = Secret(deviceCode)
        self.userCode = userCode
        verificationURI = uri
        lifetime = .seconds(min(max(1, answer.expiresIn?.seconds ?? 900), Self.longestLife))
        interval = .seconds(min(max(1, answer.interval?.seconds ?? 5), 300))
    }

    private static func isShowable(_ text: String) -> Bool {
        (1...500).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// What follows an error in place of tokens: nil, and the next question after `interval`; or what ended it.
    public mutating func judge(_ error: OAuthError) -> OAuthError? {
        switch error.code {
        case .authorizationPending: return nil
        case .slowDown:
            interval = min(interval + Self.slowDownStep, .seconds(300))
            return nil
        case .temporary:
            interval = min(interval * 2, .seconds(300))  // RFC 8628 §3.5: an exponential backoff
            return nil
        case .malformed, .signInNeeded, .registration, .uncertain, .denied, .expiredToken: return error
        }
    }
}
