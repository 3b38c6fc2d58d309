// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// A message on its way into the queue: stored whole in one durable commit, or not at all.
public struct Arrival: Sendable {
    /// The message's facts.
    public var message: QueuedMessage
    /// One or more recipients.
    public var recipients: [QueuedRecipient]
    /// Its octets.
    public var body: MessageBody
    /// Where it was retrieved; the seen-state is written in the same commit. Nil for what came otherwise.
    public var retrieved: RetrievedIdentity?
    /// What a certified message brings into tracking and archive; nil for other mail.
    public var certified: CertifiedFacts?
    /// By what the other copy of it would be known, of a message that may come by both ways: from the maildrop, and as a copy that the
    /// provider forwards. Nil for other mail, and where nothing can be said for sure.
    public var copyKey: CopyKey?

    /// An arrival.
    public init(
        message: QueuedMessage,
        recipients: [QueuedRecipient],
        body: MessageBody,
        retrieved: RetrievedIdentity? = nil,
        certified: CertifiedFacts? = nil,
        copyKey: CopyKey? = nil
    ) {
        self.message = message
        self.recipients = recipients
        self.body = body
        self.retrieved = retrieved
        self.certified = certified
        self.copyKey = copyKey
    }
}

/// The octets of an arriving message.
public enum MessageBody: Sendable {
    /// In memory; meant for messages up to the store's `inlineLimit`. The store takes larger ones too (a report that gives a message
    /// back) and keeps them in a file.
    case octets(ByteBuffer)
    /// Already written and made durable by a `BodyWriter`.
    case stored(StoredBody)
}

/// What a `BodyWriter` returns: a body that waits for its message. The adapter alone knows what the reference means.
public struct StoredBody: Hashable, Sendable {
    /// The adapter's own reference.
    public let reference: String
    /// Octets written.
    public let size: Int

    /// A body of `size` octets, known to the adapter as `reference`.
    public init(reference: String, size: Int) {
        self.reference = reference
        self.size = size
    }
}

/// Which message of which account's maildrop was retrieved.
public struct RetrievedIdentity: Hashable, Sendable {
    /// The account's address in its comparison form.
    public var account: String
    /// The provider's unique identifier (RFC 1939 §7 UIDL), or one derived from `digest` where the server has none.
    public var uniqueID: String
    /// SHA-256 of the octets as retrieved, in lower-case hexadecimal: the second key, for when identifiers are reset. Empty where another
    /// program retrieved the message and it was not seen here.
    public var digest: String
    /// Octets that the provider's scan listing gave the message when it was retrieved: another number under the same identifier is a
    /// hint that the identifier was given out anew. Nil where it is not known.
    public var listedOctets: Int?

    /// An identity.
    public init(account: String, uniqueID: String, digest: String, listedOctets: Int? = nil) {
        self.account = account
        self.uniqueID = uniqueID
        self.digest = digest
        self.listedOctets = listedOctets
    }
}
