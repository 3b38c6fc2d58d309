// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SASLMechanisms
import SMTPProtocol
import Testing

/// Replies that were legal once, mutated; the same in every run.
struct SMTPClientFuzzTests {
    private static let opening = [
        "220 smtp.example.it ESMTP\r\n",
        "250-smtp.example.it\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250 AUTH PLAIN LOGIN\r\n",
        "334 \r\n", "235 2.7.0 in\r\n",
    ]
    private static let transaction = [
        "250 2.1.0 ok\r\n", "250 2.1.5 ok\r\n", "550-5.1.1 no\r\n550 5.1.1 such user\r\n", "450 4.2.0 later\r\n",
        "354 go\r\n", "250 2.0.0 taken\r\n", "421 4.3.2 leaving\r\n", "452 4.3.1 full\r\n",
    ]
    private static let words = [
        "\r\n", "\n", "\r", "-", " ", "250 ", "250-", "421 x\r\n", "5.1.1", "\u{0}", "\u{1B}[2J", "999", "STARTTLS",
        "SIZE 99999999999999999999", "=", "à", "354 \r\n", "334 !!!\r\n",
    ]

    private func mutated(_ text: String, _ generator: inout SeededGenerator) -> [UInt8] {
        var octets = Array(text.utf8)
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let position = Int.random(in: 0...octets.count, using: &generator)
            let end = min(octets.count, position + Int.random(in: 0...6, using: &generator))
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: octets.replaceSubrange(position..<end, with: [])
            case 1: octets.insert(UInt8.random(in: 0...255, using: &generator), at: position)
            case 2 where position < octets.count: octets[position] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 3 where Int.random(in: 0..<20, using: &generator) == 0:
                octets.insert(contentsOf: [UInt8](repeating: 0x41, count: 5000), at: position)
            default:
                octets.insert(
                    contentsOf: Self.words.randomElement(using: &generator).map { Array($0.utf8) } ?? [],
                    at: position
                )
            }
        }
        return octets
    }

    /// The replies in these pieces, and the error that ended them.
    private func decode(_ pieces: [ArraySlice<UInt8>]) -> (replies: [SMTPReply], error: SMTPReplyError?) {
        var decoder = SMTPReplyDecoder()
        var replies: [SMTPReply] = []
        for piece in pieces {
            decoder.append(ByteBuffer(bytes: piece))
            do {
                while let reply = try decoder.next() { replies.append(reply) }
            } catch {
                return (replies, error)
            }
        }
        return (replies, nil)
    }

    @Test
    func `replies mean the same in whatever pieces they come, and none traps or forges a line`() {
        var generator = SeededGenerator(seed: 5321)
        let (clock, seeds) = (ContinuousClock(), Self.opening + Self.transaction)
        let end = clock.now + .seconds(2)
        var (refused, read, rounds) = (0, 0, 0)
        while clock.now < end, rounds < 20_000 {
            rounds += 1
            var octets: [UInt8] = []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                octets += mutated(seeds.randomElement(using: &generator) ?? "", &generator)
            }
            let positions = (0..<3).map { _ in Int.random(in: 0...octets.count, using: &generator) }.sorted()
            let whole = decode([octets[...]])
            let pieced = decode(split(octets, at: positions))
            #expect(whole.replies == pieced.replies && (whole.error == nil) == (pieced.error == nil))
            for reply in whole.replies {
                #expect((200..<600).contains(reply.code) && !reply.lines.isEmpty)
                #expect(reply.lines.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } })
                _ = SMTPCapabilities(reply)
            }
            read += whole.replies.count
            if whole.error != nil { refused += 1 }
        }
        #expect(read > 100 && refused > 100)
    }

    @Test
    func `no server's replies trap a client, and its password goes out only as a secret`() {
        var generator = SeededGenerator(seed: 4954)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(2)
        var (ready, failed, finished, rounds) = (0, 0, 0, 0)
        while clock.now < end, rounds < 20_000 {
            rounds += 1
            let wire = Self.opening.flatMap { mutated($0, &generator) }
            switch open(decode([wire[...]]).replies) {
            case true?: ready += 1
            case false?: failed += 1
            case nil: break
            }
            if send(&generator) { finished += 1 }
        }
        #expect(ready > 20 && failed > 20 && finished > 100)
    }

    /// True when a session came about, false when it failed, nil when more replies are awaited.
    private func open(_ replies: [SMTPReply]) -> Bool? {
        var machine = SMTPClientMachine(
            .init(
                hostname: "relay.azienda.it",
                tls: .verify,
                hasImplicitTLS: true,
                credentials: SMTPCredentials(login: "mario", credential: .password(Secret("segreto"))),
                peer: "smtp.example.it:465"
            )
        )
        for reply in replies {
            for action in machine.handle(.reply(reply)) {
                switch action {
                case .send(let line):
                    #expect(!line.utf8.contains(0x0A) && !line.contains("segreto"))
                    #expect(!line.contains(Base64.encode("segreto".utf8)))
                case .sendSecret(let line): #expect(!line.reveal().utf8.contains(0x0A))
                case .startTLS: Issue.record("TLS within TLS")
                case .ready: return true
                case .fail(let error):
                    #expect(!error.message.contains("segreto"))
                    return false
                }
            }
        }
        return nil
    }

    /// A transaction with these recipients; true when it ended with an answer to each.
    private func send(_ generator: inout SeededGenerator) -> Bool {
        let names = ["b", "c", "d"].prefix(Int.random(in: 1...3, using: &generator))
        let keywords = ["PIPELINING", "CHUNKING", "SIZE"].filter { _ in Bool.random(using: &generator) }
        var machine = SMTPTransactionMachine(
            SMTPTransaction(
                envelope: Envelope(
                    reversePath: .mailbox(AddrSpec(localPart: "a", domain: "x.it")),
                    recipients: names.map { EnvelopeRecipient(AddrSpec(localPart: $0, domain: "y.it")) }
                ),
                size: 10,
                hasBareLineEnds: false,
                holdsOnTransientRecipient: .random(using: &generator),
                joinsContent: .random(using: &generator)
            ),
            capabilities: SMTPCapabilities(SMTPReply(250, lines: ["x"] + keywords)),
            peer: "p"
        )
        var actions = machine.handle(.start)
        for _ in 0..<20 {
            for action in actions {
                switch action {
                case .finish(let result):
                    #expect(result.answers.count == names.count && machine.stage == nil)
                    return true
                case .fail: return false
                case .send(let text): #expect(text.hasSuffix("\r\n"))
                case .sendDotStuffed, .sendChunk: #expect(!machine.acceptedRecipients.isEmpty || !keywords.isEmpty)
                }
            }
            #expect(machine.stage != nil)
            let octets = mutated(Self.transaction.randomElement(using: &generator) ?? "", &generator)
            guard let reply = decode([octets[...]]).replies.first else {
                if let result = machine.resultAtLoss() { #expect(result.answers.count == names.count) }
                return false
            }
            actions = machine.handle(.reply(reply))
        }
        return false
    }
}
