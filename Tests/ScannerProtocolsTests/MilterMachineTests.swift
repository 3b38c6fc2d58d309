// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import ScannerProtocols
import Testing

@Suite struct MilterMachineTests {
    /// A milter that is played: what it is asked for, by the letters of the commands, and how it ends.
    private struct Play {
        var machine: MilterMachine
        var letters = ""
        var said: [ByteBuffer] = []
        var kept = ByteBuffer()
        var verdict: MilterVerdict?

        /// Answers each wait with the next of `replies`, then with `continue`.
        mutating func run(_ replies: [MilterReply], pieces: [String] = ["uno\r\n", "due\r\n"]) throws {
            var (replies, pieces) = (replies[...], pieces[...])
            var event = MilterMachine.Event.connected
            for _ in 0..<1000 where verdict == nil {
                for action in try machine.handle(event) {
                    switch action {
                    case .send(let octets): take(octets)
                    case .awaitReply: event = .reply(replies.popFirst() ?? .continue)
                    case .nextPiece: event = pieces.popFirst().map { .piece(ByteBuffer(string: $0)) } ?? .bodyEnded
                    case .keep(let octets): kept.writeImmutableBuffer(octets)
                    case .finished(let verdict): self.verdict = verdict
                    }
                }
            }
        }

        private mutating func take(_ octets: ByteBuffer) {
            var octets = octets
            while let length = octets.readInteger(as: UInt32.self), let command = octets.readSlice(length: Int(length))
            {
                said.append(command)
                letters += String(decoding: command.readableBytesView.prefix(1), as: UTF8.self)
            }
        }

        func command(_ letter: String) -> [String] {
            said.filter { $0.readableBytesView.first == letter.utf8.first }.map { String(buffer: $0) }
        }
    }

    private static func play(_ limits: MilterMachine.Limits = .init(messageOctets: 1000)) -> Play {
        var transaction = MilterTransaction(
            client: .init(name: "mail.fuori.test", address: "192.0.2.7", helo: "helo.fuori.test"),
            reversePath: "ada@fuori.test",
            recipients: ["ugo@azienda.test", "mario@azienda.test"],
            fields: [
                .init(name: Array("Subject".utf8), body: Array(" prova\n\tdue".utf8)),
                .init(name: Array("X".utf8), body: Array("a\0b".utf8)),
            ]
        )
        transaction.connectMacros = [("j", "relay.azienda.test"), ("{daemon_name}", "internet")]
        transaction.endMacros = [("i", "ABC")]
        return Play(machine: MilterMachine(transaction, limits: limits))
    }

    private static func negotiated(_ actions: MilterActions = .offered, _ steps: MilterSteps = []) -> MilterReply {
        .negotiated(version: 6, actions: actions, steps: steps)
    }

    @Test func `a milter that wants everything is told everything in its order`() throws {
        var play = Self.play()
        try play.run([Self.negotiated()])
        #expect(play.letters == "ODCHMDRDRTLLNBBDE")
        #expect(play.verdict == MilterVerdict.passing)
        #expect(play.command("C") == ["Cmail.fuori.test\u{0}4\u{0}\u{0}192.0.2.7\u{0}"])
        #expect(play.command("H") == ["Hhelo.fuori.test\u{0}"] && play.command("M") == ["M<ada@fuori.test>\u{0}"])
        #expect(play.command("R") == ["R<ugo@azienda.test>\u{0}", "R<mario@azienda.test>\u{0}"])
        #expect(play.command("L") == ["LSubject\u{0}prova\n\tdue\u{0}", "LX\u{0}a?b\u{0}"])
        #expect(play.command("B") == ["Buno\r\n", "Bdue\r\n"])
        #expect(play.command("D").first == "DCj\u{0}relay.azienda.test\u{0}{daemon_name}\u{0}internet\u{0}")
        #expect(play.command("D").last == "DEi\u{0}ABC\u{0}")
    }

    @Test(
        arguments: [
            (MilterSteps.noConnect, "OHMDRDRTLLNBBDE"), (.noHelo, "ODCMDRDRTLLNBBDE"), (.noMail, "ODCHDRDRTLLNBBDE"),
            (.noRecipients, "ODCHMTLLNBBDE"), (.noData, "ODCHMDRDRLLNBBDE"), (.noFields, "ODCHMDRDRTNBBDE"),
            (.noEndOfHeader, "ODCHMDRDRTLLBBDE"), (.noBody, "ODCHMDRDRTLLNDE"), (.noUnknown, "ODCHMDRDRTLLNBBDE"),
            ([.noConnect, .noHelo, .noMail, .noRecipients, .noData, .noFields, .noEndOfHeader, .noBody], "ODE"),
        ] as [(MilterSteps, String)]
    )
    func `what a milter goes without is left out`(_ steps: MilterSteps, _ letters: String) throws {
        var play = Self.play()
        try play.run([Self.negotiated(.offered, steps)])
        #expect(play.letters == letters && play.verdict == .passing)
    }

    @Test func `a milter that is silent is not waited for, and one that keeps blanks gets them`() throws {
        let silent: MilterSteps = [
            .silentOnConnect, .silentOnHelo, .silentOnMail, .silentOnRecipients, .silentOnData, .silentOnFields,
            .silentOnEndOfHeader, .silentOnBody, .leadingSpace,
        ]
        var play = Self.play()
        try play.run([Self.negotiated(.offered, silent), .accept])
        #expect(play.letters == "ODCHMDRDRTLLNBBDE" && play.verdict == .passing)
        #expect(play.command("L").first == "LSubject\u{0} prova\n\tdue\u{0}")
    }

    @Test func `a message without client comes from a connection of unknown family`() throws {
        let transaction = MilterTransaction(client: nil, reversePath: "", recipients: [], fields: [])
        var play = Play(machine: MilterMachine(transaction, limits: .init(messageOctets: 0)))
        try play.run([Self.negotiated()], pieces: [])
        #expect(
            play.letters == "OCHMTNE" && play.command("C") == ["Clocalhost\u{0}U"] && play.command("M") == ["M<>\u{0}"]
        )
    }

    @Test func `an IPv6 client is told by its family`() throws {
        let client = MilterTransaction.Client(name: "a", address: "2001:db8::1", helo: "a")
        let transaction = MilterTransaction(client: client, reversePath: "", recipients: [], fields: [])
        var play = Play(machine: MilterMachine(transaction, limits: .init(messageOctets: 0)))
        try play.run([Self.negotiated()], pieces: [])
        #expect(play.command("C") == ["Ca\u{0}6\u{0}\u{0}2001:db8::1\u{0}"])
    }

    /// A verdict at each wait, from the connection on: what was said until then.
    @Test(arguments: 1...11)
    func `a verdict ends the dialogue in every stage`(_ waits: Int) throws {
        let refusal = SMTPReply(554, EnhancedStatus(5, 7, 0), "no")
        let ends: [(MilterReply, MilterVerdict.Decision)] = [
            (.accept, .pass), (.reject, .reject(SMTPReply(550, EnhancedStatus(5, 7, 1), "the message was refused"))),
            (.postpone, .postpone(SMTPReply(451, EnhancedStatus(4, 7, 1), "please try again later"))),
            (.reply(refusal), .reject(refusal)), (.discard, .discard),
        ]
        for (reply, decision) in ends {
            var play = Self.play()
            try play.run([Self.negotiated()] + Array(repeating: .continue, count: waits - 1) + [reply])
            #expect(play.verdict?.decision == decision && play.verdict?.changes == [])
            #expect(String(buffer: play.machine.farewell).hasSuffix("Q"))
        }
    }

    @Test func `a milter skips what it has seen enough of`() throws {
        let steps: MilterSteps = [.skip, .noConnect, .noHelo, .noMail, .noData]
        var play = Self.play()
        try play.run([Self.negotiated(.offered, steps), .skip, .skip, .continue, .skip])
        #expect(play.letters == "ODRLNBDE" && play.verdict == .passing)
    }

    @Test func `changes, quarantine and a new body count with the verdict`() throws {
        let changes: [MilterChange] = [
            .addField(name: "X-A", body: "a"), .changeField(name: "Subject", occurrence: 1, body: "new"),
            .changeSender(.null), .removeRecipient(AddrSpec(localPart: "ugo", domain: "azienda.test")),
        ]
        var play = Self.play()
        let bodies: [MilterReply] = [.body(ByteBuffer(string: "a")), .progress, .body(ByteBuffer(string: "b"))]
        try play.run(
            [Self.negotiated(.offered, .bare)] + changes.map(MilterReply.change) + [.quarantine("why")] + bodies + [
                .accept
            ]
        )
        let verdict = try #require(play.verdict)
        #expect(verdict.decision == .pass && verdict.changes == changes && verdict.quarantine == "why")
        #expect(verdict.replacesBody && String(buffer: play.kept) == "ab")
    }

    @Test func `what is refused is not changed`() throws {
        var play = Self.play()
        let change = MilterReply.change(.addField(name: "X-A", body: "a"))
        try play.run([
            Self.negotiated(.offered, .bare), change, .body(ByteBuffer(string: "a")), .quarantine("w"), .reject,
        ])
        let verdict = try #require(play.verdict)
        #expect(verdict.changes == [] && !verdict.replacesBody && verdict.quarantine == nil)
    }

    /// What has no place, at the end of the message and before.
    @Test(
        arguments: [
            [.continue], [.negotiated(version: 1, actions: [], steps: [])],
            [.negotiated(version: 7, actions: [], steps: [])],
            [.negotiated(version: 6, actions: .init(rawValue: 0x100), steps: [])],
            [.negotiated(version: 6, actions: [], steps: .init(rawValue: 0x800))],
            [.negotiated(version: 6, actions: [], steps: .init(rawValue: 0x1000_0000))],
            [negotiated(), negotiated()], [negotiated(), .change(.addField(name: "a", body: "b"))],
            [negotiated(), .body(ByteBuffer(string: "a"))], [negotiated(), .quarantine("x")], [negotiated(), .skip],
            [negotiated(.offered, .skip), .skip], [negotiated(.offered, .bare), .skip],
            [negotiated(.offered, .bare), negotiated()],
            [negotiated([], .bare), .change(.addField(name: "a", body: "b"))],
            [negotiated(.addFields, .bare), .change(.changeField(name: "a", occurrence: 1, body: "b"))],
            [negotiated(.addFields, .bare), .change(.removeRecipient(.init(localPart: "a", domain: "b.test")))],
            [negotiated(.addFields, .bare), .change(.changeSender(.null))],
            [negotiated([], .bare), .body(ByteBuffer(string: "a"))], [negotiated([], .bare), .quarantine("x")],
        ] as [[MilterReply]]
    )
    func `a reply out of step, or of what was not negotiated, is an error`(_ replies: [MilterReply]) {
        var play = Self.play()
        #expect(throws: MilterError.self) { try play.run(replies) }
        #expect(play.verdict == nil)
        #expect(String(buffer: play.machine.farewell).contains("A"))
    }

    @Test func `a milter that never ends its changes is given up`() {
        let one = MilterReply.change(.addField(name: "X-A", body: String(repeating: "a", count: 1000)))
        for replies in [
            Array(repeating: MilterReply.change(.addField(name: "a", body: "b")), count: 501),
            Array(
                repeating: MilterReply.change(.addField(name: "a", body: String(repeating: "b", count: 60_000))),
                count: 20
            ),
            Array(repeating: .quarantine("why"), count: 501), Array(repeating: .body(ByteBuffer()), count: 501),
            [one] + Array(repeating: .body(ByteBuffer(repeating: 0x41, count: 60_000)), count: 20),
        ] {
            var play = Self.play()
            #expect(throws: MilterError.self) { try play.run([Self.negotiated(.offered, .bare)] + replies) }
        }
    }

    @Test func `a reply behind the verdict is an error`() throws {
        var play = Self.play()
        try play.run([Self.negotiated(.offered, .bare), .accept])
        #expect(throws: MilterError.self) { try play.machine.handle(.reply(.accept)) }
    }
}

extension MilterSteps {
    /// Nothing but the end of the message.
    fileprivate static let bare: Self = [
        .noConnect, .noHelo, .noMail, .noRecipients, .noData, .noFields, .noEndOfHeader, .noBody,
    ]
}

extension MilterVerdict {
    fileprivate static let passing = MilterVerdict(decision: .pass, quarantine: nil, changes: [], replacesBody: false)
}
