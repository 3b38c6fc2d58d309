// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms

extension POP3ServerMachine {
    private var mayLogIn: Bool { isSecure || settings.allowsClearLogin }
    private var mayStartTLS: Bool { settings.offersTLS && !isSecure }

    /// The lines of CAPA (RFC 2449 §5).
    var capabilities: [String] {
        var lines = ["TOP", "RESP-CODES", "AUTH-RESP-CODE"]
        if settings.offersUniqueIDs { lines.append("UIDL") }
        if settings.announcesPipelining { lines.append("PIPELINING") }
        if mayLogIn { lines += ["USER", "SASL PLAIN"] }
        if mayStartTLS { lines.append("STLS") }
        return lines + ["IMPLEMENTATION Ceralacca"]
    }

    mutating func authorize(_ command: POP3Command, user: String?) -> [Action] {
        switch command {
        case .capabilities: return [.sendListing(status: "+OK capability list follows", lines: capabilities)]
        case .startTLS:
            guard mayStartTLS else { return failed(isSecure ? "TLS is active already" : "STLS is not offered") }
            state = .startingTLS
            return [.startTLS(reply: "+OK begin TLS negotiation")]
        case .user(let login):
            guard mayLogIn else { return failed("[AUTH] login needs TLS: use STLS first") }
            state = .authorization(user: login)
            return [.send("+OK password, please")]
        case .pass(let password):
            guard mayLogIn else { return failed("[AUTH] login needs TLS: use STLS first") }
            guard let user else { return failed("USER comes first") }
            state = .checking
            return [.authenticate(login: user, password: password)]
        case .authenticate(let mechanism, let initialResponse):
            return authenticate(mechanism, initialResponse)
        case .quit: return [.send("+OK bye")] + end()
        case .malformed(let keyword): return failed("\(keyword): wrong arguments")
        case .unknown(let keyword): return failed("\(Self.printable(keyword)): no such command")
        case .status, .list, .uniqueIDs, .retrieve, .top, .delete, .reset, .noOperation:
            return failed("log in first")
        }
    }

    private mutating func authenticate(_ mechanism: String, _ initialResponse: Secret?) -> [Action] {
        guard mayLogIn else { return failed("[AUTH] login needs TLS: use STLS first") }
        guard mechanism == SASLMechanism.plain.rawValue, var exchange = SASLServerExchange(.plain) else {
            return failed("mechanism not served; use PLAIN")
        }
        guard let initialResponse else { return proceed(exchange.start(initialResponse: nil), exchange) }
        let text = initialResponse.reveal()
        guard let octets = text == "=" ? [] : Base64.decode(text) else { return failed("not base 64") }
        return proceed(exchange.start(initialResponse: octets), exchange)
    }

    mutating func respond(_ line: String, _ exchange: SASLServerExchange) -> [Action] {
        state = .authorization(user: nil)
        guard line != "*" else { return [.send("-ERR authentication cancelled")] }
        guard let octets = Base64.decode(line) else { return failed("not base 64") }
        var exchange = exchange
        return proceed(exchange.respond(octets), exchange)
    }

    private mutating func proceed(_ step: SASLServerExchange.Step, _ exchange: SASLServerExchange) -> [Action] {
        switch step {
        case .challenge(let octets):
            state = .exchanging(exchange)
            return [.send("+ \(Base64.encode(octets))")]
        case .credentials(let login, let password):
            state = .checking
            return [.authenticate(login: login, password: password)]
        case .failed:
            state = .authorization(user: nil)
            return failed("[AUTH] the response does not fit the mechanism")
        }
    }

    static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? $0 : "?" }))
    }
}
