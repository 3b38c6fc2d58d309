// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A dispatch or a receipt of registered electronic mail (REM; ETSI EN 319 532-3; FORMATS §2.7).
public struct RegisteredNotice: Sendable {
    /// What it is.
    public enum Form: String, CaseIterable, Sendable {
        /// The message itself, in the provider's envelope, with the evidence of its submission.
        case dispatch
        /// An evidence for the sender.
        case receipt
    }

    /// What it is.
    public let form: Form
    /// What happened.
    public let event: RegisteredEvent
    /// Why.
    public let reason: RegisteredReason
    /// The message it is about.
    public let original: OriginalMessage
    /// The recipients that it is about, as indices into those of the original; empty for the message as a whole.
    public let concerned: [Int]
    /// Its own Message-ID without angle brackets; a dispatch has the provider's for its original.
    public let identifier: String
    /// When it is issued.
    public let moment: Timestamp
    /// The provider's own words for the reason.
    public var words: String?

    /// A receipt about some recipients of `original`, or about the whole of it.
    public init(
        _ event: RegisteredEvent,
        _ reason: RegisteredReason,
        about original: OriginalMessage,
        concerning recipients: [AddrSpec] = [],
        identifier: String,
        moment: Timestamp
    ) {
        form = .receipt
        self.event = event
        self.reason = reason
        self.original = original
        concerned = original.recipients.indices.filter { recipients.contains(original.recipients[$0].address) }
        self.identifier = identifier
        self.moment = moment
    }

    /// The dispatch of `original`; of mail that came from outside when `isExternal`.
    public init(dispatching original: OriginalMessage, isExternal: Bool = false) {
        form = .dispatch
        event = isExternal ? .receivedFromNonERDS : .submissionAcceptance
        reason = isExternal ? .receivedFromNonERDS : .messageAccepted
        self.original = original
        concerned = []
        identifier = original.identifier
        moment = original.moment
    }

    /// The identifier of its evidence, without angle brackets.
    var evidenceIdentifier: String { "evidence.\(identifier)" }

    /// What stands before the subject of the original.
    var subjectPrefix: String {
        switch form {
        case .receipt: "REM \(event.rawValue)"
        case .dispatch: event == .receivedFromNonERDS ? "EXTERNAL" : "REM Dispatch"
        }
    }
}

extension OriginalMessage {
    /// The original as a dispatch carries it: the provider's Message-ID in place of the client's, which stays in
    /// REM-UAMessageIdentifier.
    var registered: [UInt8] { rewritten(reference: "REM-UAMessageIdentifier") }
}
