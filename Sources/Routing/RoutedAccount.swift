// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What routing knows of an account.
public struct RoutedAccount: Hashable, Sendable {
    /// The address: mail From it leaves through its provider.
    public var address: AddrSpec
    /// True when its provider is certified (PEC): stricter rules, see `docs/routing.md`.
    public var isCertified: Bool
    /// The Exchange recipients of its mail.
    public var deliverTo: [AddrSpec]
    /// The provider's name in the configuration, for the words of a refusal.
    public var provider: String
    /// What the provider takes; judged for certified accounts.
    public var limits: SubmissionLimits
    /// The delivery receipts that certified submissions ask for where they do not say so themselves; nil asks for nothing.
    public var receiptType: ReceiptRequest?
    /// True when its maildrop is fetched as well: a copy that its provider forwards may come by both ways.
    public var isRetrieved: Bool

    /// An account.
    public init(
        address: AddrSpec,
        isCertified: Bool,
        deliverTo: [AddrSpec],
        provider: String = "",
        limits: SubmissionLimits = SubmissionLimits(),
        receiptType: ReceiptRequest? = nil,
        isRetrieved: Bool = false
    ) {
        self.address = address
        self.isCertified = isCertified
        self.deliverTo = deliverTo
        self.provider = provider
        self.limits = limits
        self.receiptType = receiptType
        self.isRetrieved = isRetrieved
    }
}

/// What a provider takes of one message; nil where no limit is known.
public struct SubmissionLimits: Hashable, Sendable {
    /// Recipients of one message.
    public var recipients: Int?
    /// Size of a message times its recipients.
    public var total: ByteCount?
    /// Extensions of the files that it refuses, in lower case, without dot.
    public var refusedExtensions: Set<String>

    /// Limits.
    public init(recipients: Int? = nil, total: ByteCount? = nil, refusedExtensions: Set<String> = []) {
        self.recipients = recipients
        self.total = total
        self.refusedExtensions = refusedExtensions
    }

    /// The most recipients that a message of `size` octets may have.
    public func maximumRecipients(ofSize size: Int) -> Int {
        min(recipients ?? .max, total.map { $0.octets / max(1, size) } ?? .max)
    }
}
