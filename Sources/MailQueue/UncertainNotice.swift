// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import CertifiedTracking
public import MailModel

/// A mail to the senders of a certified message of which nobody knows whether the provider took it: the reply was lost, and no receipt
/// has come since. One a message, in Italian and English.
public struct UncertainNotice: Sendable {
    /// The message.
    public let message: TrackedMessage
    /// The gateway's own name.
    public let hostname: String
    /// Whom the reader can write to.
    public let postmaster: AddrSpec
    /// When.
    public let now: Timestamp
    /// The identifier of the notice itself.
    public let id: QueueID

    /// A notice about `message`; its queue identifier is a new one unless it is given.
    public init(
        _ message: TrackedMessage,
        hostname: String,
        postmaster: AddrSpec,
        now: Timestamp,
        id: QueueID? = nil
    ) {
        self.message = message
        self.hostname = hostname
        self.postmaster = postmaster
        self.now = now
        self.id = id ?? QueueID(arrival: now)
    }

    /// The notice as a message for the queue, with a null reverse-path.
    ///
    /// - Parameter route: the lane to the senders.
    /// - Returns: the arrival, its body whole in memory; nil when the message has no sender who could be told.
    public func arrival(route: Route = .exchange) -> Arrival? {
        let readers = message.senders
        guard !readers.isEmpty else { return nil }
        let letter = GatewayLetter(
            id: id,
            hostname: hostname,
            postmaster: postmaster,
            readers: readers,
            subject: subjectLine,
            date: now,
            reference: message.messageID
        )
        return letter.arrival(text: body, reason: "notice that \(message.id) is uncertain", route: route)
    }

    private var uncertain: [TrackedRecipient] { message.recipients.filter { $0.state == .uncertain } }

    private var subjectLine: String {
        let words = "Esito incerto / Outcome uncertain"
        guard let subject = message.subject, !subject.isEmpty else { return words }
        return "\(words): \(EncodedWord.decode(subject))"
    }

    private var body: String {
        let subject = message.subject.map { PlainText.oneLine(EncodedWord.decode($0)) } ?? "-"
        let names = uncertain.map { "    <\(PlainText.oneLine($0.address.description))>" }.joined(separator: "\n")
        let since = MailDate.format(uncertain.map(\.since).min() ?? message.created)
        let account = PlainText.oneLine(message.account)
        return """
            Avviso automatico di \(hostname).

            Non si sa se il messaggio seguente è partito: il collegamento con il gestore della casella \(account) si è interrotto dopo
            l'invio e prima della risposta, e da allora non è arrivata né la ricevuta di accettazione né un avviso di non accettazione.

                Oggetto: \(subject)
                Ricevuto da Exchange: \(MailDate.format(message.created))
                Esito incerto dal: \(since)
                Identificativo: \(message.id)

            Destinatari:
            \(names)

            Che cosa fare: NON inviarlo di nuovo a mano, potrebbe arrivare due volte con valore legale. Non viene inviato di nuovo in
            automatico: decide \(postmaster), che è già stato avvisato. Se c'è una scadenza, scrivergli o telefonargli subito e citare
            l'identificativo: può controllare presso il gestore e farlo ripartire. Se la ricevuta di accettazione arriva, il messaggio è
            partito a quell'ora e non occorre altro.

            -----
            Automatic notice from \(hostname).

            Nobody knows whether the following message was sent: the connection to the provider of \(account) broke after it was handed
            over and before the reply, and since then neither its receipt of acceptance nor a notice of non-acceptance has come.

                Subject: \(subject)
                Taken from Exchange: \(MailDate.format(message.created))
                Uncertain since: \(since)
                Queue identifier: \(message.id)

            Recipients:
            \(names)

            What to do: do NOT send it again by hand, it could arrive twice with legal effect. It is not tried again by itself:
            \(postmaster) decides, and has been told. If there is a deadline, write or call at once and quote the identifier: the
            postmaster can ask the provider and have it sent. If the receipt of acceptance comes, the message went at that time and there
            is nothing to do.
            """
    }
}
