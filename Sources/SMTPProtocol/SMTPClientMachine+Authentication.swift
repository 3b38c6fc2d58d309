// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms

extension SMTPClientMachine {
    /// Octets of an AUTH command line with its CRLF (RFC 5321 §4.5.3.1.4); a longer initial response is sent when it is asked for.
    private static let maximumCommandOctets = 512

    /// Begins AUTH where a login is configured (RFC 4954 §4).
    mutating func authenticate() -> [Action] {
        guard let credentials else { return becomeReady() }
        let offered = capabilities.authentication
        let credential = credentials.credential
        guard let mechanism = SASLMechanism.strongest(of: offered, for: credential, inTLS: isSecure) else {
            let list = offered.isEmpty ? "no login at all" : offered.joined(separator: ", ")
            let what = credential.isAccessToken ? "access token" : "password"
            let reason =
                isSecure
                ? "none that the gateway speaks\(credential.isAccessToken ? " with an access token" : "")"
                : "none that keeps the \(what) hidden on a connection without TLS"
            return fail(.loginUnavailable, "\(peer) offers \(list): \(reason)")
        }
        var exchange = SASLClientExchange(mechanism, login: credentials.login, credential: credential)
        let response = exchange.initialResponse()
        self.exchange = exchange
        enterAuthentication()
        guard let response else { return [.send("AUTH \(mechanism.rawValue)")] }
        let line = "AUTH \(mechanism.rawValue) \(response.isEmpty ? "=" : Base64.encode(response))"
        guard line.utf8.count + 2 <= Self.maximumCommandOctets else {
            withheldResponse = response
            return [.send("AUTH \(mechanism.rawValue)")]
        }
        return [.sendSecret(Secret(line))]
    }

    mutating func answeredAuthentication(_ answer: SMTPReply) -> [Action] {
        let reply = shown(answer)
        return switch reply.code {
        case 334: challenged(answer)
        case 235: loggedIn(reply)
        case 400..<500:
            fail(.loginDeferred, "\(peer) cannot check the login now: \"\(reply)\"", reply)
        case 500..<600:
            fail(.loginRefused, "\(peer) refused the login \(credentials?.login ?? ""): \"\(reply)\"\(reason)", reply)
        default:
            fail(.protocolViolation, "\(peer) answered AUTH with \"\(reply)\"", reply)
        }
    }

    /// The reply without a password or token that the server repeats in it.
    private func shown(_ reply: SMTPReply) -> SMTPReply {
        guard let credentials else { return reply }
        let lines = reply.lines.map { credentials.credential.concealed($0, login: credentials.login) }
        return SMTPReply(reply.code, reply.status, lines: lines)
    }

    /// What the server said of the access token before it refused it.
    private var reason: String { exchange?.refusal.map { " (\($0))" } ?? "" }

    private mutating func challenged(_ reply: SMTPReply) -> [Action] {
        guard let challenge = Base64.decode(reply.lines[0]) else {
            return fail(.protocolViolation, "\(peer) sent a challenge of AUTH that is not base 64")
        }
        if let withheldResponse {
            self.withheldResponse = nil
            return [.sendSecret(Secret(Base64.encode(withheldResponse)))]
        }
        do throws(SASLError) {
            guard let response = try exchange?.respond(to: challenge) else {
                return fail(.protocolViolation, "\(peer) sent a challenge without an exchange of AUTH")
            }
            return [.sendSecret(Secret(Base64.encode(response)))]
        } catch {
            let code: SMTPClientError.Code = error.code == .refused ? .loginRefused : .loginUnavailable
            return fail(code, "the login at \(peer) broke off: \(error)")
        }
    }

    private mutating func loggedIn(_ reply: SMTPReply) -> [Action] {
        do throws(SASLError) {
            try exchange?.verifySuccess(nil)
        } catch {
            return fail(.protocolViolation, "\(peer) accepted the login but could not prove itself: \(error)")
        }
        return becomeReady()
    }
}
