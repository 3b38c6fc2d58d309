// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The envelope of one mail transaction: what MAIL and RCPT said (RFC 5321 §3.3), with the DSN and SMTPUTF8 parameters.
public struct Envelope: Hashable, Sendable {
    /// The reverse-path of MAIL FROM.
    public var reversePath: ReversePath
    /// The recipients in the order of their RCPT commands.
    public var recipients: [EnvelopeRecipient]
    /// RET of RFC 3461 §4.3; nil when it was not given.
    public var returnContent: ReturnContent?
    /// ENVID of RFC 3461 §4.4, xtext decoded; nil when it was not given.
    public var envelopeID: String?
    /// True when MAIL carried SMTPUTF8 (RFC 6531 §3.4).
    public var requiresSMTPUTF8: Bool
    /// True when MAIL carried BODY=8BITMIME (RFC 6152).
    public var isEightBit: Bool

    /// An envelope; every parameter but the addresses defaults to "not given".
    public init(
        reversePath: ReversePath,
        recipients: [EnvelopeRecipient],
        returnContent: ReturnContent? = nil,
        envelopeID: String? = nil,
        requiresSMTPUTF8: Bool = false,
        isEightBit: Bool = false
    ) {
        self.reversePath = reversePath
        self.recipients = recipients
        self.returnContent = returnContent
        self.envelopeID = envelopeID
        self.requiresSMTPUTF8 = requiresSMTPUTF8
        self.isEightBit = isEightBit
    }

    /// Forgets what the sender wants reported, and how: whoever forges a reverse-path has no report sent to its owner.
    package mutating func dropReportRequests() {
        (returnContent, envelopeID) = (nil, nil)
        for index in recipients.indices {
            (recipients[index].notify, recipients[index].originalRecipient) = (nil, nil)
        }
    }
}
