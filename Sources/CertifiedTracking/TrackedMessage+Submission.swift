// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What the queue tells of a submission.
public enum SubmissionEvent: Hashable, Sendable {
    /// The provider's server replied 250.
    case taken
    /// It refused for good, or the message became too old; the reason in words.
    case refused(String)
    /// Its reply was lost (P5).
    case uncertain
    /// A person has it sent again: a state that only `uncertain` leads back from.
    case resent
    /// A person took it out.
    case withdrawn
}

extension TrackedMessage {
    /// Takes what happened to the recipients `numbers` in the queue into account. What receipts have proved stays.
    public mutating func note(_ event: SubmissionEvent, numbers: [Int], at moment: Timestamp) {
        if event == .taken { submittedAt = submittedAt ?? moment }
        for place in recipients.indices where numbers.contains(recipients[place].number) {
            let present = recipients[place].state
            let next: TrackingState
            var detail: String?
            switch event {
            case .taken: next = .submitted
            case .uncertain: next = .uncertain
            case .withdrawn: next = present == .queued || present == .uncertain ? .withdrawn : present
            case .resent: next = present == .uncertain ? .queued : present
            case .refused(let words):
                next = .refused
                detail = words
            }
            let mayMove = event == .resent || event == .withdrawn ? next != present : present.isOvertaken(by: next)
            if event == .taken || event == .uncertain { recipients[place].wasSubmitted = true }
            guard mayMove else { continue }
            recipients[place].state = next
            recipients[place].since = moment
            recipients[place].detail = detail
        }
    }
}
