// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import Routing

public import struct NIOCore.ByteBuffer

/// What an SMTP listener hands its mail transactions to: the gateway's queue, or a simulated provider or Exchange.
///
/// Its functions, and those of the intake, are called on the connection's event loop: they must not block it. What
/// takes time (files, databases) waits on threads of its own.
public protocol MessageReceiving: Sendable {
    /// Judges MAIL FROM with its declared size; nil accepts it. Called before any recipient, and it may wait (room on
    /// disk).
    func judgeSender(_ reversePath: ReversePath, declaredSize: Int?, session: SessionFacts) async -> SMTPReply?
    /// Judges one recipient; nil accepts it. It answers from memory: the command loop waits for it.
    func judgeRecipient(_ recipient: EnvelopeRecipient, session: SessionFacts) -> SMTPReply?
    /// Judges a recipient beside those that the transaction has already; nil lets it join them.
    func judge(_ recipient: EnvelopeRecipient, beside others: [EnvelopeRecipient]) -> SMTPReply?
    /// Judges a recipient that `judgeRecipient` has accepted where that takes somebody's word; nil when there is nothing to wait for.
    func verification(
        of recipient: EnvelopeRecipient,
        session: SessionFacts
    ) -> (@Sendable () async -> SMTPReply?)?
    /// Begins to receive the content of a transaction whose envelope is complete.
    func begin(_ envelope: Envelope, session: SessionFacts) async -> any MessageIntake
}

extension MessageReceiving {
    /// Any may stand beside any.
    public func judge(_ recipient: EnvelopeRecipient, beside others: [EnvelopeRecipient]) -> SMTPReply? { nil }

    /// Nobody is asked.
    public func verification(
        of recipient: EnvelopeRecipient,
        session: SessionFacts
    ) -> (@Sendable () async -> SMTPReply?)? { nil }
}

/// Takes the content of one mail transaction. The listener calls `append` in order, then `finish` or `abandon`, once.
public protocol MessageIntake: Sendable {
    /// Takes the next octets of the content, dots unstuffed; waits while it cannot take more (backpressure).
    /// It does not report failure: a failed intake swallows the rest and says so in `finish`.
    func append(_ octets: ByteBuffer) async
    /// The content is complete.
    /// - Returns: the reply to the end of data; a positive one only once the message is durable (P1).
    func finish(_ facts: ContentFacts) async -> SMTPReply
    /// The client went away or broke the protocol: the transaction is void.
    func abandon() async
}

/// What the decoder learnt of the content while it passed.
public struct ContentFacts: Hashable, Sendable {
    /// Octets of the content.
    public var octets: Int
    /// True when a CR or LF stood outside a CRLF (only by BDAT: DATA refuses it).
    public var hasBareLineEnds: Bool
    /// True when an octet beyond ASCII was seen.
    public var isEightBit: Bool

    /// Facts.
    public init(octets: Int, hasBareLineEnds: Bool, isEightBit: Bool) {
        self.octets = octets
        self.hasBareLineEnds = hasBareLineEnds
        self.isEightBit = isEightBit
    }
}

/// What is known of the session that a transaction belongs to.
public struct SessionFacts: Hashable, Sendable {
    /// The session's identifier, as the log and the replies to the client name it.
    public var id: String
    /// The client's address, without port: `192.0.2.1` or `2001:db8::1`.
    public var peer: String
    /// The client's name in the DNS, when it leads back to the address.
    public var reverseName: String?
    /// The field that says which lists of the DNS name the client, with its CRLF; empty when none does.
    public var listings: String
    /// What the client called itself in EHLO or HELO.
    public var clientName: String
    /// True after EHLO, false after HELO.
    public var isExtended: Bool
    /// `TLSv1.3` and the like; nil in clear.
    public var tlsVersion: String?
    /// The subject of the client's certificate, when it presented one that verified.
    public var clientCertificate: String?
    /// The login of AUTH; nil before.
    public var authenticated: String?
    /// The organisations of Exchange Online of which its messages must name one, by the settings under which the session was admitted; nil where
    /// none is asked for.
    public var tenants: TenantRule?

    /// Facts of a session.
    public init(
        id: String,
        peer: String,
        reverseName: String? = nil,
        listings: String = "",
        clientName: String,
        isExtended: Bool,
        tlsVersion: String? = nil,
        clientCertificate: String? = nil,
        authenticated: String? = nil,
        tenants: TenantRule? = nil
    ) {
        self.id = id
        self.peer = peer
        self.reverseName = reverseName
        self.listings = listings
        self.clientName = clientName
        self.isExtended = isExtended
        self.tlsVersion = tlsVersion
        self.clientCertificate = clientCertificate
        self.authenticated = authenticated
        self.tenants = tenants
    }
}
