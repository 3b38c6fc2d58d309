// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

public import struct NIOCore.ByteBuffer

/// The header section of a certified submission: what is taken off it, and what is put on top.
///
/// What is submitted stands in the recipient's evidence for ever (`postacert.eml`), so the fields by which servers of the company speak to
/// each other do not leave it. All other fields keep their octets, order and folding, and the body is never touched (P3).
public enum SubmissionHeader {
    /// Names of internal fields, in lower case; a name that ends with a hyphen stands for all that begin with it.
    ///
    /// `x-ms-exchange-` covers Organization, Forest, CrossTenant, CrossPremises, Transport, AntiSpam, SenderADCheck and the rest: all
    /// name servers, tenants, mailboxes or verdicts of the company. The fields of Outlook and of the message itself (`Thread-Index`,
    /// `Thread-Topic`, `X-MS-Has-Attach`, `X-MS-TNEF-Correlator`, `Accept-Language`) stay.
    static let internalNames = [
        "received", "x-ms-exchange-", "x-microsoft-antispam", "x-microsoft-antispam-", "x-forefront-",
        "x-ms-office365-filtering-", "x-ms-publictraffictype", "x-ms-traffictypediagnostic",
        "x-eopattributedmessage", "x-eoptenantattributedmessage", "x-crosspremisesheaders-",
        "x-crosspremisesheaderspromoted", "x-crosspremisesheadersfiltered", "x-organizationheaderspreserved",
        "x-originating-ip", "x-originatororg", "x-clientproxiedby", "x-externalrecipientoutboundconnectors",
    ]

    /// The octets of a message, or of its header section alone, without the internal fields, without empty Bcc fields (RFC 6109 §3.1.1: Bcc
    /// has no value) and without empty Message-ID fields, which name nothing. Everything else stays octet for octet.
    public static func withoutInternalFields(_ octets: ByteBuffer) -> ByteBuffer {
        withoutInternalFields(octets, HeaderSection(octets))
    }

    /// The same where the header section has been read already; `octets` begins with it.
    public static func withoutInternalFields(_ octets: ByteBuffer, _ header: HeaderSection) -> ByteBuffer {
        header.fields.filter(isRemoved).map(\.range).taken(off: octets)
    }

    private static func isRemoved(_ field: HeaderField) -> Bool {
        let name = field.name.lowercased()
        if name == "bcc" { return field.body.isEmpty }
        if name == "message-id" { return HeaderSection.identifier(field.body) == nil }
        return internalNames.contains { $0.hasSuffix("-") ? name.hasPrefix($0) : name == $0 }
    }
}

extension SubmissionHeader {
    /// What is put on top of a certified submission.
    public struct Addition: Hashable, Sendable {
        /// The fields, each with its CRLF: Received, then what the message lacked.
        public var fields: String
        /// The identifier of Message-ID without angle brackets: the message's own, or the one that was added.
        public var messageID: String
    }

    /// The fields on top of a certified submission: a Received field that names neither client nor address (ADR 0008), a Message-ID when
    /// the message has none, because its receipts are matched by it, and the request of the account's kind of delivery receipt when the
    /// message does not ask for one itself.
    ///
    /// ```text
    /// Received: by relay.azienda.it id 01JD2M6Q0Z9W8K3T; Mon, 23 Nov 2026 10:00:00 +0000
    /// Message-ID: <01JD2M6Q0Z9W8K3T.9f86d081884c7d659a2feaa0@relay.azienda.it>
    /// X-TipoRicevuta: breve
    /// ```
    public static func addition(
        to header: HeaderSection,
        id: QueueID,
        hostname: String,
        moment: Timestamp,
        receiptType: ReceiptRequest?,
        using generator: inout some RandomNumberGenerator
    ) -> Addition {
        var fields = "Received: by \(hostname) id \(id); \(MailDate.format(moment))\r\n"
        let messageID: String
        if let own = header.all("Message-ID").lazy.compactMap(HeaderSection.identifier).first {
            messageID = own
        } else {
            let chance = (0..<12).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            messageID = "\(id).\(Hexadecimal.lowerCase(chance))@\(hostname)"
            fields += "Message-ID: <\(messageID)>\r\n"
        }
        if let receiptType, header.count(ReceiptRequest.fieldName) == 0 {
            fields += "\(ReceiptRequest.fieldName): \(receiptType.fieldBody)\r\n"
        }
        return Addition(fields: fields, messageID: messageID)
    }
}
