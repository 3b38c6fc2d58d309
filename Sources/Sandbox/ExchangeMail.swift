// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A message as Exchange writes it to its smarthost: trace and internal fields included.
public struct ExchangeMail: Sendable {
    /// The header From: the certified address that the user picked.
    public var from: AddrSpec
    /// To.
    public var to: [AddrSpec]
    /// Cc.
    public var cc: [AddrSpec] = []
    /// The subject.
    public var subject: String
    /// The text, in lines that end with LF.
    public var text: String
    /// Message-ID without angle brackets.
    public var messageID: String
    /// Date.
    public var date: Timestamp
    /// The server that sends it.
    public var server = "exch1.azienda.example"

    /// A message.
    public init(from: AddrSpec, to: [AddrSpec], subject: String, text: String, messageID: String, date: Timestamp) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.messageID = messageID
        self.date = date
    }

    /// The envelope that Exchange sends it with.
    public var envelope: Envelope {
        Envelope(reversePath: .mailbox(from), recipients: (to + cc).map { EnvelopeRecipient($0) })
    }

    /// The message, lines ending with CRLF.
    public var octets: [UInt8] {
        var text =
            "Received: from \(server) (10.0.0.10) by \(server)\r\n"
            + " (10.0.0.10) with Microsoft SMTP Server (version=TLS1_2) id 15.1.2507.6;\r\n"
            + " \(MailDate.format(date))\r\n"
        func add(_ name: String, _ body: String) { text += FieldWriter.field(name, body) }
        add("From", from.description)
        add("To", to.map(\.description).joined(separator: ", "))
        if !cc.isEmpty { add("Cc", cc.map(\.description).joined(separator: ", ")) }
        add("Subject", EncodedWords.encode(subject))
        add("Thread-Topic", EncodedWords.encode(subject))
        add("Date", MailDate.format(date))
        add("Message-ID", "<\(messageID)>")
        add("Accept-Language", "it-IT, en-US")
        add("Content-Language", "it-IT")
        add("X-MS-Has-Attach", "")
        add("X-MS-Exchange-Organization-AuthAs", "Internal")
        add("X-MS-Exchange-Organization-AuthSource", server)
        add("MIME-Version", "1.0")
        add("Content-Type", "text/plain; charset=\"iso-8859-1\"")
        add("Content-Transfer-Encoding", "quoted-printable")
        return Array(text.utf8) + [0x0D, 0x0A] + Latin1Text.encode(self.text + "\n")
    }
}
