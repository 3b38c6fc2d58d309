// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPServer

/// The receive connector of a simulated Exchange: which recipients it takes, in Exchange's own words.
struct ExchangeTransport: MessageReceiving {
    let behaviour: SimulatedExchange.Behaviour
    let domains: Set<String>
    let messages: Arrivals<ExchangeMessage>
    let clock: any WallClock

    func judgeSender(_ reversePath: ReversePath, declaredSize: Int?, session: SessionFacts) async -> SMTPReply? {
        guard let declaredSize, declaredSize > behaviour.maximumOctets else { return nil }
        return SMTPReply(552, EnhancedStatus(5, 3, 4), "Message size exceeds fixed maximum message size")
    }

    func judgeRecipient(_ recipient: EnvelopeRecipient, session: SessionFacts) -> SMTPReply? {
        let address = recipient.forwardPath
        if let reply = behaviour.judge(address) { return reply }
        guard domains.contains(address.domain.lowercased()) else {
            return SMTPReply(550, EnhancedStatus(5, 7, 54), "SMTP; Unable to relay recipient in non-accepted domain")
        }
        return nil
    }

    func begin(_ envelope: Envelope, session: SessionFacts) async -> any MessageIntake {
        let (messages, clock, behaviour) = (messages, clock, behaviour)
        return ContentCollector(limit: behaviour.maximumOctets, keeps: !behaviour.onlyCounts) { octets, facts in
            let message = ExchangeMessage(
                envelope: envelope,
                octets: octets,
                size: facts.octets,
                header: HeaderSection(ByteBuffer(bytes: octets)),
                session: session,
                moment: clock.now()
            )
            if let reply = behaviour.objection(message) { return reply }
            messages.add(message)
            return SMTPReply(
                250,
                EnhancedStatus(2, 6, 0),
                "<\(message.header.messageID ?? "")> [InternalId=\(messages.count), "
                    + "Hostname=\(behaviour.hostname)] Queued mail for delivery"
            )
        }
    }
}
