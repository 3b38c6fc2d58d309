// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

@testable import MailQueue

struct DeliveryReportTests {
    private static let now = Timestamp(milliseconds: 1_795_428_000_000)
    private static let sender = AddrSpec(localPart: "anna", domain: "azienda.it")
    private static let mario = AddrSpec(localPart: "mario", domain: "example.org")
    private static let postmaster = AddrSpec(localPart: "postmaster", domain: "azienda.it")
    private static let original =
        "From: <anna@azienda.it>\r\nSubject: Offerta\r\nMessage-ID: <m1@azienda.it>\r\n\r\nCiao Mario\r\n"

    private static func message(_ original: String = original, returnContent: ReturnContent? = nil) -> QueuedMessage {
        QueuedMessage(
            id: QueueID(arrival: now - .seconds(60)),
            origin: .exchange,
            arrival: now - .seconds(60),
            reversePath: .mailbox(sender),
            returnContent: returnContent,
            envelopeID: "QQ 314+1=x",
            size: original.utf8.count,
            subject: "Offerta",
            messageID: "m1@azienda.it"
        )
    }

    private static let refusal = ReportedRecipient(
        EnvelopeRecipient(mario, originalRecipient: "rfc822;m.rossi@example.org"),
        reply: SMTPReply(
            550,
            EnhancedStatus(5, 1, 1),
            lines: ["<mario@example.org>: utente sconosciuto però", "see http://x"]
        ),
        remoteMTA: "mx.example.org",
        lastAttempt: now
    )

    private static func report(
        _ action: DeliveryReport.Action = .failed,
        of message: QueuedMessage = message(),
        recipients: [ReportedRecipient] = [refusal],
        original: String = original
    ) -> DeliveryReport {
        DeliveryReport(
            action,
            of: message,
            recipients: recipients,
            original: ByteBuffer(string: original),
            hostname: "relay.azienda.it",
            postmaster: postmaster,
            now: now
        )
    }

    private static func parsed(_ arrival: Arrival) -> ParsedMessage {
        ParsedMessage(String(decoding: octets(of: arrival), as: UTF8.self))
    }

    @Test func `a failure report goes to the sender with a null reverse-path and asks for no report on itself`() {
        let arrival = Self.report().arrival(route: .exchange)
        #expect(arrival.message.origin == .notice)
        #expect(arrival.message.reversePath == .null)
        #expect(arrival.recipients.map(\.recipient) == [EnvelopeRecipient(Self.sender, notify: .never)])
        #expect(arrival.recipients.map(\.route) == [.exchange])
        #expect(arrival.message.size == octets(of: arrival).count)
        #expect(!arrival.message.isEightBit && !arrival.message.requiresSMTPUTF8)
    }

    @Test func `it goes to all who read the sender's mail`() {
        let reader = AddrSpec(localPart: "però", domain: "azienda.it")
        var message = Self.message()
        message.reportTo = [Self.sender, reader]
        let arrival = Self.report(of: message).arrival(route: .exchange)
        #expect(arrival.recipients.map(\.recipient.forwardPath) == [Self.sender, reader])
        #expect(arrival.recipients.map(\.number) == [0, 1])
        #expect(arrival.message.requiresSMTPUTF8)
        #expect(Self.parsed(arrival).first("To") == "<anna@azienda.it>, <però@azienda.it>")
    }

    @Test func `its header says what it is`() {
        let arrival = Self.report().arrival(route: .exchange)
        let message = Self.parsed(arrival)
        #expect(message.first("From") == "\"Mail Delivery System\" <postmaster@azienda.it>")
        #expect(message.first("To") == "<anna@azienda.it>")
        #expect(message.first("Subject") == "Mancata consegna / Undelivered: Offerta")
        #expect(message.first("Message-ID") == "<\(arrival.message.id)@relay.azienda.it>")
        #expect(message.first("In-Reply-To") == "<m1@azienda.it>")
        #expect(message.first("Auto-Submitted") == "auto-replied")
        #expect(message.first("MIME-Version") == "1.0")
        #expect(message.first("Content-Type")?.hasPrefix("multipart/report; report-type=delivery-status;") == true)
    }

    @Test func `it has the three parts of RFC 3462, the first for people in Italian and English`() throws {
        let parts = Self.parsed(Self.report().arrival(route: .exchange)).parts
        try #require(parts.count == 3)
        #expect(
            parts.map { $0.first("Content-Type") } == [
                "text/plain; charset=utf-8", "message/delivery-status", "message/rfc822",
            ]
        )
        let text = parts[0].body.quotedPrintableDecoded
        #expect(text.contains("NON è stato consegnato") && text.contains("was NOT delivered"))
        #expect(text.contains("e la consegna non sarà più ritentata.") && text.contains("will not be tried again."))
        #expect(text.contains("<mario@example.org>"))
        #expect(text.contains("550 5.1.1 <mario@example.org>: utente sconosciuto però see http://x"))
        #expect(text.contains("mx.example.org"))
        #expect(text.contains("controllare l'indirizzo") && text.contains("check the recipient's address"))
        #expect(text.contains("postmaster@azienda.it"))
        #expect(parts[2].body == Self.original)
    }

    @Test(arguments: [ReturnContent?.none, .headers])
    func `what is given back begins behind the trace fields of our own`(_ content: ReturnContent?) throws {
        var message = Self.message(returnContent: content)
        message.trace = "Received: from exch1 by relay.azienda.it\r\n"
        message.size += message.trace.utf8.count
        let parts = Self.parsed(
            Self.report(of: message, original: message.trace + Self.original).arrival(route: .exchange)
        )
        .parts
        try #require(parts.count == 3)
        #expect(Self.original.hasPrefix(parts[2].body) && parts[2].body.hasPrefix("From"))
        #expect((parts[2].body == Self.original) == (content == nil))
    }

    @Test func `the delivery status names every fact of RFC 3464`() throws {
        let parts = Self.parsed(Self.report().arrival(route: .exchange)).parts
        try #require(parts.count == 3)
        let message = Self.message()
        #expect(
            parts[1].body == """
                Original-Envelope-Id: QQ+20314+2B1+3Dx\r
                Reporting-MTA: dns; relay.azienda.it\r
                X-Queue-ID: \(Self.queueID(in: parts[1].body))\r
                Arrival-Date: \(MailDate.format(message.arrival))\r
                \r
                Original-Recipient: rfc822; m.rossi@example.org\r
                Final-Recipient: rfc822; mario@example.org\r
                Action: failed\r
                Status: 5.1.1\r
                Remote-MTA: dns; mx.example.org\r
                Diagnostic-Code: smtp; 550 5.1.1 <mario@example.org>: utente sconosciuto\r
                 per? see http://x\r
                Last-Attempt-Date: Mon, 23 Nov 2026 10:00:00 +0000\r

                """
        )
    }

    private static func queueID(in status: String) -> String {
        ParsedMessage(status + "\r\n\r\n").first("X-Queue-ID") ?? "-"
    }

    @Test func `a delay says until when it is tried, and a success that it was relayed`() throws {
        let until = Self.now + .seconds(86400)
        let unreached = ReportedRecipient(
            EnvelopeRecipient(Self.mario),
            status: EnhancedStatus(4, 4, 1),
            explanation: "connection to mx:25 timed out"
        )
        let delayed = Self.report(.delayed(willRetryUntil: until), recipients: [unreached]).arrival(route: .exchange)
        let status = try #require(Self.parsed(delayed).parts.dropFirst().first)
        #expect(status.body.contains("\r\nAction: delayed\r\nStatus: 4.4.1\r\n"))
        let text = try #require(Self.parsed(delayed).parts.first).body.quotedPrintableDecoded
        let italian = "Non occorre inviarlo di nuovo: la consegna sarà ritentata fino a \(MailDate.format(until))."
        #expect(text.contains(italian))
        #expect(status.body.contains("\r\nDiagnostic-Code: x-ceralacca; connection to mx:25 timed out\r\n"))
        #expect(status.body.contains("\r\nWill-Retry-Until: Tue, 24 Nov 2026 10:00:00 +0000\r\n"))
        #expect(Self.parsed(delayed).parts.last?.first("Content-Type") == "text/rfc822-headers")

        let accepted = ReportedRecipient(
            EnvelopeRecipient(Self.mario),
            reply: SMTPReply(250, EnhancedStatus(2, 6, 0), "ok")
        )
        let relayed = Self.report(.relayed, recipients: [accepted]).arrival(route: .exchange)
        #expect(Self.parsed(relayed).parts[1].body.contains("\r\nAction: relayed\r\nStatus: 2.6.0\r\n"))
    }

    @Test func `the status fits the action whatever the server said`() {
        let mixed = ReportedRecipient(
            EnvelopeRecipient(Self.mario),
            reply: SMTPReply(550, EnhancedStatus(2, 0, 0), "odd")
        )
        let failed = Self.parsed(Self.report(recipients: [mixed]).arrival(route: .exchange))
        #expect(failed.parts[1].body.contains("Status: 5.0.0\r\n"))
        #expect(
            ReportedRecipient(EnvelopeRecipient(Self.mario), reply: SMTPReply(421, nil, "busy")).status
                == EnhancedStatus(4, 0, 0)
        )
    }

    @Test func `RET decides what comes back, within a limit`() {
        #expect(DeliveryReport.octetsNeeded(.failed, of: Self.message()) == Self.original.utf8.count)
        let headers = Self.message(returnContent: .headers)
        let arrival = Self.report(of: headers).arrival(route: .exchange)
        #expect(Self.parsed(arrival).parts.last?.first("Content-Type") == "text/rfc822-headers")
        #expect(Self.parsed(arrival).parts.last?.body.contains("Subject: Offerta\r\n") == true)
        #expect(Self.parsed(arrival).parts.last?.body.contains("Ciao") == false)
        var large = Self.message(returnContent: .full)
        large.size = DeliveryReport.maximumReturnedOctets + 1
        #expect(DeliveryReport.octetsNeeded(.failed, of: large) == HeaderReturn.maximumOctets)
        #expect(
            Self.parsed(Self.report(of: large).arrival(route: .exchange)).parts.last?.first("Content-Type")
                == "text/rfc822-headers"
        )
    }

    @Test func `a message with octets beyond ASCII makes the report eight-bit and comes back unchanged`() {
        let text = "Subject: x\r\n\r\nperò\r\n"
        let arrival = Self.report(of: Self.message(text), original: text).arrival(route: .exchange)
        #expect(arrival.message.isEightBit)
        let last = Self.parsed(arrival).parts.last
        #expect(last?.first("Content-Transfer-Encoding") == "8bit")
        #expect(last?.body == text)
    }

    @Test(arguments: [
        ("però@città.it", "utf-8; per\\x{F2}@citt\\x{E0}.it"), ("a+b@x.it", "rfc822; a+b@x.it"),
    ])
    func `an address beyond ASCII takes the form of RFC 6533`(_ address: String, _ expected: String) throws {
        let at = try #require(address.firstIndex(of: "@"))
        let path = AddrSpec(localPart: String(address[..<at]), domain: String(address[address.index(after: at)...]))
        let recipient = ReportedRecipient(EnvelopeRecipient(path, originalRecipient: "rfc822;\(address)"))
        let arrival = Self.report(recipients: [recipient]).arrival(route: .exchange)
        #expect(Self.parsed(arrival).parts[1].body.contains("Final-Recipient: \(expected)\r\n"))
        #expect(Self.parsed(arrival).parts[1].body.contains("Original-Recipient: \(expected)\r\n"))
    }

    @Test func `a report is due as NOTIFY asks, and never without a sender or for what came from outside`() {
        let until = DeliveryReport.Action.delayed(willRetryUntil: Self.now)
        let cases: [(NotifyConditions?, [Bool])] = [
            (nil, [true, true, false]), (.never, [false, false, false]), (.failure, [true, false, false]),
            (.delay, [false, true, false]), ([.success, .failure], [true, false, true]),
        ]
        for (notify, expected) in cases {
            let recipient = EnvelopeRecipient(Self.mario, notify: notify)
            let due = [.failed, until, .relayed].map { DeliveryReport.isDue($0, of: Self.message(), to: recipient) }
            #expect(due == expected, "\(String(describing: notify))")
        }
        var message = Self.message()
        message.reportTo = []
        #expect(!DeliveryReport.isDue(.failed, of: message, to: EnvelopeRecipient(Self.mario)))
        for origin in [MessageOrigin.internet, .provider, .account("a@pec.example.it"), .notice] {
            var message = Self.message()
            message.origin = origin
            #expect(!DeliveryReport.isDue(.failed, of: message, to: EnvelopeRecipient(Self.mario)), "\(origin)")
        }
    }

    @Test(arguments: 0..<60)
    func `no odd input makes a line too long, a bare CR or LF, or a field of its own`(_ seed: Int) {
        var generator = SplitMix(state: UInt64(seed))
        var message = Self.message(Self.odd(&generator))
        message.subject = Self.odd(&generator)
        message.messageID = Self.odd(&generator)
        message.envelopeID = Self.odd(&generator)
        message.returnContent = seed % 2 == 0 ? .full : .headers
        let recipients = (0..<3).map { _ in
            ReportedRecipient(
                EnvelopeRecipient(
                    AddrSpec(localPart: Self.odd(&generator), domain: Self.odd(&generator)),
                    originalRecipient: Self.odd(&generator)
                ),
                reply: SMTPReply(550, nil, lines: [Self.odd(&generator), Self.odd(&generator)]),
                remoteMTA: Self.odd(&generator)
            )
        }
        let original = Self.odd(&generator)
        message.size = original.utf8.count
        let arrival = Self.report(of: message, recipients: recipients, original: original).arrival(route: .exchange)
        let octets = octets(of: arrival)
        #expect(lineFaults(octets) == [])
        let parsed = ParsedMessage(String(decoding: octets, as: UTF8.self))
        #expect(parsed.fields.map(\.name).filter { $0 == "Message-ID" }.count == 1)
        #expect(!parsed.fields.contains { $0.name == "X-Injected" })
        #expect(parsed.parts.first.map { !$0.fields.contains { $0.name == "X-Injected" } } == true)
        let declared = arrival.message.isEightBit
        #expect(declared || octets.allSatisfy { $0 < 0x80 })
    }

    private static func odd(_ generator: inout SplitMix) -> String {
        let pieces = [
            "\r\n", "\n", "\r", "\0", "X-Injected: yes\r\n", "\r\n\r\n", "però", "🐎", "<", ">", "@", ";", "=", "a b",
            "\u{202E}",
            String(repeating: "x", count: 1200), String(repeating: "è", count: 600), "Subject: y\r\n", " ", "\t", "--",
            "",
        ]
        return (0..<Int.random(in: 0...12, using: &generator)).map { _ in
            pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        }.joined()
    }
}

struct PostmasterNoticeTests {
    private let alert = Alert(
        key: "account:a@pec.example.it:login",
        since: Timestamp(milliseconds: 1_795_428_000_000),
        summary: "Il provider ha rifiutato l'accesso: 535 5.7.8 però no",
        affects: "a@pec.example.it",
        remedy: "Controllare la password."
    )
    private let postmaster = AddrSpec(localPart: "postmaster", domain: "azienda.it")

    @Test(arguments: [PostmasterNotice.Event.began, .ended])
    func `a notice says what, since when, what it affects and what to do, in both languages`(
        _ event: PostmasterNotice.Event
    ) {
        let now = alert.since + .seconds(3600)
        let arrival = PostmasterNotice(event, of: alert, hostname: "relay.azienda.it", postmaster: postmaster, now: now)
            .arrival()
        let octets = octets(of: arrival)
        #expect(lineFaults(octets) == [])
        #expect(octets.allSatisfy { $0 < 0x80 })
        #expect(arrival.message.reversePath == .null && arrival.message.origin == .notice)
        #expect(arrival.recipients.map(\.recipient.forwardPath) == [postmaster])
        let message = ParsedMessage(String(decoding: octets, as: UTF8.self))
        #expect(message.first("Auto-Submitted") == "auto-generated")
        #expect(message.first("Message-ID") == "<\(arrival.message.id)@relay.azienda.it>")
        let text = message.body.quotedPrintableDecoded
        for words in [alert.summary, alert.affects, "Mon, 23 Nov 2026 10:00:00 +0000", "Che cosa", "What", alert.key] {
            #expect(text.contains(words), "\(words)")
        }
        switch event {
        case .began:
            #expect(text.contains("Che cosa fare: \(alert.remedy)") && text.contains("What to do: \(alert.remedy)"))
        case .ended: #expect(text.contains("Fino a: Mon, 23 Nov 2026 11:00:00 +0000") && text.contains("has ended"))
        }
    }

    @Test func `an alert with line ends in it cannot break the notice`() {
        var alert = alert
        alert.summary = "x\r\nBcc: evil@example.org\r\n\r\n" + String(repeating: "lungo ", count: 500)
        let arrival = PostmasterNotice(.began, of: alert, hostname: "h", postmaster: postmaster, now: alert.since)
            .arrival()
        #expect(lineFaults(octets(of: arrival)) == [])
        #expect(ParsedMessage(String(decoding: octets(of: arrival), as: UTF8.self)).first("Bcc") == nil)
    }
}

/// Chance that is the same each time (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
