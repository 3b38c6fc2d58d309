// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The receipts of acceptance of one account in one mail: a list in Italian and English, and each receipt attached octet for octet.
///
/// ```text
/// multipart/mixed
///   text/plain        the list
///   message/rfc822    a receipt, as the provider sent it, so that its signature still verifies
///   message/rfc822    …
/// ```
/// A receipt stands between two boundaries as it is; no transfer encoding is allowed there (RFC 2046 §5.2.1). The pieces are written one
/// after the other, so that memory does not follow the size.
public struct AcceptanceDigest: Sendable {
    /// A receipt as the list shows it.
    public struct Item: Hashable, Sendable {
        /// When the provider accepted the message, or when the receipt came.
        public var time: Timestamp
        /// The subject of the message, decoded; nil when it has none.
        public var subject: String?
        /// Whom it went to.
        public var recipients: [String]
        /// The provider's identifier; nil when the receipt lacks it.
        public var identifier: String?
        /// Why the receipt is not believed; nil when it is.
        public var doubt: String?

        /// A line of the list.
        public init(time: Timestamp, subject: String?, recipients: [String], identifier: String?, doubt: String? = nil)
        {
            self.time = time
            self.subject = subject
            self.recipients = recipients
            self.identifier = identifier
            self.doubt = doubt
        }
    }

    /// The account's address.
    public let account: AddrSpec
    /// Who gets it.
    public let readers: [AddrSpec]
    /// The receipts, in the order in which they are attached.
    public let items: [Item]
    /// Which of several digests of the same day it is, 1...; nil when it is the only one.
    public let part: Int?
    /// The gateway's own name.
    public let hostname: String
    /// Whom the readers can write to.
    public let postmaster: AddrSpec
    /// When.
    public let now: Timestamp
    /// The identifier of the digest itself.
    public let id: QueueID
    /// Writes a moment as its readers' clock shows it.
    let clockText: @Sendable (Timestamp) -> String

    /// A digest; `clockText` writes moments as the readers' clock shows them.
    public init(
        account: AddrSpec,
        readers: [AddrSpec],
        items: [Item],
        part: Int?,
        hostname: String,
        postmaster: AddrSpec,
        now: Timestamp,
        id: QueueID,
        clockText: @escaping @Sendable (Timestamp) -> String = { MailDate.format($0) }
    ) {
        self.account = account
        self.readers = readers
        self.items = items
        self.part = part
        self.hostname = hostname
        self.postmaster = postmaster
        self.now = now
        self.id = id
        self.clockText = clockText
    }

    /// Header and list; the attachments follow.
    public var opening: String {
        var text = letter.header
        text += "Content-Type: multipart/mixed;\r\n boundary=\"\(boundary)\"\r\n\r\n--\(boundary)\r\n"
        return text + letter.textFields + "\r\n" + TextEncoding.quotedPrintable(body)
    }

    /// What stands in front of the octets of the receipt `index`, 0...
    public func attachment(_ index: Int, isEightBit: Bool) -> String {
        let name = "\(index + 1 < 100 ? index + 1 < 10 ? "00" : "0" : "")\(index + 1)-accettazione.eml"
        return "\r\n--\(boundary)\r\nContent-Type: message/rfc822; name=\"\(name)\"\r\n"
            + "Content-Disposition: attachment; filename=\"\(name)\"\r\n"
            + "Content-Transfer-Encoding: \(isEightBit ? "8bit" : "7bit")\r\n\r\n"
    }

    /// What stands behind the last receipt.
    public var ending: String { "\r\n--\(boundary)--\r\n" }

    /// The digest as a message for the queue, its body already written.
    public func arrival(
        body: MessageBody,
        size: Int,
        isEightBit: Bool,
        hasBareLineEnds: Bool,
        requiresSMTPUTF8: Bool,
        route: Route = .exchange
    ) -> Arrival {
        Arrival(
            message: QueuedMessage(
                id: id,
                origin: .notice,
                arrival: now,
                reversePath: .null,
                requiresSMTPUTF8: requiresSMTPUTF8 || !isASCII,
                isEightBit: isEightBit || !isASCII,
                hasBareLineEnds: hasBareLineEnds,
                size: size,
                headerFrom: postmaster.description,
                subject: subject,
                messageID: letter.messageID,
                routeReason: "digest of acceptances of \(account)"
            ),
            recipients: letter.recipients(route: route),
            body: body
        )
    }

    private var isASCII: Bool { letter.isASCII && account.isASCII }

    private var letter: GatewayLetter {
        GatewayLetter(
            id: id,
            hostname: hostname,
            postmaster: postmaster,
            readers: readers,
            subject: subject,
            date: now
        )
    }

    private var boundary: String { "=_\(id)_digest" }

    private var subject: String {
        let number = part.map { " (\($0))" } ?? ""
        return "Ricevute di accettazione / Receipts of acceptance: \(items.count), \(account)\(number)"
    }

    private var body: String {
        let list = items.enumerated().map(line).joined(separator: "\n")
        let one = items.count == 1
        return """
            Il gestore di \(account) ha accettato \(one ? "il messaggio seguente" : "i \(items.count) messaggi seguenti"). Ogni ricevuta è
            allegata come è arrivata, con la firma del gestore.

            The provider of \(account) has accepted \(one ? "the following message" : "the following \(items.count) messages"). Each receipt
            is attached as it came, with the provider's signature.

            \(list)

            -- \(hostname). Per aiuto / For help: \(postmaster)
            """
    }

    private func line(_ number: Int, _ item: Item) -> String {
        let shown = item.recipients.prefix(20).map { PlainText.oneLine($0) }.joined(separator: ", ")
        let more = item.recipients.count > 20 ? ", … (\(item.recipients.count))" : ""
        var lines = [
            "\(number + 1). \(clockText(item.time))  \(item.subject.map { PlainText.oneLine($0) } ?? "-")",
            "    a / to: \(shown)\(more)",
        ]
        if let identifier = item.identifier {
            lines.append("    identificativo / identifier: \(PlainText.oneLine(identifier))")
        }
        if let doubt = item.doubt {
            lines.append("    ATTENZIONE, ricevuta non attendibile / NOT BELIEVED: \(PlainText.oneLine(doubt))")
        }
        return lines.joined(separator: "\n")
    }
}
