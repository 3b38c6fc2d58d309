// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A mail to the postmaster about an alert: one when it begins, one when it has ended.
public struct PostmasterNotice: Sendable {
    /// Which of the two.
    public enum Event: Hashable, Sendable {
        /// The alert began.
        case began
        /// The alert has ended.
        case ended
    }

    /// Which of the two.
    public let event: Event
    /// What it is about.
    public let alert: Alert
    /// The gateway's own name.
    public let hostname: String
    /// Who is told.
    public let postmaster: AddrSpec
    /// When.
    public let now: Timestamp
    /// The identifier of the notice itself.
    public let id: QueueID

    /// A notice that `alert` began or ended; its queue identifier is a new one unless it is given.
    public init(
        _ event: Event,
        of alert: Alert,
        hostname: String,
        postmaster: AddrSpec,
        now: Timestamp,
        id: QueueID? = nil
    ) {
        self.event = event
        self.alert = alert
        self.hostname = hostname
        self.postmaster = postmaster
        self.now = now
        self.id = id ?? QueueID(arrival: now)
    }

    /// The notice as a message for the queue, with a null reverse-path.
    ///
    /// - Parameter route: the lane to the postmaster.
    /// - Returns: the arrival, its body whole in memory.
    public func arrival(route: Route = .exchange) -> Arrival {
        let letter = GatewayLetter(
            id: id,
            hostname: hostname,
            postmaster: postmaster,
            readers: [postmaster],
            subject: subjectLine,
            date: now
        )
        return letter.arrival(text: body, reason: "notice about \(alert.key)", route: route)
    }

    private var subjectLine: String {
        let summary = String(PlainText.oneLine(alert.summary).prefix(150))
        return event == .began
            ? "[Ceralacca] Allarme / Alert: \(summary)" : "[Ceralacca] Risolto / Resolved: \(summary)"
    }

    private var body: String {
        let what = PlainText.oneLine(alert.summary)
        let affects = PlainText.oneLine(alert.affects)
        let remedy = PlainText.oneLine(alert.remedy)
        let since = MailDate.format(alert.since)
        let until = MailDate.format(now)
        let signature = "\(PlainText.oneLine(hostname)), \(PlainText.oneLine(alert.key))"
        switch event {
        case .began:
            return """
                Il gateway \(hostname) richiede attenzione.

                Che cosa: \(what)
                Da quando: \(since)
                Che cosa riguarda: \(affects)
                Che cosa fare: \(remedy)

                Un altro avviso dirà quando il problema è risolto.

                -----
                The gateway \(hostname) needs attention.

                What: \(what)
                Since: \(since)
                What it affects: \(affects)
                What to do: \(remedy)

                Another notice will say when this has ended.

                -- \(signature)
                """
        case .ended:
            return """
                Il problema seguente è risolto; non occorre fare nulla.

                Che cosa: \(what)
                Da quando: \(since)
                Fino a: \(until)
                Che cosa riguardava: \(affects)

                -----
                The following has ended; there is nothing to do.

                What: \(what)
                Since: \(since)
                Until: \(until)
                What it affected: \(affects)

                -- \(signature)
                """
        }
    }
}
