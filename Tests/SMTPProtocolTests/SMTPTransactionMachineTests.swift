// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SMTPProtocol
import Testing

@Suite struct SMTPTransactionMachineTests {
    private func capabilities(_ keywords: String...) -> SMTPCapabilities {
        SMTPCapabilities(SMTPReply(250, lines: ["x"] + keywords))
    }

    private func transaction(
        _ recipients: String...,
        size: Int = 10,
        bare: Bool = false,
        holds: Bool = false,
        joins: Bool = true
    ) -> SMTPTransaction {
        SMTPTransaction(
            envelope: Envelope(
                reversePath: .mailbox(AddrSpec(localPart: "a", domain: "x.it")),
                recipients: recipients.map { EnvelopeRecipient(AddrSpec(localPart: $0, domain: "y.it")) }
            ),
            size: size,
            hasBareLineEnds: bare,
            holdsOnTransientRecipient: holds,
            joinsContent: joins
        )
    }

    private typealias Action = SMTPTransactionMachine.Action
    private typealias Stage = SMTPTransactionResult.Stage

    /// Runs a dialogue: the actions at the start, then those after each reply.
    private func run(_ machine: inout SMTPTransactionMachine, _ replies: Int...) -> [[Action]] {
        var all = [machine.handle(.start)]
        for code in replies { all.append(machine.handle(.reply(SMTPReply(code, "r\(code)")))) }
        return all
    }

    private func result(_ actions: [Action]?) -> SMTPTransactionResult? {
        guard let actions, actions.count == 1, case .finish(let result) = actions[0] else { return nil }
        return result
    }

    private func outline(_ actions: [Action]?) -> [String]? {
        result(actions)?.answers.map { "\($0.reply.code) \($0.stage)" }
    }

    @Test func `without PIPELINING each command waits`() {
        var machine = SMTPTransactionMachine(transaction("b", "c"), capabilities: capabilities("SIZE"), peer: "p")
        let actions = run(&machine, 250, 250, 550, 354, 250)
        #expect(
            actions.dropLast() == [
                [.send("MAIL FROM:<a@x.it> SIZE=10\r\n")], [.send("RCPT TO:<b@y.it>\r\n")],
                [.send("RCPT TO:<c@y.it>\r\n")], [.send("DATA\r\n")], [.sendDotStuffed],
            ]
        )
        #expect(outline(actions.last) == ["250 endOfData", "550 recipient"])
        #expect(result(actions.last)?.isSessionUsable == true)
    }

    @Test func `with PIPELINING MAIL, RCPT and DATA are one flight, and the content waits for 354`() {
        var machine = SMTPTransactionMachine(transaction("b"), capabilities: capabilities("PIPELINING"), peer: "p")
        let actions = run(&machine, 250, 250, 354, 250)
        #expect(actions[0] == [.send("MAIL FROM:<a@x.it>\r\nRCPT TO:<b@y.it>\r\nDATA\r\n")])
        #expect(actions[1] == [] && actions[2] == [])
        #expect(actions[3] == [.sendDotStuffed])
        #expect(outline(actions[4]) == ["250 endOfData"])
    }

    @Test func `with CHUNKING a small content goes in the same flight`() {
        var machine = SMTPTransactionMachine(
            transaction("b"),
            capabilities: capabilities("PIPELINING", "CHUNKING"),
            peer: "p"
        )
        let actions = run(&machine, 250, 250, 250)
        #expect(actions[0] == [.send("MAIL FROM:<a@x.it>\r\nRCPT TO:<b@y.it>\r\nBDAT 10 LAST\r\n"), .sendChunk])
        #expect(outline(actions[3]) == ["250 endOfData"])
    }

    @Test func `a large or doubtful content waits for the recipients`() {
        var machine = SMTPTransactionMachine(
            transaction("b", joins: false),
            capabilities: capabilities("PIPELINING", "CHUNKING"),
            peer: "p"
        )
        let actions = run(&machine, 250, 250, 250)
        #expect(actions[0] == [.send("MAIL FROM:<a@x.it>\r\nRCPT TO:<b@y.it>\r\n")])
        #expect(actions[2] == [.send("BDAT 10 LAST\r\n"), .sendChunk])
        #expect(outline(actions[3]) == ["250 endOfData"])
    }

    @Test func `354 with nobody accepted is answered by a lone dot, whose reply delivers nothing`() {
        var machine = SMTPTransactionMachine(transaction("b", "c"), capabilities: capabilities("PIPELINING"), peer: "p")
        let actions = run(&machine, 250, 550, 450, 354, 250)
        #expect(actions[4] == [.send(".\r\n")])
        #expect(outline(actions[5]) == ["550 recipient", "450 recipient"])
        #expect(result(actions[5])?.isSessionUsable == true)
    }

    @Test func `a refused DATA after refused recipients is followed by RSET`() {
        var machine = SMTPTransactionMachine(transaction("b"), capabilities: capabilities("PIPELINING"), peer: "p")
        let actions = run(&machine, 250, 550, 503, 250)
        #expect(actions[3] == [.send("RSET\r\n")])
        #expect(outline(actions[4]) == ["550 recipient"])
    }

    @Test func `a refused MAIL is the answer to all, whatever the rest of the flight gets`() {
        var machine = SMTPTransactionMachine(transaction("b", "c"), capabilities: capabilities("PIPELINING"), peer: "p")
        let actions = run(&machine, 452, 503, 250, 503)
        #expect(outline(actions[4]) == ["452 mail", "452 mail"])
        #expect(result(actions[4])?.isSessionUsable == true)
    }

    @Test func `a refused BDAT is followed by RSET and refuses the accepted recipients alone`() {
        var machine = SMTPTransactionMachine(
            transaction("b", "c"),
            capabilities: capabilities("PIPELINING", "CHUNKING"),
            peer: "p"
        )
        let actions = run(&machine, 250, 250, 550, 552, 250)
        #expect(actions[4] == [.send("RSET\r\n")])
        #expect(outline(actions[5]) == ["552 endOfData", "550 recipient"])
    }

    @Test func `a transient recipient holds back the whole of a certified message`() {
        var machine = SMTPTransactionMachine(
            transaction("b", "c", "d", holds: true),
            capabilities: capabilities("PIPELINING"),
            peer: "p"
        )
        let actions = run(&machine, 250, 250, 450, 550, 250)
        #expect(
            actions[0] == [.send("MAIL FROM:<a@x.it>\r\nRCPT TO:<b@y.it>\r\nRCPT TO:<c@y.it>\r\nRCPT TO:<d@y.it>\r\n")]
        )
        #expect(actions[4] == [.send("RSET\r\n")])
        #expect(outline(actions[5]) == ["451 held", "450 recipient", "550 recipient"])
    }

    @Test func `a permanent recipient does not hold back the others`() {
        var machine = SMTPTransactionMachine(
            transaction("b", "c", holds: true),
            capabilities: capabilities("PIPELINING"),
            peer: "p"
        )
        let actions = run(&machine, 250, 250, 550, 354, 250)
        #expect(actions[3] == [.send("DATA\r\n")])
        #expect(outline(actions[5]) == ["250 endOfData", "550 recipient"])
    }

    @Test(arguments: [0, 1, 2, 3])
    func `421 ends the transaction and the session wherever it comes`(_ position: Int) {
        var machine = SMTPTransactionMachine(transaction("b"), capabilities: capabilities("PIPELINING"), peer: "p")
        var last = machine.handle(.start)
        for code in [250, 250, 354].prefix(position) + [421] { last = machine.handle(.reply(SMTPReply(code, "x"))) }
        #expect(result(last)?.isSessionUsable == false)
        #expect(result(last)?.answers.first?.reply.code == 421)
        #expect(machine.stage == nil)
    }

    @Test(arguments: [[354], [250, 354], [250, 250, 250], [250, 250, 354, 354]])
    func `a reply that answers nothing is a violation`(_ codes: [Int]) {
        var machine = SMTPTransactionMachine(transaction("b"), capabilities: capabilities("PIPELINING"), peer: "p")
        var last = machine.handle(.start)
        for code in codes { last = machine.handle(.reply(SMTPReply(code, "odd"))) }
        guard case .fail(let error)? = last.first else { return #expect(Bool(false), "\(last)") }
        #expect(error.code == .protocolViolation && error.message.contains("\(codes.last ?? 0) odd"))
    }

    @Test func `many recipients go in flights that fit the sockets`() {
        let names = (0..<250).map { EnvelopeRecipient(AddrSpec(localPart: "r\($0)", domain: "y.it")) }
        let many = SMTPTransaction(envelope: Envelope(reversePath: .null, recipients: names), size: 1)
        var machine = SMTPTransactionMachine(many, capabilities: capabilities("PIPELINING"), peer: "p")
        var flights: [Int] = []
        var actions = machine.handle(.start)
        var last = actions
        while result(last) == nil {
            if case .send(let text)? = actions.first { flights.append(text.split(separator: "\r\n").count) }
            let code = machine.stage == .data ? 354 : 250
            last = machine.handle(.reply(SMTPReply(code, "x")))
            actions = last
        }
        #expect(flights == [101, 100, 51])
        #expect(result(last)?.answers.count == 250)
    }

    // MARK: What the server cannot take

    @Test func `bare line ends without CHUNKING are 5.6.11 and nothing is sent`() {
        var machine = SMTPTransactionMachine(
            transaction("b", bare: true),
            capabilities: capabilities("PIPELINING"),
            peer: "p"
        )
        let answer = result(machine.handle(.start))?.answers.first
        #expect(answer?.reply.status == EnhancedStatus(5, 6, 11))
        #expect(answer?.stage == Stage.local)
        var chunking = SMTPTransactionMachine(
            transaction("b", bare: true),
            capabilities: capabilities("CHUNKING"),
            peer: "p"
        )
        #expect(chunking.handle(.start) == [.send("MAIL FROM:<a@x.it>\r\n")])
    }

    @Test func `UTF-8 without SMTPUTF8 is 5.6.7`() {
        var envelope = transaction("però").envelope
        for needsIt in [true, false] {
            envelope.requiresSMTPUTF8 = needsIt
            let sent = SMTPTransaction(envelope: envelope, size: 1)
            var machine = SMTPTransactionMachine(sent, capabilities: capabilities("PIPELINING"), peer: "p")
            #expect(result(machine.handle(.start))?.answers.first?.reply.status == EnhancedStatus(5, 6, 7))
            var able = SMTPTransactionMachine(sent, capabilities: capabilities("SMTPUTF8"), peer: "p")
            #expect(able.handle(.start) == [.send("MAIL FROM:<a@x.it> SMTPUTF8\r\n")])
        }
    }

    @Test func `a message beyond the server's SIZE is 5.3.4 and one of that size is not`() {
        var over = SMTPTransactionMachine(
            transaction("b", size: 1001),
            capabilities: capabilities("SIZE 1000"),
            peer: "p"
        )
        #expect(result(over.handle(.start))?.answers.first?.reply.status == EnhancedStatus(5, 3, 4))
        var fit = SMTPTransactionMachine(
            transaction("b", size: 1000),
            capabilities: capabilities("SIZE 1000"),
            peer: "p"
        )
        #expect(result(fit.handle(.start)) == nil)
        var unlimited = SMTPTransactionMachine(
            transaction("b", size: 1001),
            capabilities: capabilities("SIZE 0"),
            peer: "p"
        )
        #expect(result(unlimited.handle(.start)) == nil)
    }

    @Test func `DSN parameters are passed on in xtext where they are offered, and only there`() {
        var sent = transaction("b")
        sent.envelope.isEightBit = true
        sent.envelope.returnContent = .headers
        sent.envelope.envelopeID = "a+b=c d"
        sent.envelope.recipients[0].notify = [.success, .delay]
        sent.envelope.recipients[0].originalRecipient = "rfc822;x+y@z.it"
        var all = SMTPTransactionMachine(
            sent,
            capabilities: capabilities("DSN", "PIPELINING", "8BITMIME", "SIZE"),
            peer: "p"
        )
        #expect(
            all.handle(.start) == [
                .send(
                    "MAIL FROM:<a@x.it> SIZE=10 BODY=8BITMIME RET=HDRS ENVID=a+2Bb+3Dc+20d\r\n"
                        + "RCPT TO:<b@y.it> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2By@z.it\r\nDATA\r\n"
                )
            ]
        )
        var none = SMTPTransactionMachine(sent, capabilities: capabilities("PIPELINING"), peer: "p")
        #expect(none.handle(.start) == [.send("MAIL FROM:<a@x.it>\r\nRCPT TO:<b@y.it>\r\nDATA\r\n")])
        sent.envelope.envelopeID = "a\0b"
        sent.envelope.recipients[0].notify = .never
        sent.envelope.recipients[0].originalRecipient = "utf-8;però@z.it"
        sent.envelope.reversePath = .null
        var odd = SMTPTransactionMachine(sent, capabilities: capabilities("DSN", "PIPELINING"), peer: "p")
        #expect(
            odd.handle(.start) == [
                .send(
                    "MAIL FROM:<> RET=HDRS\r\nRCPT TO:<b@y.it> NOTIFY=NEVER ORCPT=utf-8;per\\x{F2}@z.it\r\nDATA\r\n"
                )
            ]
        )
    }

    @Test func `a lost connection is certain only where the replies have decided`() {
        var refused = SMTPTransactionMachine(transaction("b"), capabilities: capabilities("PIPELINING"), peer: "p")
        _ = run(&refused, 250, 550)
        #expect(refused.resultAtLoss()?.answers.map(\.reply.code) == [550])
        var open = SMTPTransactionMachine(transaction("b", "c"), capabilities: capabilities("PIPELINING"), peer: "p")
        _ = run(&open, 250, 250, 550, 354)
        #expect(open.resultAtLoss() == nil)
        #expect(open.refusals.mapValues(\.code) == [1: 550])
        #expect(open.acceptedRecipients == [0])
    }
}
