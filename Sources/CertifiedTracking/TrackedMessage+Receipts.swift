// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import MailModel

/// What a receipt did to a tracked message.
public enum ReceiptEffect: Hashable, Sendable {
    /// These recipients, by number, have another state now.
    case moved([Int])
    /// What it says was known, or a later one said more.
    case known
    /// It says nothing that a sender waits for.
    case none
    /// It is not believed, for this reason; nothing moved.
    case disbelieved(String)
    /// It concerns addresses that the message was not sent to, this one first, and no other.
    case stranger(String)

    /// The effect in words, for listings.
    public var words: String {
        switch self {
        case .moved(let numbers): numbers.count == 1 ? "moved one recipient" : "moved \(numbers.count) recipients"
        case .known: "was known"
        case .none: "moves nothing"
        case .disbelieved(let why): "not believed: \(why)"
        case .stranger(let address): "concerns \(address), to whom the message was not sent"
        }
    }
}

extension TrackedMessage {
    /// Takes what `receipt` says into account. The caller has matched it with this message.
    ///
    /// Idempotent, and the same at the end whatever the order of several receipts.
    /// - Returns: what it did.
    @discardableResult
    public mutating func apply(_ receipt: Receipt) -> ReceiptEffect {
        if let doubt = receipt.doubt { return .disbelieved(doubt) }
        if let sender = receipt.sender, Self.key(sender) != account {
            // Whoever knows a Message-ID can send a certified message of his own with it, and show its receipts.
            return .disbelieved("it is about a message of \(sender)")
        }
        if identifier == nil { identifier = receipt.identifier }
        learnKinds(receipt.recipients)
        switch receipt.statement {
        case .accepted:
            acceptedAt = acceptedAt.map { min($0, receipt.time ?? $0) } ?? receipt.time ?? created
            let effect = moveSubmitted(to: .accepted, receipt)
            return settleOverdue(effect)
        case .refused: return moveSubmitted(to: .refused, receipt)
        case .takenInCharge, .other: return .none
        case .delivered: return moveConcerned(to: .delivered, receipt)
        case .failed: return moveConcerned(to: .failed, receipt)
        case .warned: return moveConcerned(to: .warned, receipt)
        case .overdue:
            noteOverdue(receipt)
            let effect = moveConcerned(to: .warned, receipt)
            return settleOverdue(effect)
        }
    }

    /// The words of this notice do not tell which it is. It is a warning until the time since the acceptance, by the provider's clock both,
    /// says more; that is known as soon as both receipts are here, whichever comes first.
    private mutating func noteOverdue(_ receipt: Receipt) {
        guard let time = receipt.time else { return }
        for place in concerned(receipt) {
            recipients[place].overdueAt = recipients[place].overdueAt.map { max($0, time) } ?? time
        }
    }

    /// Fails the recipients whose last notice came too late after the acceptance to be the first; adds them to `effect`.
    private mutating func settleOverdue(_ effect: ReceiptEffect) -> ReceiptEffect {
        var failed: Set<Int> = []
        for place in recipients.indices {
            guard let overdue = recipients[place].overdueAt, let accepted = recipients[place].acceptedAt,
                TimeoutStage.unclear.settled(after: overdue - accepted) == .twentyFourHours,
                recipients[place].state.isOvertaken(by: .failed)
            else { continue }
            recipients[place].state = .failed
            recipients[place].since = overdue
            failed.insert(recipients[place].number)
        }
        guard !failed.isEmpty else { return effect }
        if case .moved(let numbers) = effect { failed.formUnion(numbers) }
        return .moved(failed.sorted())
    }

    private mutating func learnKinds(_ named: [CertifiedRecipient]) {
        for recipient in named {
            guard let isCertified = recipient.isCertified, let index = index(of: recipient.address) else { continue }
            recipients[index].isCertified = recipients[index].isCertified ?? isCertified
        }
    }

    /// What the sender's provider says of a submission is about the recipients that were in it: a message may go in several, when the
    /// server puts one recipient off. The receipt names them; one that names none that is known here is about those that have been sent. Some
    /// providers name those of To and Cc: whoever has been in no submission, where others have, was not in this one, and is still to be sent to.
    private mutating func moveSubmitted(to state: TrackingState, _ receipt: Receipt) -> ReceiptEffect {
        let named = (receipt.recipients.map(\.address) + receipt.concerned).compactMap(index)
        let isExplained = recipients.contains(where: \.wasSubmitted)
        let places: [Int] =
            if !named.isEmpty {
                Set(named).sorted().filter { !isExplained || mayHaveBeenIn(recipients[$0]) }
            } else if recipients.count == 1 {
                [0]
            } else {
                recipients.indices.filter {
                    recipients[$0].state == .submitted || recipients[$0].state == .uncertain
                }
            }
        if state == .accepted, let time = receipt.time {
            for place in places {
                recipients[place].acceptedAt = recipients[place].acceptedAt.map { min($0, time) } ?? time
            }
        }
        return places.isEmpty ? .none : move(places, to: state, receipt)
    }

    /// False for one of which only the queue has told, and that it has not been in any submission.
    private func mayHaveBeenIn(_ recipient: TrackedRecipient) -> Bool {
        recipient.wasSubmitted || (recipient.state != .queued && recipient.state != .withdrawn)
    }

    private mutating func moveConcerned(to state: TrackingState, _ receipt: Receipt) -> ReceiptEffect {
        let places = concerned(receipt)
        guard places.isEmpty else { return move(places, to: state, receipt) }
        return receipt.concerned.first.map(ReceiptEffect.stranger) ?? .none
    }

    /// The recipients that a receipt is about. A notice that names nobody is about the only one there is.
    private func concerned(_ receipt: Receipt) -> [Int] {
        if receipt.concerned.isEmpty, recipients.count == 1 { return [0] }
        return receipt.concerned.compactMap(index)
    }

    private mutating func move(
        _ places: some Sequence<Int>,
        to state: TrackingState,
        _ receipt: Receipt
    ) -> ReceiptEffect {
        var moved: [Int] = []
        for place in places where recipients[place].state.isOvertaken(by: state) {
            recipients[place].state = state
            recipients[place].since = receipt.time ?? recipients[place].since
            recipients[place].detail = receipt.detail
            moved.append(recipients[place].number)
        }
        return moved.isEmpty ? .known : .moved(moved)
    }

    /// The recipient of an address as a receipt writes it: letters without case, the domain in A-labels.
    private func index(of text: String) -> Int? {
        let key = Self.key(text)
        return recipients.firstIndex { $0.address.comparisonKey == key }
    }

    /// An address as receipts write it, in the form that compares.
    static func key(_ address: String) -> String { AddrSpec(address)?.comparisonKey ?? address.lowercased() }
}
