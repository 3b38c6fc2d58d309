// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The client of SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677).
///
/// ```text
/// C: n,,n=user,r=rOprNGfwEbeRWgbNEkqO
/// S: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096
/// C: c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=
/// S: v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=
/// ```
/// ```text
/// first ──server-first──▶ final(expected signature) ──right signature──▶ proven
/// ```
struct SCRAMClient: Sendable {
    /// The fewest iterations that are accepted (RFC 7677 §4): a server that asks for fewer makes the proof easy to break.
    static let minimumIterations = 4096
    /// The most iterations that are accepted: each costs about a microsecond of a processor.
    static let maximumIterations = 1_000_000
    /// Octets of the longest salt.
    static let maximumSaltOctets = 1024

    private enum State {
        case first
        case final(serverSignature: [UInt8])
        case proven
    }

    private let login: String
    private let password: Secret
    private let nonce: String
    private var state = State.first

    init(login: String, password: Secret, nonce: String) {
        self.login = login
        self.password = password
        self.nonce = nonce
    }

    var clientFirstMessage: [UInt8] { Array("n,,\(clientFirstMessageBare)".utf8) }

    private var clientFirstMessageBare: String {
        "n=\(Self.escaped(login)),r=\(nonce)"
    }

    /// RFC 5802 §5.1 and RFC 5801 §4: "=" and "," inside a name are written =3D and =2C.
    static func escaped(_ name: String) -> String {
        name.unicodeScalars.map { scalar in
            switch scalar {
            case "=": "=3D"
            case ",": "=2C"
            default: String(scalar)
            }
        }
        .joined()
    }

    mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        switch state {
        case .first:
            // A server that took no initial response first sends an empty challenge.
            guard !challenge.isEmpty else { return clientFirstMessage }
            return try finalMessage(serverFirst: challenge)
        case .final:
            try verify(challenge)
            return []
        case .proven:
            throw SASLError(.malformed, "the server sent a challenge after its signature")
        }
    }

    mutating func verifySuccess(_ data: [UInt8]?) throws(SASLError) {
        switch state {
        case .proven: return
        case .final:
            guard let data, !data.isEmpty else {
                throw SASLError(.serverNotProven, "the server reported success without its SCRAM signature")
            }
            try verify(data)
        case .first:
            throw SASLError(.serverNotProven, "the server reported success before the SCRAM exchange was over")
        }
    }

    private mutating func finalMessage(serverFirst: [UInt8]) throws(SASLError) -> [UInt8] {
        let text = try Self.text(serverFirst)
        let parameters = try ServerFirstMessage(text, clientNonce: nonce)
        let withoutProof = "c=biws,r=\(parameters.nonce)"
        let authMessage = Array("\(clientFirstMessageBare),\(text),\(withoutProof)".utf8)
        let salted = KeyedDigest.saltedPassword(
            Array(password.reveal().utf8),
            salt: parameters.salt,
            iterations: parameters.iterations
        )
        let clientKey = KeyedDigest.sha256(key: salted, message: Array("Client Key".utf8))
        let clientSignature = KeyedDigest.sha256(key: KeyedDigest.hash(clientKey), message: authMessage)
        let serverKey = KeyedDigest.sha256(key: salted, message: Array("Server Key".utf8))
        state = .final(serverSignature: KeyedDigest.sha256(key: serverKey, message: authMessage))
        let proof = zip(clientKey, clientSignature).map { $0 ^ $1 }
        return Array("\(withoutProof),p=\(Base64.encode(proof))".utf8)
    }

    private mutating func verify(_ message: [UInt8]) throws(SASLError) {
        guard case .final(let expected) = state else { return }
        let text = try Self.text(message)
        let attribute = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)[0]
        if attribute.hasPrefix("e=") {
            throw SASLError(
                .refused,
                "the server refused the SCRAM exchange: \(Self.printable(attribute.dropFirst(2)))"
            )
        }
        guard attribute.hasPrefix("v="), let signature = Base64.decode(attribute.dropFirst(2)) else {
            throw SASLError(.malformed, "the server's last SCRAM message holds no signature")
        }
        guard KeyedDigest.isEqual(signature, expected) else {
            throw SASLError(.serverNotProven, "the server's SCRAM signature is wrong: it does not know the password")
        }
        state = .proven
    }

    private static func text(_ octets: [UInt8]) throws(SASLError) -> String {
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw SASLError(.malformed, "the server's SCRAM message is not UTF-8")
        }
        return text
    }

    private static func printable(_ text: Substring) -> String {
        String(
            text.unicodeScalars.prefix(100).filter { $0.isASCII && $0.value >= 0x20 && $0.value < 0x7F }.map(
                Character.init
            )
        )
    }
}

/// `server-first-message` of RFC 5802 §7.
private struct ServerFirstMessage {
    let nonce: Substring
    let salt: [UInt8]
    let iterations: Int

    init(_ text: String, clientNonce: String) throws(SASLError) {
        let attributes = text.split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 3, attributes[0].hasPrefix("r="), attributes[1].hasPrefix("s="),
            attributes[2].hasPrefix("i=")
        else {
            throw SASLError(.malformed, "the server's SCRAM message is not nonce, salt and iteration count")
        }
        nonce = attributes[0].dropFirst(2)
        guard nonce.utf8.starts(with: clientNonce.utf8), nonce.utf8.count > clientNonce.utf8.count else {
            throw SASLError(.serverNotProven, "the server's SCRAM nonce does not begin with ours")
        }
        guard let salt = Base64.decode(attributes[1].dropFirst(2)), !salt.isEmpty else {
            throw SASLError(.malformed, "the server's SCRAM salt is not base 64")
        }
        guard salt.count <= SCRAMClient.maximumSaltOctets else {
            throw SASLError(.limit, "the server's SCRAM salt has \(salt.count) octets, too many")
        }
        self.salt = salt
        guard let iterations = Int(attributes[2].dropFirst(2)),
            attributes[2].dropFirst(2).utf8.allSatisfy({ $0 >= 0x30 })
        else {
            throw SASLError(.malformed, "the server's SCRAM iteration count is not a number")
        }
        guard (SCRAMClient.minimumIterations...SCRAMClient.maximumIterations).contains(iterations) else {
            throw SASLError(
                .limit,
                "the server asks for \(iterations) SCRAM iterations; "
                    + "\(SCRAMClient.minimumIterations) to \(SCRAMClient.maximumIterations) are accepted"
            )
        }
        self.iterations = iterations
    }
}
