// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import CertifiedTracking
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// What keeps a person's decision on an uncertain message from being taken (P5), in words.
struct PecDecision {
    let action: QueueAction
    let done: String
    /// True takes it in spite of what is not known yet.
    var isForced = false

    func run(_ ids: [QueueIDArgument], _ options: ConfigurationOptions) async throws {
        let decision = QueueDecision(action, done) { id, configuration, store in
            let (message, receipts) = try await store.knownTracked(id)
            if let failure = refusal(message) { return failure }
            guard action == .resend, !isForced else { return nil }
            let standing = try await store.standings()[message.account] ?? AccountStanding()
            let account = configuration.accounts.first { $0.address.comparisonKey == message.account }
            return doubt(message, receipts) ?? early(message, standing, account, configuration.tracking)
        }
        try await decision.run(ids, options)
    }

    /// Only what is uncertain is a person's to decide.
    private func refusal(_ message: TrackedMessage) -> CommandFailure? {
        guard !message.recipients.contains(where: { $0.state == .uncertain }) else { return nil }
        let shown = message.recipients.prefix(5).map { "\($0.address) is \($0.state.rawValue)" }
        let more = message.recipients.count > shown.count ? ", …" : ""
        return CommandFailure(
            "\(message.id) is not uncertain: \(PlainText.line(shown.joined(separator: ", ") + more, limit: 400))",
            remedy:
                "Only an uncertain message is a person's to decide; this one stays as it is. `ceralacca pec show \(message.id)` tells more."
        )
    }

    /// A receipt that is not believed may be a true one, of an authority that is not known here.
    private func doubt(_ message: TrackedMessage, _ receipts: [StoredReceipt]) -> CommandFailure? {
        let proofs: Set<Receipt.Statement> = [.accepted, .delivered, .failed, .warned, .overdue]
        guard let found = receipts.last(where: { $0.receipt.doubt != nil && proofs.contains($0.receipt.statement) })
        else { return nil }
        let why = PlainText.line(found.receipt.doubt ?? "", limit: 300)
        return CommandFailure(
            "\(message.id): a receipt says that it was taken, and is not believed: \(why) (\(found.id))",
            remedy:
                "If the receipt is true, settle it. If it is forged and the provider says that it has no such message: pec resend --anyway."
        )
    }

    /// Its receipt may still come, or lie at the provider.
    private func early(
        _ message: TrackedMessage,
        _ standing: AccountStanding,
        _ account: AccountConfiguration?,
        _ tracking: TrackingConfiguration
    ) -> CommandFailure? {
        let since = message.recipients.filter { $0.state == .uncertain }.map(\.since).max() ?? message.created
        let end = since + tracking.uncertainAfter
        guard CommandEnvironment.current.clock.now() >= end else {
            return CommandFailure(
                "\(message.id) is uncertain since \(LocalTime.text(since)): its receipt may still come",
                remedy:
                    "Wait until \(LocalTime.text(end)) (tracking.uncertain_after), then look again. pec resend --anyway does not wait."
            )
        }
        guard let account, account.fetch.retrieval != .none else { return nil }
        if let last = standing.lastFetch, last >= end { return leftBehind(message, standing.leftBehind, account) }
        return CommandFailure(
            "\(message.id): its account was not fetched since \(LocalTime.text(end)): its receipt may lie at the provider",
            remedy:
                "First `ceralacca account fetch \(account.address)`, then look again. pec resend --anyway does not wait for it."
        )
    }

    /// What the last fetch could not take may be the receipt.
    private func leftBehind(
        _ message: TrackedMessage,
        _ count: Int,
        _ account: AccountConfiguration
    ) -> CommandFailure? {
        guard count > 0 else { return nil }
        return CommandFailure(
            "\(message.id): the last fetch of \(account.address) left \(PlainText.count(count, "message")) unread at the provider: its receipt may be among them",
            remedy:
                "Is a scanner down (`ceralacca status`)? Does the provider refuse to give them out (the log says why)? Then fetch again, or look "
                + "for the receipt in the provider's web mail. pec resend --anyway does not wait for it."
        )
    }
}
