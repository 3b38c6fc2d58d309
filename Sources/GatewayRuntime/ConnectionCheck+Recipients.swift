// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import SMTPDelivery
import SMTPProtocol

/// Whether Exchange says which recipients there are, where `exchange.recipients: exchange` relies on it.
extension ConnectionCheck {
    /// Domains that are asked about on each server.
    private static let maximumDomains = 10

    /// A question for each server and domain; none where Exchange is not asked.
    func recipientQuestions() -> [Question] {
        guard configuration.exchange.recipients == .exchange else { return [] }
        var questions: [Question] = []
        for server in delivery.exchange {
            for domain in configuration.exchange.domains.prefix(Self.maximumDomains) {
                questions.append { await askForNobody(at: domain, server) }
            }
        }
        return questions
    }

    /// Asks for a mailbox that cannot exist; nothing is sent.
    private func askForNobody(at domain: String, _ server: Endpoint) async -> Finding {
        let name = "ceralacca-check-\(QueueID(arrival: SystemClock().now()))".lowercased()
        let (isGood, answer) = await judge(AddrSpec(localPart: name, domain: domain), server)
        return Finding(purpose: "recipients of \(domain)", server: "\(server)", isGood: isGood, answer: answer)
    }

    private func judge(_ nobody: AddrSpec, _ server: Endpoint) async -> (isGood: Bool, answer: String) {
        do {
            let session = try await open(server, delivery.exchangeLogin)
            let replies = try await session.probe(nobody)
            await session.quit()
            guard let reply = replies.recipient else {
                return (
                    false,
                    "refuses MAIL FROM:<>, so that no recipient can be asked for: \(replies.mail). Let its Receive connector take the null "
                        + "reverse-path, or give a list: exchange.recipients: {file: PATH}"
                )
            }
            return Self.judge(reply)
        } catch { return (false, "\(error)") }
    }

    /// What the reply to RCPT for a mailbox that cannot exist says of the server.
    static func judge(_ reply: SMTPReply) -> (isGood: Bool, answer: String) {
        switch RecipientProbe.standing(reply) {
        case .unknown: (true, "refuses unknown recipients: \(reply)")
        case .known:
            (
                false,
                "takes a recipient that cannot exist (\(reply)): every address counts as known. Turn recipient validation on "
                    + "(docs/operations.md, Recipients of the company's domains), or give a list: exchange.recipients: {file: PATH}"
            )
        case .unclear:
            (
                false,
                "says nothing of whether a recipient exists: \(reply). Mail from the Internet for recipients not seen lately would be "
                    + "answered 451; see its Receive connector, or give a list: exchange.recipients: {file: PATH}"
            )
        }
    }
}
