// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

struct SubmissionHeaderTests {
    private func stripped(_ message: String) -> String {
        String(buffer: SubmissionHeader.withoutInternalFields(ByteBuffer(string: message)))
    }

    @Test(arguments: [
        "Received: from EXCH1.azienda.lan (10.0.0.10) by\r\n EXCH2.azienda.lan with Microsoft SMTP Server\r\n id 15.2; Mon",
        "x-originating-ip: [10.1.2.3]", "X-MS-Exchange-Organization-AuthAs: Internal",
        "X-MS-Exchange-Organization-MessageDirectionality:\r\n\tOriginating", "X-MS-Exchange-CrossTenant-Id: 1",
        "X-MS-Exchange-Transport-CrossTenantHeadersStamped: x", "X-MS-Exchange-Forest-RulesExecuted: EXCH1",
        "X-MS-Exchange-AntiSpam-Relay: 0", "X-MS-EXCHANGE-SenderADCheck: 1", "X-Microsoft-Antispam: BCL:0",
        "X-Microsoft-Antispam-Message-Info: abc", "X-Forefront-Antispam-Report: x",
        "X-ClientProxiedBy: EXCH1 (10.0.0.10)",
        "X-OriginatorOrg: azienda.it", "Bcc:", "Bcc: \r\n \r\n\t", "Message-ID:", "Message-ID: <>",
    ])
    func `internal fields go, wherever they stand`(_ field: String) {
        let rest = "From: a@b.it\r\nSubject: x\r\n folded\r\n"
        let body = "\r\n\(field)\r\n\r\nx\r\n"
        #expect(stripped("\(field)\r\n\(rest)\(body)") == rest + body)
        #expect(stripped("From: a@b.it\r\n\(field)\r\nSubject: x\r\n folded\r\n\(body)") == rest + body)
        #expect(stripped("\(rest)\(field)\r\n\(field)\r\n\(body)") == rest + body)
        #expect(stripped("\(rest)\(field)\n\n") == "\(rest)\n")
        #expect(stripped("\(rest)\(field)") == rest)
    }

    @Test(arguments: [
        "Thread-Index: Adc=", "Thread-Topic: x", "X-MS-Has-Attach: yes", "X-MS-TNEF-Correlator: <a@b>",
        "Accept-Language: it",
        "Received-SPF: x", "X-Received: y", "X-MS-ExchangeX: y", "XX-Originating-IP: y", "Message-ID: <a@b>",
        "Bcc: a@b.it",
        "X-TipoRicevuta: breve", "MIME-Version: 1.0", "Subject: Received: x", "DKIM-Signature: v=1;\r\n h=Received",
        "X-Y:\u{FF}",
        "Date: Mon, 23 Nov 2026 10:00:00 +0000", "References: <a@b>\r\n <c@d>",
    ])
    func `every other field keeps its octets`(_ field: String) {
        let message = "From: a@b.it\r\n\(field)\r\nTo: c@d.it\n\r\nReceived: x\r\n"
        #expect(stripped(message) == message)
        #expect(stripped("Received: y\r\n\(message)") == message)
    }

    @Test(arguments: [
        "", "\r\n", "\r\nReceived: x\r\n", "no field\r\nReceived: x\r\n", " folded first\r\nReceived: x\r\n", "x",
    ])
    func `what is no header is left alone`(_ message: String) {
        #expect(stripped(message) == message)
    }

    @Test func `a line that is no field ends what is looked at`() {
        #expect(
            stripped("Received: x\r\nFrom: a@b.it\r\nno field\r\nReceived: y\r\n\r\n")
                == "From: a@b.it\r\nno field\r\nReceived: y\r\n\r\n"
        )
    }

    @Test func `octets that are not at the beginning of their buffer are taken off as well`() {
        var octets = ByteBuffer(string: "skipReceived: x\r\nFrom: a@b.it\r\n\r\nbody")
        octets.moveReaderIndex(forwardBy: 4)
        #expect(String(buffer: SubmissionHeader.withoutInternalFields(octets)) == "From: a@b.it\r\n\r\nbody")
    }

    @Test func `any header loses its internal fields and nothing else`() {
        var generator = SplitMix()
        let gone = [
            "Received: a\r\n", "RECEIVED : b\n c\n", "X-MS-Exchange-X:\r\n", "bcc:\t\r\n \r\n",
            "X-Originating-IP: [::1]\n",
        ]
        let kept = ["To: a@b.it\r\n", "Subject:\r\n Received: x\r\n", "X: \u{0}\n", "Thread-Index: y\r\n", "Bcc: x\n"]
        for _ in 0..<2000 {
            var message = ""
            var wanted = ""
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                if Bool.random(using: &generator) {
                    message += gone.randomElement(using: &generator) ?? ""
                } else {
                    let field = kept.randomElement(using: &generator) ?? ""
                    message += field
                    wanted += field
                }
            }
            let body =
                ["", "\r\nReceived: x\r\n", "\nBcc:\n\n", "è: y\r\nReceived: x", "x\r\nReceived: y\r\n\r\n"]
                .randomElement(using: &generator) ?? ""
            #expect(stripped(message + body) == wanted + body)
        }
    }

    /// The generator of Vigna's SplitMix64, the same in every run.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64 = 5322
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private func addition(_ header: String, _ receiptType: ReceiptRequest? = nil) throws -> SubmissionHeader.Addition {
        var generator = SplitMix()
        return SubmissionHeader.addition(
            to: HeaderSection(ByteBuffer(string: header)),
            id: try #require(QueueID("01JD2M6Q0Z9W8K3T")),
            hostname: "relay.azienda.it",
            moment: Timestamp(milliseconds: 1_795_428_000_000),
            receiptType: receiptType,
            using: &generator
        )
    }

    private static let received =
        "Received: by relay.azienda.it id 01JD2M6Q0Z9W8K3T; Mon, 23 Nov 2026 10:00:00 +0000\r\n"

    @Test func `a message with an identifier gets one Received field, which names no client`() throws {
        let addition = try addition("Message-ID: <a@b>\r\n\r\n")
        #expect(addition.fields == Self.received)
        #expect(addition.messageID == "a@b")
    }

    @Test(arguments: ["Subject: x\r\n\r\n", "Message-ID:\r\n\r\n", "Message-ID: < >\r\n\r\nMessage-ID: <body@b>\r\n"])
    func `a message without an identifier gets one that nobody can guess`(_ header: String) throws {
        let addition = try addition(header)
        #expect(addition.fields == "\(Self.received)Message-ID: <\(addition.messageID)>\r\n")
        #expect(addition.messageID.wholeMatch(of: /01JD2M6Q0Z9W8K3T\.[0-9a-f]{24}@relay\.azienda\.it/) != nil)
    }

    @Test func `of two identifiers the one that names something counts`() throws {
        let addition = try addition("Message-ID:\r\nMessage-ID: <a@b>\r\n\r\n")
        #expect(addition.fields == Self.received && addition.messageID == "a@b")
    }

    @Test(arguments: [(ReceiptRequest.full, "completa"), (.brief, "breve"), (.summary, "sintetica")])
    func `the kind of receipt is asked for unless the message does so itself`(
        _ type: ReceiptRequest,
        _ word: String
    ) throws {
        #expect(try addition("Message-ID: <a@b>\r\n", type).fields == "\(Self.received)X-TipoRicevuta: \(word)\r\n")
        #expect(try addition("Message-ID: <a@b>\r\nx-tiporicevuta: altro\r\n", type).fields == Self.received)
    }
}
