// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What the queue knows of a message apart from its recipients and its octets.
public struct QueuedMessage: Hashable, Sendable {
    /// The identifier that follows the message.
    public var id: QueueID
    /// How it came here.
    public var origin: MessageOrigin
    /// When it was accepted.
    public var arrival: Timestamp
    /// The reverse-path towards the next hop.
    public var reversePath: ReversePath
    /// Whom reports about it go to: the sender as Exchange knows it, which is not the reverse-path where that is an account's address.
    public var reportTo: [AddrSpec]
    /// RET, when it was given.
    public var returnContent: ReturnContent?
    /// ENVID decoded, when it was given.
    public var envelopeID: String?
    /// True when an address or a header field holds UTF-8, so that the next hop must offer SMTPUTF8.
    public var requiresSMTPUTF8: Bool
    /// True when the content has octets beyond ASCII.
    public var isEightBit: Bool
    /// True when a CR or LF stands outside a CRLF: only BDAT carries such content unchanged.
    public var hasBareLineEnds: Bool
    /// Octets of the message as it is read and sent: `trace` and body.
    public var size: Int
    /// The fields of our own, each with its CRLF, that stand in front of the body when it is read. Where the body does not begin with a
    /// field, an empty line ends them. The body stored is what was handed over.
    public var trace: String
    /// The field body of From, unfolded and shortened for listings; nil when there is none.
    public var headerFrom: String?
    /// Subject likewise, still encoded.
    public var subject: String?
    /// Message-ID without angle brackets.
    public var messageID: String?
    /// Why it takes its route, in words.
    public var routeReason: String

    /// A message; optional facts default to "none", and reports go to the reverse-path.
    public init(
        id: QueueID,
        origin: MessageOrigin,
        arrival: Timestamp,
        reversePath: ReversePath,
        reportTo: [AddrSpec]? = nil,
        returnContent: ReturnContent? = nil,
        envelopeID: String? = nil,
        requiresSMTPUTF8: Bool = false,
        isEightBit: Bool = false,
        hasBareLineEnds: Bool = false,
        size: Int,
        trace: String = "",
        headerFrom: String? = nil,
        subject: String? = nil,
        messageID: String? = nil,
        routeReason: String = ""
    ) {
        self.id = id
        self.origin = origin
        self.arrival = arrival
        self.reversePath = reversePath
        self.reportTo = reportTo ?? reversePath.mailbox.map { [$0] } ?? []
        self.returnContent = returnContent
        self.envelopeID = envelopeID
        self.requiresSMTPUTF8 = requiresSMTPUTF8
        self.isEightBit = isEightBit
        self.hasBareLineEnds = hasBareLineEnds
        self.size = size
        self.trace = trace
        self.headerFrom = headerFrom
        self.subject = subject
        self.messageID = messageID
        self.routeReason = routeReason
    }
}

extension QueuedMessage {
    /// Puts further fields of our own, each with its CRLF, behind those that are on top.
    package mutating func addTrace(_ fields: String) {
        size += fields.utf8.count
        trace = traceBehind(fields)
    }

    /// The fields on top, with further ones behind them.
    package func traceBehind(_ fields: String) -> String {
        // A message without a header of its own has an empty line behind our fields.
        trace.hasSuffix("\r\n\r\n") ? String(trace.dropLast()) + fields + "\r\n" : trace + fields
    }
}
