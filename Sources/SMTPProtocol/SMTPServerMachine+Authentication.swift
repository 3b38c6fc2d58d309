// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms

import struct NIOCore.ByteBuffer

/// AUTH (RFC 4954).
extension SMTPServerMachine {
    /// Logins that may fail in one session before it is ended.
    static let maximumFailedLogins = 3

    mutating func authenticate(_ mechanism: String, _ response: String?) throws(SMTPRefusal) -> [Action] {
        guard policy.offersAuthentication else {
            throw SMTPRefusal(502, EnhancedStatus(5, 5, 1), "AUTH is not offered here")
        }
        guard security != nil else {
            throw SMTPRefusal(538, EnhancedStatus(5, 7, 11), "AUTH is offered in TLS only: STARTTLS first")
        }
        guard clientName != nil, isExtended else {
            throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "EHLO first")
        }
        guard authenticated == nil else {
            throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "the session is authenticated already")
        }
        guard envelope == nil else {
            throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "not within a mail transaction: RSET first")
        }
        guard let known = SASLMechanism(rawValue: mechanism), var exchange = SASLServerExchange(known) else {
            throw SMTPRefusal(504, EnhancedStatus(5, 5, 4), "the mechanisms here are PLAIN and LOGIN")
        }
        var initial: [UInt8]?
        if let response {
            initial = response == "=" ? [] : Base64.decode(response)
            guard initial != nil else { throw Self.notBase64 }
        }
        let step = exchange.start(initialResponse: initial)
        self.exchange = exchange
        return follow(step)
    }

    mutating func authenticationResponse(_ line: ByteBuffer) -> [Action] {
        guard var exchange, line.readableBytes > 0 || exchange.mechanism == .login else { return fail(Self.notBase64) }
        let text = String(decoding: line.readableBytesView, as: UTF8.self)
        guard text != "*" else {
            return fail(SMTPRefusal(501, EnhancedStatus(5, 7, 0), "authentication given up, as you asked"))
        }
        guard let response = Base64.decode(text) else { return fail(Self.notBase64) }
        let step = exchange.respond(response)
        self.exchange = exchange
        return follow(step)
    }

    private static let notBase64 = SMTPRefusal(501, EnhancedStatus(5, 5, 2), "the response is not base 64")

    private mutating func fail(_ refusal: SMTPRefusal) -> [Action] {
        exchange = nil
        stage = .commands
        return refuse(refusal.reply)
    }

    private mutating func follow(_ step: SASLServerExchange.Step) -> [Action] {
        switch step {
        case .challenge(let challenge):
            stage = .authentication
            return [.reply(SMTPReply(334, nil, Base64.encode(challenge)))]
        case .credentials(let login, let password):
            exchange = nil
            stage = .checkingPassword(login: login)
            return [.checkPassword(login: login, password: password)]
        case .failed:
            return fail(SMTPRefusal(501, EnhancedStatus(5, 5, 2), "the response is not what the mechanism asks for"))
        }
    }

    mutating func passwordChecked(_ login: String, _ isRight: Bool) -> [Action] {
        stage = .commands
        guard isRight else {
            failedLogins += 1
            guard failedLogins < Self.maximumFailedLogins else {
                return close(SMTPReply(421, EnhancedStatus(4, 7, 0), "too many failed logins; closing"))
            }
            return refuse(SMTPReply(535, EnhancedStatus(5, 7, 8), "login or password is wrong"))
        }
        authenticated = login
        return [.reply(SMTPReply(235, EnhancedStatus(2, 7, 0), "authenticated"))]
    }
}
