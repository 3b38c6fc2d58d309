// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What a scanner is told of a message beside its octets.
public struct ScanSubject: Sendable {
    /// The SMTP client that handed it over.
    public struct Client: Hashable, Sendable {
        /// Its address, without port.
        public var address: String
        /// What it called itself in EHLO or HELO.
        public var name: String
        /// The name that the reverse DNS gives and the forward DNS confirms; nil where there is none or nobody looked.
        public var reverseName: String?
        /// True after EHLO.
        public var isExtended: Bool
        /// `TLSv1.3` and the like; nil in clear.
        public var tlsVersion: String?
        /// The login of AUTH.
        public var authenticated: String?

        /// A client.
        public init(
            address: String,
            name: String,
            reverseName: String? = nil,
            isExtended: Bool = true,
            tlsVersion: String? = nil,
            authenticated: String? = nil
        ) {
            self.address = address
            self.name = name
            self.reverseName = reverseName
            self.isExtended = isExtended
            self.tlsVersion = tlsVersion
            self.authenticated = authenticated
        }
    }

    /// What kind of mail it is, which decides what scanners may do to it.
    public enum Mail: Hashable, Sendable {
        /// From the Internet or from Exchange: may be refused, its header may be edited, its body too unless it is signed.
        case ordinary
        /// Retrieved from an ordinary account: there is nobody to refuse it to.
        case retrieved
        /// From Exchange on its way to a certified provider: may be refused to Exchange, never edited, and no antispam looks at it.
        case certifiedSubmission
        /// Received for a certified account, receipts included: tagged or quarantined, never refused, discarded or edited.
        case certified
    }

    /// The identifier in the log and the listings.
    public var id: QueueID
    /// What kind of mail it is.
    public var mail: Mail
    /// Who handed it over; nil when it was retrieved.
    public var client: Client?
    /// The gateway's own name.
    public var hostname: String
    /// How it came here: `internet`, `exchange`, `provider`, `retrieval`.
    public var entrance: String
    /// The envelope.
    public var reversePath: ReversePath
    /// The envelope's recipients.
    public var recipients: [EnvelopeRecipient]
    /// The header section of the message's own octets.
    public var header: HeaderSection
    /// Fields that scanners before this one put on top, each with its CRLF.
    var addedFields: [String] = []
    /// The way of a recipient that a scanner adds; nil for one that the entrance does not serve, which is not added (P6).
    public var way: @Sendable (AddrSpec) -> Route?

    /// A subject; no recipient may be added unless `way` knows where to.
    public init(
        id: QueueID,
        mail: Mail,
        client: Client?,
        hostname: String,
        entrance: String,
        reversePath: ReversePath,
        recipients: [EnvelopeRecipient],
        header: HeaderSection,
        way: @escaping @Sendable (AddrSpec) -> Route? = { _ in nil }
    ) {
        self.id = id
        self.mail = mail
        self.client = client
        self.hostname = hostname
        self.entrance = entrance
        self.reversePath = reversePath
        self.recipients = recipients
        self.header = header
        self.way = way
    }

    /// True when a scanner may have the body replaced.
    var allowsReplacement: Bool { mail == .ordinary && !isSigned }

    /// True when the top-level type says that the body is signed or encrypted (RFC 1847, RFC 8551): it is never replaced.
    public var isSigned: Bool {
        guard let type = header.first("Content-Type")?.lowercased() else { return false }
        return ["multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"]
            .contains { type.hasPrefix($0) }
    }
}
