// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

/// The table and the shorthand of the tests: a question in text, an answer in one line.
enum Desk {
    static let table = RoutingTable(
        accounts: [
            account("azienda@pec.example.it", certified: true, to: ["protocollo@azienda.it", "archivio@azienda.it"]),
            account("altra@pec.example.it", certified: true, to: ["Protocollo@azienda.it", "altra@azienda.it"]),
            account("Perché@CITTÀ.it", certified: true, to: ["protocollo@azienda.it"]),
            account("\"ufficio gare\"@pec.example.it", certified: true, to: ["gare@azienda.it"]),
            account("vendite@gmail.example", certified: false, to: ["vendite@azienda.it"]),
        ],
        exchangeDomains: ["azienda.it", "CITTÀ.example"]
    )

    private static func account(_ address: String, certified: Bool, to: [String]) -> RoutedAccount {
        RoutedAccount(
            address: addr(address),
            isCertified: certified,
            deliverTo: to.map(addr),
            provider: "comune",
            limits: SubmissionLimits(recipients: 3, total: ByteCount(octets: 10_000), refusedExtensions: ["exe", "js"])
        )
    }

    static func addr(_ text: String) -> AddrSpec {
        guard let address = AddrSpec(text) else { fatalError("no address: \(text)") }
        return address
    }

    /// Asks about a message with this header, and with a To that names its recipients where it has none. `reversePath` empty is null.
    static func ask(
        _ header: String,
        reversePath: String = "mario@azienda.it",
        to recipients: [String] = ["cliente@example.com"],
        on listener: ListenerRole = .exchange
    ) -> RoutingDecision {
        var envelope = Envelope(
            reversePath: reversePath.isEmpty ? .null : .mailbox(addr(reversePath)),
            recipients: recipients.map { EnvelopeRecipient(addr($0)) }
        )
        envelope.envelopeID = "kept"
        let hasTo = header.split(whereSeparator: \.isNewline).contains {
            ["to:", "to "].contains($0.prefix(3).lowercased())
        }
        let to = hasTo ? "" : "To: \(recipients.joined(separator: ", "))\r\n"
        return table.decide(
            RoutingQuestion(
                listener: listener,
                envelope: envelope,
                header: HeaderSection(ByteBuffer(string: "\(to)\(header)\r\n\r\nbody"))
            )
        )
    }

    /// The decision in short: `account:azienda@pec.example.it <azienda@pec.example.it>`, or `550 5.7.1`.
    static func short(_ decision: RoutingDecision) -> String {
        switch decision {
        case .route(let route, let reversePath, _, _): "\(route) <\(reversePath)>"
        case .refuse(let reply): "\(reply.code) \(reply.status.map { "\($0)" } ?? "-")"
        }
    }

    static func words(_ decision: RoutingDecision) -> String {
        switch decision {
        case .route(_, _, _, let reason): reason
        case .refuse(let reply): reply.lines.joined(separator: " ")
        }
    }

    static func recipients(_ decision: RoutingDecision) -> [String] {
        guard case .route(_, _, let recipients, _) = decision else { return [] }
        return recipients.map(\.forwardPath.description)
    }
}
