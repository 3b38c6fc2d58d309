// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A mail to the recipients of an account's message that a scanner had quarantined: it is here, why, and who can deliver it.
/// One a message, in Italian and English. Nothing of the message but who it is from and its subject is in it.
public struct QuarantineNotice: Sendable {
    /// The message.
    public let entry: QueueEntry
    /// True when it came for a certified account, so that it has been delivered whoever reads it.
    public let isCertified: Bool
    /// The gateway's own name.
    public let hostname: String
    /// Whom the reader can write to.
    public let postmaster: AddrSpec
    /// When.
    public let now: Timestamp
    /// The identifier of the notice itself.
    public let id: QueueID

    /// A notice about `entry`; its queue identifier is a new one unless it is given.
    public init(
        _ entry: QueueEntry,
        isCertified: Bool = true,
        hostname: String,
        postmaster: AddrSpec,
        now: Timestamp,
        id: QueueID? = nil
    ) {
        self.entry = entry
        self.isCertified = isCertified
        self.hostname = hostname
        self.postmaster = postmaster
        self.now = now
        self.id = id ?? QueueID(arrival: now)
    }

    /// The notice as a message for the queue, with a null reverse-path.
    ///
    /// - Parameter route: the lane to the readers.
    /// - Returns: the arrival, its body whole in memory; nil when nobody waits for the message.
    public func arrival(route: Route = .exchange) -> Arrival? {
        let readers = entry.recipients.filter { $0.state == .quarantined }.map(\.recipient.forwardPath)
        guard !readers.isEmpty else { return nil }
        let letter = GatewayLetter(
            id: id,
            hostname: hostname,
            postmaster: postmaster,
            readers: readers,
            subject: "Messaggio trattenuto / Message held back: \(subjectText)",
            date: now
        )
        return letter.arrival(
            text: body,
            reason: "notice that \(entry.message.id) is in the quarantine",
            route: route
        )
    }

    private var subjectText: String { entry.message.subject.map { PlainText.oneLine(EncodedWord.decode($0)) } ?? "-" }

    private var body: String {
        let message = entry.message
        let sender = message.headerFrom.map { PlainText.oneLine(EncodedWord.decode($0)) } ?? "-"
        let reason = entry.recipients.first { $0.state == .quarantined }?.lastReply.map(PlainText.oneLine) ?? "-"
        let date = MailDate.format(message.arrival)
        return """
            Avviso automatico di \(hostname).

            Il messaggio seguente è arrivato alla casella ed è stato trattenuto dai controlli di sicurezza. Non è perso: resta in
            quarantena, e presso il gestore, finché una persona decide.

                Da: \(sender)
                Oggetto: \(subjectText)
                Arrivato: \(date)
                Motivo: \(reason)
                Identificativo: \(message.id)

            Che cosa fare: se il messaggio è atteso, o se può avere una scadenza, scrivere o telefonare a \(postmaster) e citare
            l'identificativo: può esaminarlo e consegnarlo.\(isCertified ? " Per la legge il messaggio è stato consegnato alla casella." : "")

            -----
            Automatic notice from \(hostname).

            The following message has come to the mailbox and was held back by the security checks. It is not lost: it stays in the
            quarantine, and at the provider, until a person decides.

                From: \(sender)
                Subject: \(subjectText)
                Came: \(date)
                Reason: \(reason)
                Queue identifier: \(message.id)

            What to do: if you expect the message, or it may carry a deadline, write to or call \(postmaster) and quote the identifier:
            the postmaster can examine and deliver it.\(isCertified ? " To the law the message has been delivered to the mailbox." : "")
            """
    }
}
