// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import MailModel
import MailQueue
import NIOCore
import Testing

struct UncertainNoticeTests {
    private let postmaster = AddrSpec(localPart: "postmaster", domain: "azienda.it")
    private let start = Timestamp(milliseconds: 1_795_428_000_000)

    private func message(subject: String? = "Diffida", senders: [String] = ["mario@azienda.it"]) -> TrackedMessage {
        TrackedMessage(
            id: QueueID(arrival: start),
            account: "azienda@pec.it",
            messageID: "1@azienda.it",
            subject: subject,
            senders: senders.compactMap { AddrSpec($0) },
            contentDigest: "00",
            created: start,
            recipients: [
                TrackedRecipient(
                    number: 0,
                    address: AddrSpec(localPart: "a", domain: "pec.example.it"),
                    state: .uncertain,
                    since: start + .seconds(60)
                ),
                TrackedRecipient(
                    number: 1,
                    address: AddrSpec(localPart: "b", domain: "pec.example.it"),
                    state: .delivered,
                    since: start
                ),
            ]
        )
    }

    private func arrival(_ message: TrackedMessage) -> Arrival? {
        UncertainNotice(message, hostname: "relay.azienda.it", postmaster: postmaster, now: start + .seconds(3600))
            .arrival()
    }

    @Test func `the sender is told what is known, what not to do and whom to ask, in both languages`() throws {
        let arrival = try #require(self.arrival(message()))
        let octets = octets(of: arrival)
        #expect(lineFaults(octets) == [])
        #expect(arrival.message.reversePath == .null && arrival.message.origin == .notice)
        #expect(arrival.recipients.map(\.recipient.forwardPath.description) == ["mario@azienda.it"])
        #expect(arrival.recipients.allSatisfy { $0.route == .exchange })
        let parsed = ParsedMessage(String(decoding: octets, as: UTF8.self))
        #expect(parsed.first("In-Reply-To") == "<1@azienda.it>")
        #expect(parsed.first("Subject") == "Esito incerto / Outcome uncertain: Diffida")
        let text = parsed.body.quotedPrintableDecoded
        for words in [
            "NON inviarlo di nuovo a mano", "do NOT send it again by hand", "postmaster@azienda.it", "azienda@pec.it",
            "Non viene inviato di nuovo in", "decide postmaster@azienda.it, che è già stato avvisato",
            "It is not tried again by itself", "<a@pec.example.it>", "Uncertain since: Mon, 23 Nov 2026 10:01:00 +0000",
        ] { #expect(text.contains(words), "\(words)") }
        // Of the one that was delivered there is nothing to say.
        #expect(!text.contains("b@pec.example.it"))
    }

    @Test func `an encoded subject is readable, and one with line ends breaks nothing`() throws {
        let encoded = try #require(self.arrival(message(subject: "=?utf-8?Q?perch=C3=A9?=")))
        #expect(encoded.message.subject == "Esito incerto / Outcome uncertain: perché")
        let hostile = try #require(self.arrival(message(subject: "x\r\nBcc: evil@example.org\r\n\r\n")))
        #expect(lineFaults(octets(of: hostile)) == [])
        #expect(ParsedMessage(String(decoding: octets(of: hostile), as: UTF8.self)).first("Bcc") == nil)
    }

    @Test func `a message without a sender has nobody to tell`() {
        #expect(arrival(message(senders: [])) == nil)
    }
}

struct AcceptanceDigestTests {
    private let start = Timestamp(milliseconds: 1_795_428_000_000)

    private func digest(_ items: [AcceptanceDigest.Item], part: Int? = nil) -> AcceptanceDigest {
        AcceptanceDigest(
            account: AddrSpec(localPart: "azienda", domain: "pec.it"),
            readers: [AddrSpec(localPart: "protocollo", domain: "azienda.it")],
            items: items,
            part: part,
            hostname: "relay.azienda.it",
            postmaster: AddrSpec(localPart: "postmaster", domain: "azienda.it"),
            now: start,
            id: QueueID(arrival: start),
            clockText: { _ in "23/11/2026 11:00:00 +0100" }
        )
    }

    private func item(_ subject: String?, recipients: [String] = ["a@pec.example.it"]) -> AcceptanceDigest.Item {
        .init(time: start, subject: subject, recipients: recipients, identifier: "opec1@pec.it")
    }

    @Test func `the receipts stand in it octet for octet, whatever their line ends`() {
        let receipts = [
            "Subject: uno\r\n\r\nciao", "Subject: due\r\n\r\nbare\nLF\n", "Subject: tre\r\n\r\n--=_x\r\n\r\n",
        ]
        let digest = digest([item("uno"), item("perché due"), item(nil)])
        var text = digest.opening
        for (index, receipt) in receipts.enumerated() {
            text += digest.attachment(index, isEightBit: index == 1) + receipt
        }
        text += digest.ending
        let parts = ParsedMessage(text).parts
        #expect(parts.count == 4)
        #expect(parts.dropFirst().map { $0.first("Content-Type")?.hasPrefix("message/rfc822") } == [true, true, true])
        #expect(parts.dropFirst().map { $0.first("Content-Transfer-Encoding") } == ["7bit", "8bit", "7bit"])
        #expect(parts.dropFirst().map(\.body) == receipts)
        let list = parts[0].body.quotedPrintableDecoded
        for words in ["1. 23/11/2026 11:00:00 +0100  uno", "2. 23/11/2026 11:00:00 +0100  perché due", "opec1@pec.it"] {
            #expect(list.contains(words), "\(words)")
        }
        #expect(list.contains("ha accettato i 3 messaggi") && list.contains("accepted the following 3 messages"))
    }

    @Test func `text of strangers cannot leave its line`() {
        let hostile = "x\r\n--=_y\r\nBcc: evil@example.org"
        let digest = digest([item(hostile, recipients: (0..<40).map { "r\($0)\r\n@pec.it" })], part: 2)
        let text = digest.opening
        #expect(lineFaults(Array(text.utf8)) == [])
        let message = ParsedMessage(text + digest.ending)
        #expect(message.parts.count == 1)
        #expect(message.first("Subject")?.hasSuffix("(2)") == true)
        #expect(message.parts[0].body.quotedPrintableDecoded.contains("… (40)"))
    }

    @Test func `it goes to its readers as a notice of our own`() {
        let arrival = digest([item("uno")]).arrival(
            body: .octets(ByteBuffer(string: "x")),
            size: 1,
            isEightBit: true,
            hasBareLineEnds: true,
            requiresSMTPUTF8: false
        )
        #expect(arrival.message.origin == .notice && arrival.message.reversePath == .null)
        #expect(arrival.message.isEightBit && arrival.message.hasBareLineEnds && !arrival.message.requiresSMTPUTF8)
        #expect(arrival.recipients.map(\.recipient.forwardPath.description) == ["protocollo@azienda.it"])
    }
}
