// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailModel
import NIOCore
import TestLab
import Testing

@Suite struct IMAPClientMachineTests {
    private let spam = IMAPMailboxName("Spam")

    private func selected(_ capabilities: String = "IDLE UIDPLUS MOVE", window: Int = 64) -> Conversation {
        var talk = Conversation.loggedIn(capabilities, window: window)
        talk.tell(.command(.select(.inbox, modificationSequences: true)))
        talk.server(
            "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x\r\n* OK [HIGHESTMODSEQ 99] x\r\nA3 OK [READ-WRITE]\r\n"
        )
        talk.forget()
        return talk
    }

    @Test func `a selected mailbox is described`() {
        var talk = Conversation.loggedIn()
        talk.tell(.command(.select(spam, modificationSequences: true)))
        #expect(talk.sent == "A3 SELECT \"Spam\" (CONDSTORE)\r\n")
        talk.server(
            "* FLAGS ()\r\n* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UNSEEN 1]\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x\r\n"
        )
        talk.server("* OK [HIGHESTMODSEQ 715194045007] x\r\nA3 OK [READ-ONLY] done\r\n")
        #expect(talk.actions == [.completed(IMAPStatus(.ok, code: .init("READ-ONLY"), "done"))])
        var mailbox = IMAPMailbox(spam)
        (mailbox.messages, mailbox.uidValidity, mailbox.nextUID) = (3, UIDValidity(7), uid(10))
        (mailbox.highestModificationSequence, mailbox.isReadOnly) = (715_194_045_007, true)
        #expect(talk.machine.mailbox == mailbox)
    }

    @Test func `a listing is what has identifier and size, and noise between it is none of it`() {
        var talk = selected()
        talk.tell(.command(.list))
        #expect(talk.sent == "A4 UID FETCH 1:* (UID RFC822.SIZE FLAGS)\r\n")
        talk.server(
            "* 1 FETCH (UID 4 RFC822.SIZE 100 FLAGS (\\Seen))\r\n* 9 FETCH (FLAGS (\\Seen))\r\n* XNOISE {3}\r\nabc\r\n"
        )
        talk.server("* 2 FETCH (FLAGS (\\Deleted) RFC822.SIZE 5 UID 6)\r\n* OK Still here\r\nA4 OK\r\n")
        let messages = [IMAPMessage(uid: uid(4), octets: 100), IMAPMessage(uid: uid(6), octets: 5, isDeleted: true)]
        #expect(talk.actions == messages.map { .listed($0) } + [.completed(IMAPStatus(.ok))])
    }

    @Test func `a mailbox beyond the limit ends the session`() {
        var talk = Conversation.loggedIn(maximumMessages: 2)
        talk.tell(.command(.list))
        talk.server((1...3).map { "* \($0) FETCH (UID \($0) RFC822.SIZE 1)\r\n" }.joined())
        #expect(talk.failure?.code == .limit)
    }

    @Test func `messages are asked for in a window, never set as seen, and streamed`() {
        var talk = selected(window: 2)
        let messages = (4...6).map { IMAPMessage(uid: uid($0), octets: 10) }
        talk.tell(.retrieve(messages))
        #expect(talk.sent == "A4 UID FETCH 4 (UID BODY.PEEK[])\r\nA5 UID FETCH 5 (UID BODY.PEEK[])\r\n")
        talk.forget()
        talk.server("* 1 FETCH (UID 4 BODY[] {3}\r\nab")
        #expect(talk.actions == [.messageBegan(messages[0]), .messagePiece(ByteBuffer(string: "ab"))])
        talk.server("c FLAGS (\\Recent))\r\nA4 OK\r\n")
        #expect(talk.actions.suffix(2) == [.messagePiece(ByteBuffer(string: "c")), .messageEnded])
        #expect(talk.sent == "A6 UID FETCH 6 (UID BODY.PEEK[])\r\n")
        talk.forget()
        talk.server("* 2 FETCH (BODY[] \"xyz\" UID 5)\r\nA5 OK\r\nA6 NO [EXPUNGEISSUED] gone\r\n")
        #expect(
            talk.actions == [
                .messageBegan(messages[1]), .messagePiece(ByteBuffer(string: "xyz")), .messageEnded,
                .messageRefused(messages[2], IMAPStatus(.no, code: .init("EXPUNGEISSUED"), "gone")), .retrieved,
            ]
        )
        #expect(talk.machine.isReady)
    }

    @Test func `messages that come in another order than asked for are told by their identifiers`() {
        var talk = selected()
        let messages = (4...5).map { IMAPMessage(uid: uid($0), octets: 10) }
        talk.tell(.retrieve(messages))
        talk.server("* 2 FETCH (UID 5 BODY[] {1}\r\nb)\r\nA5 OK\r\n* 1 FETCH (UID 4 BODY[] {1}\r\na)\r\nA4 OK\r\n")
        #expect(talk.actions.first == .messageBegan(messages[1]) && talk.actions[3] == .messageBegan(messages[0]))
        #expect(talk.actions.last == .retrieved)
    }

    @Test(arguments: [
        "* 1 FETCH (UID 9 BODY[] {1}\r\nx)\r\n", "* 1 FETCH (BODY[] {1}\r\nx UID 9)\r\n",
        "* 1 FETCH (BODY[] {1}\r\nx)\r\n",
        "* 1 FETCH (X (BODY[] {3}\r\nabc))\r\n* 1 FETCH (UID 4 BODY[] \"x\")\r\n",
        "* 1 FETCHX (UID 4 BODY[] {3}\r\nabc)\r\n* 1 FETCH (UID 4 BODY[] \"x\")\r\n",
        "* 1 FETCH (UID 4 BODY[] {1}\r\nx BODY[] {1}\r\ny)\r\n", "* 1 FETCH (UID 4 BODY[] {3}\r\nx)\r\nA4 OK\r\n)\r\n",
        "* 1 FETCH (UID 4 BODY[] {1}\r\nx)\r\n* 1 FETCH (UID 4 BODY[] {1}\r\nx)\r\n", "A4 OK\r\nA4 OK\r\n", "+ go\r\n",
        "* BYE gone\r\n", "* 1 FETCH (UID 4 BODY[] {4294967295}\r\n", "* 1 FETCH (UID 4 BODY[] {0}\r\n)\r\nA4 OK\r\n",
        "* 1 FETCH (UID 4 BODY[] \"\")\r\nA4 OK\r\n",
    ])
    func `a message that is not the one, comes twice or never ends is not taken`(_ answer: String) {
        var talk = selected()
        talk.tell(.retrieve([IMAPMessage(uid: uid(4), octets: 10)]))
        talk.server(answer)
        let ends = talk.actions.count { $0 == .messageEnded }
        #expect(talk.failure != nil && ends <= 1, "\(talk.actions)")
    }

    @Test(arguments: [
        "A4 OK\r\n", "* 1 FETCH (UID 4 BODY[] NIL)\r\nA4 OK\r\n", "* 1 FETCH (UID 4 FLAGS ())\r\nA4 OK\r\n",
    ])
    func `a message that the server passes over is refused, not taken as empty`(_ answer: String) {
        var talk = selected()
        let message = IMAPMessage(uid: uid(4), octets: 10)
        talk.tell(.retrieve([message]))
        talk.server(answer)
        let words = IMAPStatus(.no, "the server ended the command without the message")
        #expect(talk.actions == [.messageRefused(message, words), .retrieved])
    }

    @Test func `an empty message and one with NUL are messages`() {
        var talk = selected()
        talk.tell(.retrieve([IMAPMessage(uid: uid(4), octets: 0), IMAPMessage(uid: uid(5), octets: 10)]))
        talk.server("* 1 FETCH (UID 4 BODY[] {0}\r\n)\r\nA4 OK\r\n* 1 FETCH (UID 5 BODY[] {3}\r\na\u{0}b)\r\nA5 OK\r\n")
        let pieces = talk.actions.compactMap {
            if case .messagePiece(let octets) = $0 { String(buffer: octets) } else { nil }
        }
        #expect(pieces == ["a\u{0}b"] && talk.actions.count { $0 == .messageEnded } == 2)
    }

    @Test func `IDLE tells of what arrives, of nothing else, and ends with DONE`() {
        var talk = selected()
        talk.tell(.idle)
        #expect(talk.sent == "A4 IDLE\r\n")
        talk.server(
            "+ idling\r\n* OK Still here\r\n* 3 EXISTS\r\n* 2 EXPUNGE\r\n* 2 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen))\r\n"
        )
        #expect(talk.actions == [.idling])
        talk.server("* 3 EXISTS\r\n")
        #expect(talk.actions == [.idling, .arrived])
        talk.tell(.done)
        #expect(talk.sent == "A4 IDLE\r\nDONE\r\n")
        talk.server("A4 OK\r\n")
        #expect(talk.actions.last == .completed(IMAPStatus(.ok)) && talk.machine.isReady)
    }

    @Test func `a server may refuse IDLE, or end it, and the session goes on`() {
        var talk = selected()
        talk.tell(.idle)
        talk.server("A4 NO not today\r\n")
        #expect(talk.actions == [.completed(IMAPStatus(.no, "not today"))] && talk.machine.isReady)
        talk.tell(.idle)
        talk.server("+ \r\nA5 OK enough\r\n")
        #expect(talk.machine.isReady)
        talk.tell(.done)
        #expect(!talk.sent.contains("DONE"))
    }

    @Test func `removal names its messages, and every command is answered with its status`() {
        let set = IMAPSequenceSet.sets(of: [uid(4), uid(5)])[0]
        let commands: [(IMAPCommand, String)] = [
            (.markDeleted(set), "UID STORE 4:5 +FLAGS.SILENT (\\Deleted)"), (.expungeOnly(set), "UID EXPUNGE 4:5"),
            (.expunge, "EXPUNGE"), (.move(set, to: spam), "UID MOVE 4:5 \"Spam\""),
            (.copy(set, to: IMAPMailboxName("à\"")), "UID COPY 4:5 \"&AOA-\\\"\""), (.create(spam), "CREATE \"Spam\""),
            (.quotaRoot(.inbox), "GETQUOTAROOT \"INBOX\""),
        ]
        var talk = selected()
        for (index, (command, words)) in commands.enumerated() {
            talk.forget()
            talk.tell(.command(command))
            #expect(talk.sent == "A\(index + 4) \(words)\r\n")
            talk.server("* 1 EXPUNGE\r\nA\(index + 4) NO [TRYCREATE] no\r\n")
            #expect(talk.actions == [.completed(IMAPStatus(.no, code: .init("TRYCREATE"), "no"))])
        }
    }

    @Test func `quotas are told with what is used of them`() {
        var talk = selected()
        talk.tell(.command(.quotaRoot(.inbox)))
        talk.server("* QUOTAROOT INBOX {1}\r\nx\r\n* QUOTA {1}\r\nx (STORAGE 85 100 MESSAGE 1 0)\r\nA4 OK\r\n")
        guard case .quota(let quota) = talk.actions.first else { return #expect(Bool(false), "\(talk.actions)") }
        #expect(quota.resources.map(\.percent) == [85, nil])
    }

    @Test func `absurd quotas are numbers like others`() {
        var talk = selected()
        talk.tell(.command(.quotaRoot(.inbox)))
        talk.server("* QUOTA \"\" (STORAGE 999999999999999999 1 MESSAGE 0 999999999999999999)\r\nA4 OK\r\n")
        guard case .quota(let quota) = talk.actions.first else { return #expect(Bool(false), "\(talk.actions)") }
        #expect(quota.resources.map(\.percent) == [1_000_000, 0])
    }

    @Test func `more than eighty hundredths are more than eighty, and nothing is more of what has no limit`() {
        func isUsed(_ usage: Int, of limit: Int) -> Bool {
            IMAPQuota.Resource("STORAGE", usage: usage, limit: limit).isUsed(beyond: 80)
        }
        #expect(!isUsed(79, of: 100) && !isUsed(80, of: 100) && isUsed(81, of: 100))
        #expect(!isUsed(800, of: 1000) && isUsed(801, of: 1000) && !isUsed(5, of: 0))
    }

    @Test func `LOGOUT ends the session, with BYE or without`() {
        for answer in ["* BYE see you\r\nA4 OK\r\n", "A4 OK\r\n", "A4 BAD\r\n"] {
            var talk = selected()
            talk.tell(.logout)
            talk.server(answer)
            #expect(talk.sent == "A4 LOGOUT\r\n" && talk.actions == [.ended])
        }
    }

    @Test func `what IMAP4rev2 holds need not be listed`() {
        #expect(IMAPCapabilities(["imap4rev2"]).has("MOVE") && !IMAPCapabilities(["IMAP4rev1"]).has("MOVE"))
    }

    /// What a server says, flight by flight, to a client that reads everything and deletes it.
    private static let flights = [
        "* OK ready\r\n", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nA1 OK\r\n",
        "A2 OK [CAPABILITY IMAP4rev1 UIDPLUS] in\r\n",
        "* 2 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\nA3 OK\r\n",
        "* 1 FETCH (UID 1 RFC822.SIZE 3 FLAGS ())\r\n* 2 FETCH (UID 2 RFC822.SIZE 3 FLAGS ())\r\nA4 OK\r\n",
        "* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\nA5 OK\r\n* 2 FETCH (UID 2 BODY[] {3}\r\nxyz)\r\nA6 OK\r\n", "A7 OK\r\n",
        "+ idling\r\n* 3 EXISTS\r\n", "A8 OK\r\n", "* BYE\r\nA9 OK\r\n",
    ]
    private static let wishes: [IMAPClientMachine.Event?] = [
        nil, nil, .command(.select(.inbox, modificationSequences: false)), .command(.list),
        .retrieve([1, 2].map { IMAPMessage(uid: uid($0), octets: 3) }), .command(.expunge), .idle, .done, .logout, nil,
    ]

    @Test func `no server traps the machine, and no message ends that did not come whole`() {
        var generator = SeededGenerator(seed: 9051)
        let words = [
            "\r\n", "* BYE\r\n", "+ x\r\n", "A5 OK\r\n", "* 1 FETCH (UID 2 BODY[] {3}\r\n", ")", "(", "{9}",
            "* OK [ALERT] x\r\n", "\u{0}", "X (", "))\r\n", "* 1 FETCH (X (BODY[] {3}\r\nabc))\r\n",
            "* 1 FETCHX (UID 1 BODY[] {3}\r\nabc)\r\n", "* 1 FETCH (UID 1 BODY[] \"x\")\r\n",
        ]
        var completed = 0
        for _ in 0..<20_000 {
            var talk = Conversation()
            for (flight, wish) in zip(Self.flights, Self.wishes) {
                var octets = Array(flight.utf8)
                while Int.random(in: 0..<8, using: &generator) == 0 {
                    let place = Int.random(in: 0..<octets.count, using: &generator)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: octets.remove(at: place)
                    case 1: octets[place] = UInt8.random(in: 0...255, using: &generator)
                    default:
                        octets.insert(contentsOf: Array((words.randomElement(using: &generator) ?? "").utf8), at: place)
                    }
                }
                talk.tell(.octets(ByteBuffer(bytes: octets)))
                guard talk.failure == nil else { break }
                if let wish {
                    guard wish == .done ? !talk.machine.isReady && talk.actions.contains(.idling) : talk.machine.isReady
                    else {
                        break
                    }
                    talk.tell(wish)
                }
            }
            completed += talk.actions.last == .ended ? 1 : 0
            let begun = talk.actions.count { if case .messageBegan = $0 { true } else { false } }
            #expect(talk.actions.count { $0 == .messageEnded } <= begun)
        }
        #expect(completed > 3000, "\(completed)")
    }
}
