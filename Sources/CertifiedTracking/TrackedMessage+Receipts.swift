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
            return moveSubmitted(to: .accepted, receipt)
        case .refused: return moveSubmitted(to: .refused, receipt)
        case .takenInCharge, .other: return .none
        case .delivered: return moveConcerned(to: .delivered, receipt)
        case .failed: return moveConcerned(to: .failed, receipt)
        case .warned: return moveConcerned(to: .warned, receipt)
        case .overdue: return moveConcerned(to: isFinalNotice(receipt) ? .failed : .warned, receipt)
        }
    }

    /// The words do not tell which notice it is: the time since the submission does, and in doubt it is a warning.
    private func isFinalNotice(_ receipt: Receipt) -> Bool {
        guard let time = receipt.time else { return false }
        return TimeoutStage.unclear.settled(after: time - (submittedAt ?? created)) == .twentyFourHours
    }

    private mutating func learnKinds(_ named: [CertifiedRecipient]) {
        for recipient in named {
            guard let isCertified = recipient.isCertified, let index = index(of: recipient.address) else { continue }
            recipients[index].isCertified = recipients[index].isCertified ?? isCertified
        }
    }

    /// What the sender's provider says of a submission is about the recipients that were in it: a message may go in several, when the
    /// server puts one recipient off. The receipt names them; one that names none that is known here is about those that have been sent.
    private mutating func moveSubmitted(to state: TrackingState, _ receipt: Receipt) -> ReceiptEffect {
        let named = (receipt.recipients.map(\.address) + receipt.concerned).compactMap(index)
        if !named.isEmpty { return move(Set(named).sorted(), to: state, receipt) }
        if recipients.count == 1 { return move(recipients.indices, to: state, receipt) }
        let sent = recipients.indices.filter {
            recipients[$0].state == .submitted || recipients[$0].state == .uncertain
        }
        return sent.isEmpty ? .none : move(sent, to: state, receipt)
    }

    private mutating func moveConcerned(to state: TrackingState, _ receipt: Receipt) -> ReceiptEffect {
        // A notice that names nobody is about the only one there is.
        if receipt.concerned.isEmpty, recipients.count == 1 { return move(recipients.indices, to: state, receipt) }
        let places = receipt.concerned.compactMap(index)
        guard places.isEmpty else { return move(places, to: state, receipt) }
        return receipt.concerned.first.map(ReceiptEffect.stranger) ?? .none
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
