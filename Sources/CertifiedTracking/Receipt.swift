// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import CertifiedMail
public import MailModel

/// What tracking needs to know of one receipt, which a provider's box of ours held.
public struct Receipt: Hashable, Sendable {
    /// What a receipt says about the recipients it concerns.
    public enum Statement: String, Hashable, Sendable, CaseIterable {
        /// The sender's provider took the message.
        case accepted
        /// It did not take it: no recipient gets it.
        case refused
        /// Between providers; says nothing that a sender waits for.
        case takenInCharge = "taken-in-charge"
        /// It lies in the recipient's box.
        case delivered
        /// It was not delivered, and will not be.
        case failed
        /// Not delivered within 12 hours.
        case warned
        /// Not delivered in time, and the words do not tell whether 12 or 24 hours are over.
        case overdue
        /// Nothing that moves a state.
        case other
    }

    /// The account in whose box it was, in comparison form.
    public var account: String
    /// What it is.
    public var kind: MessageKind
    /// What it says.
    public var statement: Statement
    /// What went wrong, in the words of PEC; nil where nothing did.
    public var failure: CertificationFailure?
    /// The words of the provider about a failure; nil without one.
    public var detail: String?
    /// The identifier that the sender's client gave to the message that this is about; nil when the receipt lacks it.
    public var messageID: String?
    /// True when `messageID` is part of what is signed; false when the header alone tells it, which anybody can change.
    public var isMessageIDSigned = true
    /// The provider's identifier of that message.
    public var identifier: String?
    /// The receipt's own identifier.
    public var ownMessageID: String?
    /// The provider that issued it.
    public var provider: String?
    /// When the event took place, by the provider's clock; nil when the receipt tells none.
    public var time: Timestamp?
    /// Who sent the message that it is about; nil when it does not tell.
    public var sender: String?
    /// All recipients that it names, with their kinds.
    public var recipients: [CertifiedRecipient]
    /// The recipients it is about; empty for the message as a whole.
    public var concerned: [String]
    /// The judgement of its signature, in the words of `inspect`.
    public var signature: SignatureFinding.State
    /// The address in the signer's certificate; nil without one.
    public var signer: String?
    /// Why it is not believed, in words; nil when it is. A receipt that is not believed moves nothing.
    public var doubt: String?

    /// A receipt; facts that are not given are "not told", and it is believed unless `doubt` says why not.
    public init(
        account: String,
        kind: MessageKind,
        statement: Statement,
        failure: CertificationFailure? = nil,
        detail: String? = nil,
        messageID: String? = nil,
        identifier: String? = nil,
        ownMessageID: String? = nil,
        provider: String? = nil,
        time: Timestamp? = nil,
        sender: String? = nil,
        recipients: [CertifiedRecipient] = [],
        concerned: [String] = [],
        signature: SignatureFinding.State,
        signer: String? = nil,
        doubt: String? = nil
    ) {
        self.account = account
        self.kind = kind
        self.statement = statement
        self.failure = failure
        self.detail = detail
        self.messageID = messageID
        self.identifier = identifier
        self.ownMessageID = ownMessageID
        self.provider = provider
        self.time = time
        self.sender = sender
        self.recipients = recipients
        self.concerned = concerned
        self.signature = signature
        self.signer = signer
        self.doubt = doubt
    }

    /// The receipt that `message` is, found in the box of `account` with its signature judged as `finding`; nil when it is none.
    ///
    /// Without a finding (its octets could not be read again) it is not believed.
    public init?(_ message: CertifiedMessage, finding: SignatureFinding?, account: String) {
        guard message.kind.isReceipt else { return nil }
        self.init(
            account: account,
            kind: message.kind,
            statement: Statement(message),
            failure: message.failure == CertificationFailure.none ? nil : message.failure,
            detail: message.failureText,
            messageID: message.messageID,
            identifier: message.identifier,
            ownMessageID: message.ownMessageID,
            provider: message.provider,
            time: message.time?.timestamp,
            sender: message.sender,
            recipients: message.recipients,
            concerned: message.concerned,
            signature: finding?.state ?? .missing,
            signer: finding?.signer,
            doubt: finding.map { Doubt.words(message, $0) } ?? Doubt.notExamined
        )
        isMessageIDSigned = (message.certification?.messageID ?? message.evidence?.messageID) != nil
    }
}

extension Receipt.Statement {
    /// What `message` says.
    init(_ message: CertifiedMessage) {
        self =
            switch message.kind {
            case .acceptance: .accepted
            case .nonAcceptance: .refused
            case .takeCharge: .takenInCharge
            case .delivery: .delivered
            case .nonDelivery: .failed
            case .nonDeliveryWarning:
                switch message.timeoutStage ?? .unclear {
                case .twelveHours: .warned
                case .twentyFourHours: .failed
                case .unclear: .overdue
                }
            case .remReceipt: Self(remEvent: message.remEvent ?? "")
            case .transportEnvelope, .virusDetection, .anomaly, .ordinary, .remDispatch: .other
            }
    }

    /// The events of ETSI EN 319 522-1 §6 that a sender hears of. A relay to a system outside is no delivery: its provider took the message.
    private init(remEvent: String) {
        self =
            switch remEvent {
            case "SubmissionAcceptance": .accepted
            case "SubmissionRejection": .refused
            case "RelayAcceptance": .takenInCharge
            case "ContentConsignment", "ContentHandover": .delivered
            case "RelayRejection", "RelayFailure", "ContentConsignmentFailure", "ContentHandoverFailure",
                "ConsignmentRejection", "AcceptanceRejectionExpiry", "RelayToNonERDSFailure":
                .failed
            default: .other
            }
    }
}
