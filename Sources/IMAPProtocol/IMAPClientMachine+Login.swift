// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms

extension IMAPClientMachine {
    private var isTLSRequired: Bool {
        switch settings.tls {
        case .require, .verify: true
        case .none, .opportunistic: false
        }
    }

    mutating func capabilitiesKnown(_ status: IMAPStatus, isLoggedIn: Bool) -> [Action] {
        guard status.isOK, let capabilities else {
            return fail(.malformed, "the server does not tell its capabilities: \(shown(status))")
        }
        guard capabilities.speaksIMAP else { return fail(.malformed, "the server speaks no IMAP4rev1") }
        guard !isLoggedIn else {
            state = .ready
            return [.loggedIn]
        }
        guard !isSecure, settings.tls != .none else { return beginLogin(capabilities) }
        guard capabilities.has("STARTTLS") else {
            guard !isTLSRequired else {
                return fail(.tlsUnavailable, "TLS is required and the server does not offer STARTTLS")
            }
            return beginLogin(capabilities)
        }
        state = .startingTLS
        return send(.startTLS)
    }

    mutating func startTLS(_ status: IMAPStatus) -> [Action] {
        guard status.isOK else {
            guard !isTLSRequired, let capabilities else {
                return fail(.tlsUnavailable, "STARTTLS was refused: \(status)")
            }
            return beginLogin(capabilities)
        }
        guard !decoder.isPending else {
            return fail(.injection, "octets in clear came behind the answer to STARTTLS: the connection is attacked")
        }
        return [.startTLS]
    }

    /// SASL with the strongest mechanism of both sides; LOGIN where the server has nothing better for a password and allows it.
    private mutating func beginLogin(_ known: IMAPCapabilities) -> [Action] {
        let mayShow = isSecure || (settings.tls == .none && !settings.credential.isAccessToken)
        if let mechanism = SASLMechanism.strongest(of: known.mechanisms, for: settings.credential, inTLS: mayShow) {
            return authenticate(mechanism, known)
        }
        guard case .password(let password) = settings.credential else {
            let list = known.mechanisms.isEmpty ? "no SASL at all" : known.mechanisms.sorted().joined(separator: ", ")
            let reason = isSecure ? "the server offers \(list)" : "the connection has no TLS"
            return fail(.noMechanism, "no login with an access token: \(reason)")
        }
        guard mayShow else {
            return fail(.noMechanism, "without TLS the server offers no login that keeps the password hidden")
        }
        guard !known.has("LOGINDISABLED") else {
            return fail(.noMechanism, "the server forbids LOGIN and offers no mechanism that is known here")
        }
        guard [settings.login, password.reveal()].allSatisfy({ !$0.utf8.contains { $0 < 0x20 } }) else {
            return fail(.noMechanism, "login or password hold a control character: LOGIN cannot carry it")
        }
        state = .login(nil)
        return sendLogin(.login(settings.login, password), known)
    }

    private mutating func authenticate(_ mechanism: SASLMechanism, _ known: IMAPCapabilities) -> [Action] {
        var exchange = SASLClientExchange(
            mechanism,
            login: settings.login,
            credential: settings.credential,
            nonce: settings.nonce
        )
        let initial = known.has("SASL-IR") ? exchange.initialResponse() : nil
        let words = initial.map { Secret($0.isEmpty ? "=" : Base64.encode($0)) }
        state = .login(exchange)
        return sendLogin(.authenticate(mechanism: mechanism.rawValue, initialResponse: words), known)
    }

    /// What the server could do before the login is forgotten: it may offer other things to who is logged in.
    private mutating func sendLogin(_ command: IMAPCommand, _ known: IMAPCapabilities) -> [Action] {
        capabilities = known
        let actions = send(command)
        capabilities = nil
        return actions
    }

    mutating func respond(to text: String, _ exchange: SASLClientExchange) -> [Action] {
        guard let challenge = Base64.decode(text) else {
            return fail(.malformed, "the server's challenge is not base 64")
        }
        var exchange = exchange
        do {
            let response = try exchange.respond(to: challenge)
            state = .login(exchange)
            return [.send(Secret("\(Base64.encode(response))\r\n"))]
        } catch {
            return fail(Self.failure(error))
        }
    }

    mutating func loggedIn(_ status: IMAPStatus, _ exchange: SASLClientExchange?) -> [Action] {
        guard status.isOK else {
            let reason = exchange?.refusal.map { " (\($0))" } ?? ""
            return fail(status.loginRefusalCode, "the server refused the login\(reason): \(shown(status))")
        }
        do {
            if var exchange { try exchange.verifySuccess(nil) }
        } catch {
            return fail(Self.failure(error))
        }
        if status.code?.name == "CAPABILITY", let names = status.code?.argument.split(separator: " ") {
            capabilities = IMAPCapabilities(names.map(String.init))
        }
        guard capabilities?.speaksIMAP == true else { return askCapabilities(isLoggedIn: true) }
        state = .ready
        return [.loggedIn]
    }

    /// A status in words, without a password or token that the server repeats.
    func shown(_ status: IMAPStatus) -> String { settings.credential.concealed("\(status)", login: settings.login) }

    private static func failure(_ error: SASLError) -> IMAPFailure {
        let code: IMAPFailure.Code =
            switch error.code {
            case .malformed: .malformed
            case .limit: .limit
            case .serverNotProven: .serverNotProven
            case .refused: .loginRefused
            case .notEncodable: .noMechanism
            }
        return IMAPFailure(code, error.message)
    }
}
