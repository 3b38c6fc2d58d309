// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms

extension POP3ClientMachine {
    mutating func handle(_ frame: POP3ResponseDecoder.Frame, answering first: Pending) -> [Action] {
        switch (state, first) {
        case (.retrieving, .retrieval(let message)): return retrieval(frame, of: message)
        case (.deleting, .command(.delete(let number))): return deletion(frame, of: number)
        case (.listing, .command(let command)): return list(frame, answering: command)
        case (.capabilities, _): return capabilities(frame)
        case (.login(let exchange), .command(let command)): return login(frame, answering: command, exchange)
        case (.greeting, _), (.startingTLS, _), (.quitting, _): return status(frame)
        case (.login, _), (.listing, _), (.retrieving, _), (.deleting, _), (.idle, _), (.over, _):
            return unexpected(frame)
        }
    }

    func isRequired(_ policy: TLSPolicy) -> Bool {
        switch policy {
        case .require, .verify: true
        case .none, .opportunistic: false
        }
    }

    mutating func askCapabilities() -> [Action] {
        state = .capabilities
        capabilities = nil
        listing = POP3Listing()
        return [send(.capabilities)]
    }

    mutating func unexpected(_ frame: POP3ResponseDecoder.Frame) -> [Action] {
        switch frame {
        case .status(let status): fail(POP3Failure(.malformed, "the server sent \"\(shown(status))\" out of turn"))
        case .challenge: fail(POP3Failure(.malformed, "the server sent a challenge out of turn"))
        case .piece, .end: fail(POP3Failure(.malformed, "the server sent content out of turn"))
        }
    }

    /// Answers of one line that the greeting, STLS and QUIT have.
    private mutating func status(_ frame: POP3ResponseDecoder.Frame) -> [Action] {
        guard case .status(let status) = frame else { return unexpected(frame) }
        answered()
        switch state {
        case .greeting:
            guard status.isPositive else { return refused(status, "the server turned the connection away") }
            return askCapabilities()
        case .startingTLS:
            guard status.isPositive else {
                guard !isRequired(settings.tls) else {
                    return fail(POP3Failure(.tlsUnavailable, "STLS was refused: \(status)"))
                }
                return beginLogin()
            }
            return [.startTLS]
        case .quitting:
            state = .over
            return [.quitDone(status)]
        case .capabilities, .login, .listing, .idle, .retrieving, .deleting, .over: return unexpected(frame)
        }
    }

    /// A status in words, without a password or token that the server repeats.
    private func shown(_ status: POP3Status) -> String {
        settings.credential.concealed("\(status)", login: settings.login)
    }

    private mutating func refused(_ status: POP3Status, _ what: String, answersPassword: Bool = false) -> [Action] {
        fail(POP3Failure(status.failureCode(answersPassword: answersPassword), "\(what): \(shown(status))"))
    }

    private mutating func capabilities(_ frame: POP3ResponseDecoder.Frame) -> [Action] {
        switch frame {
        case .status(let status):
            guard !status.isPositive else { return [] }
            answered()
            return capabilitiesKnown()
        case .piece(let octets):
            return collect(octets, limit: 1000, of: "capabilities")
        case .end:
            answered()
            capabilities = listing.takeLines().map { $0.uppercased() }
            return capabilitiesKnown()
        case .challenge: return unexpected(frame)
        }
    }

    private mutating func capabilitiesKnown() -> [Action] {
        guard !isSecure, settings.tls != .none else { return beginLogin() }
        let isOffered = capabilities.map { $0.contains("STLS") }
        // Without CAPA nobody knows: where TLS is required it is tried.
        guard isOffered ?? isRequired(settings.tls) else {
            guard !isRequired(settings.tls) else {
                return fail(POP3Failure(.tlsUnavailable, "TLS is required and the server does not offer STLS"))
            }
            return beginLogin()
        }
        state = .startingTLS
        return [send(.startTLS)]
    }

    /// SASL with the strongest mechanism of both sides (RFC 5034); USER and PASS where the server has nothing better for a password.
    private mutating func beginLogin() -> [Action] {
        let offered = (capabilities ?? []).first { $0.hasPrefix("SASL ") }?.split(separator: " ").dropFirst() ?? []
        let mechanism = { [credential = settings.credential] (inTLS: Bool) in
            SASLMechanism.strongest(of: offered.map(String.init), for: credential, inTLS: inTLS)
        }
        switch settings.credential {
        case .accessToken:
            if let mechanism = mechanism(isSecure) { return authenticate(mechanism) }
            let list = offered.isEmpty ? "no SASL at all" : offered.joined(separator: ", ")
            let reason = isSecure ? "the server offers \(list)" : "the connection has no TLS"
            return fail(POP3Failure(.noMechanism, "no login with an access token: \(reason)"))
        case .password(let password):
            let mayShow = isSecure || settings.tls == .none
            if let mechanism = mechanism(mayShow) { return authenticate(mechanism) }
            guard mayShow else {
                return fail(
                    POP3Failure(.noMechanism, "without TLS the server offers no login that keeps the password hidden")
                )
            }
            return sendUser(password)
        }
    }

    private mutating func sendUser(_ password: Secret) -> [Action] {
        guard [settings.login, password.reveal()].allSatisfy({ !$0.utf8.contains { $0 < 0x20 } }) else {
            return fail(
                POP3Failure(.noMechanism, "login or password hold a control character: USER and PASS cannot carry it")
            )
        }
        state = .login(nil)
        return [send(.user(settings.login))]
    }

    private mutating func authenticate(_ mechanism: SASLMechanism) -> [Action] {
        var exchange = SASLClientExchange(
            mechanism,
            login: settings.login,
            credential: settings.credential,
            nonce: settings.nonce
        )
        // A response that does not fit into a line of 255 octets waits for the server's empty challenge (RFC 5034 §4).
        let response = exchange.initialResponse().map { Base64.encode($0) }
        let initial = response.flatMap { $0.utf8.count <= 220 ? Secret($0) : nil }
        state = .login(exchange)
        return [send(.authenticate(mechanism: mechanism.rawValue, initialResponse: initial))]
    }

    private mutating func login(
        _ frame: POP3ResponseDecoder.Frame,
        answering command: POP3Command,
        _ exchange: SASLClientExchange?
    ) -> [Action] {
        switch (frame, command) {
        case (.status(let status), _):
            answered()
            guard status.isPositive else {
                let reason = exchange?.refusal.map { " (\($0))" } ?? ""
                return refused(status, "the server refused the login\(reason)", answersPassword: true)
            }
            if case .user = command, case .password(let password) = settings.credential {
                return [send(.pass(password))]
            }
            return loggedIn(exchange)
        case (.challenge(let text), .authenticate):
            guard let exchange else { return unexpected(frame) }
            return respond(to: text, exchange)
        case (.challenge, _), (.piece, _), (.end, _): return unexpected(frame)
        }
    }

    private mutating func respond(to text: String, _ exchange: SASLClientExchange) -> [Action] {
        guard let challenge = Base64.decode(text) else {
            return fail(POP3Failure(.malformed, "the server's challenge is not base 64"))
        }
        var exchange = exchange
        do {
            let response = try exchange.respond(to: challenge)
            state = .login(exchange)
            return [.sendResponse(Secret(Base64.encode(response)))]
        } catch {
            return fail(Self.failure(error))
        }
    }

    private mutating func loggedIn(_ exchange: SASLClientExchange?) -> [Action] {
        do {
            if var exchange { try exchange.verifySuccess(nil) }
            return beginListing()
        } catch {
            return fail(Self.failure(error))
        }
    }

    private static func failure(_ error: SASLError) -> POP3Failure {
        let code: POP3Failure.Code =
            switch error.code {
            case .malformed: .malformed
            case .limit: .limit
            case .serverNotProven: .serverNotProven
            case .refused: .loginRefused
            case .notEncodable: .noMechanism
            }
        return POP3Failure(code, error.message)
    }
}
