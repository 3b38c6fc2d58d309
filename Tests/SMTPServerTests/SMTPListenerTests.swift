// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SMTPListenerTests {
    @Test
    func `a message sent command by command arrives with its envelope and content`() async throws {
        let receiver = RecordingReceiver()
        try await withListener(receiver) { port, _ in
            try await TestClient.run(port: port) { client in
                #expect(try await client.reply() == "220 relay.azienda.it ESMTP Ceralacca")
                let capabilities = try await client.say("EHLO exch1.azienda.lan")
                #expect(
                    capabilities == """
                        250-relay.azienda.it | 250-PIPELINING | 250-SIZE 157286400 | 250-8BITMIME | 250-CHUNKING | \
                        250-ENHANCEDSTATUSCODES | 250-DSN | 250-SMTPUTF8 | 250 HELP
                        """
                )
                #expect(try await client.say("MAIL FROM:<mario@azienda.it> SIZE=20").hasPrefix("250 2.1.0 "))
                #expect(try await client.say("RCPT TO:<ente@pec.comune.it>").hasPrefix("250 2.1.5 "))
                #expect(try await client.say("DATA").hasPrefix("354 "))
                #expect(try await client.say("Subject: prova\r\n\r\n..ciao\r\n.") == "250 2.0.0 queued as 1")
                #expect(try await client.say("QUIT").hasPrefix("221 2.0.0 "))
                #expect(try await client.reply() == nil)
            }
        }
        let message = try #require(receiver.messages.first)
        #expect(message.content == "Subject: prova\r\n\r\n.ciao\r\n")
        #expect(message.appends == 1)
        #expect(message.envelope.reversePath == .mailbox(AddrSpec(localPart: "mario", domain: "azienda.it")))
        #expect(
            message.envelope.recipients == [
                EnvelopeRecipient(AddrSpec(localPart: "ente", domain: "pec.comune.it"))
            ]
        )
        #expect(message.session.peer == "127.0.0.1")
        #expect(message.session.clientName == "exch1.azienda.lan")
        #expect(message.session.isExtended)
        #expect(message.facts == ContentFacts(octets: 25, hasBareLineEnds: false, isEightBit: false))
    }
}
