// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import Testing

/// Sessions that were legal once, mutated; the same in every run.
struct SMTPServerFuzzTests {
    private static let seeds = [
        "EHLO a.it\nMAIL FROM:<mario@azienda.it> SIZE=30 BODY=8BITMIME ENVID=a+2Bb RET=HDRS\n"
            + "RCPT TO:<ente@comune.it> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+20b@c.it\nDATA\nSubject: a\n\n..b\n.\nQUIT\n",
        "EHLO [192.0.2.1]\nMAIL FROM:<>\nRCPT TO:<Postmaster>\nBDAT 5\nabc\nBDAT 3 LAST\nd\nRSET\nNOOP\nVRFY a\nEXPN b\nHELP\nQUIT\n",
        "EHLO a\nAUTH PLAIN AG1hcmlvAHNlZ3JldG8=\nAUTH LOGIN\nbWFyaW8=\nc2VncmV0bw==\nMAIL FROM:<però@città.it> SMTPUTF8\n"
            + "RCPT TO:<\"a b\\\"\"@[IPv6:2001:db8::1]> ORCPT=utf-8;a\\x{F2}@b.it\nDATA\n.\nSTARTTLS\nEHLO b\n",
        "HELO a\nMAIL FROM:<>\nRCPT TO:<a@b.it>\nDATA\na\u{1}.\nb\n.\nNOOP\nMAIL FROM:<> SIZE=2000\n",
    ]
    private static let words = [
        "\r\n", "\n", "\r", ".", "\r\n.\r\n", "\n.\r\n", "BDAT 9223372036854775806\r\n", "BDAT 0 LAST\r\n", "DATA\r\n",
        "MAIL FROM:<",
        "<", ">", "\"", "\\", "@", ":", ";", "=", "+", "+00", "\\x{", "}", " ", "\u{0}", "STARTTLS\r\n", "RSET\r\n",
        "EHLO x\r\n", "*\r\n",
        "SIZE=", "99999999999999999999", "-1", "\u{301}", "RCPT TO:<a@b.it>\r\n", "AUTH PLAIN\r\n", "=\r\n",
    ]
    private static let codes: Set<Int> = [
        214, 220, 221, 235, 250, 252, 334, 354, 421, 452, 500, 501, 502, 503, 504, 530, 535, 538, 550, 552, 553, 554,
        555,
    ]

    private func mutated(_ generator: inout SeededGenerator) -> [UInt8] {
        var octets = SMTPServerSplitTests.octets(Self.seeds.randomElement(using: &generator) ?? "")
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let position = Int.random(in: 0...octets.count, using: &generator)
            let end = min(octets.count, position + Int.random(in: 0...12, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: octets.replaceSubrange(position..<end, with: [])
            case 1: octets.insert(UInt8.random(in: 0...255, using: &generator), at: position)
            case 2:
                octets.insert(
                    contentsOf: octets[position..<end],
                    at: Int.random(in: 0...octets.count, using: &generator)
                )
            case 3 where position < octets.count: octets[position] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 4 where Bool.random(using: &generator):
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

    @Test
    func `no session traps the server, and every reply has a legal form and code`() throws {
        var generator = SeededGenerator(seed: 20_261_123)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(3)
        var sessions = 0
        var seen: Set<Int> = []
        while clock.now < end, sessions < 20_000 {
            sessions += 1
            var server = ScriptedServer(
                {
                    $0.offersStartTLS = true
                    $0.offersAuthentication = true
                    $0.limits.messageOctets = 1000
                    $0.limits.recipients = 3
                    $0.limits.errors = 10
                },
                inTLS: Bool.random(using: &generator)
            )
            let octets = mutated(&generator)
            let positions = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                Int.random(in: 0...octets.count, using: &generator)
            }
            for piece in split(octets, at: positions.sorted()) {
                server.receive(piece)
                #expect(server.isClosed || server.reader.bufferedOctets <= 4096)
            }
            server.report(
                [.disconnected, .timedOut(.idle), .timedOut(.content), .shutdown].randomElement(using: &generator)
                    ?? .disconnected
            )
            for line in server.transcript.split(separator: "\r\n", omittingEmptySubsequences: false).dropLast() {
                let code = try #require(Int(line.prefix(3)))
                seen.insert(code)
                #expect(Self.codes.contains(code), "\(line)")
                #expect(line.utf8.count <= 510 && line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
                #expect([" ", "-"].contains(line.dropFirst(3).first))
            }
            #expect(server.transcript.hasSuffix("\r\n"))
            for message in server.messages {
                #expect(message.content.count == message.summary.octets && message.summary.octets <= 1000)
                #expect(!message.envelope.recipients.isEmpty)
            }
        }
        #expect(sessions > 200)
        #expect(seen.isSuperset(of: [220, 221, 235, 250, 354, 500, 501, 503, 550]))
    }
}
