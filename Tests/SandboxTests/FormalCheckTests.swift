// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

@testable import Sandbox

struct FormalCheckTests {
    private func faults(
        _ header: [String],
        recipients: [String] = ["bruno@pec.example.it"],
        size: Int = 1000,
        maximum: Int = 100_000
    ) -> [String] {
        FormalCheck(
            envelope: Envelope(
                reversePath: .mailbox(Fixtures.address("anna@pec.example.it")),
                recipients: recipients.map { EnvelopeRecipient(Fixtures.address($0)) }
            ),
            sender: Fixtures.address("anna@pec.example.it"),
            header: HeaderSection(ByteBuffer(string: header.joined(separator: "\r\n") + "\r\n\r\n")),
            size: ByteCount(octets: size),
            maximumTotal: ByteCount(octets: maximum)
        ).faults
    }

    private let sender = "From: Anna <Anna@PEC.example.it>"
    private let recipient = "To: \"Bruno, il capo\" <bruno@pec.example.it>"

    @Test
    func `a message whose From is the reverse-path and whose recipients are in To and Cc is in order`() {
        #expect(faults([sender, recipient]).isEmpty)
        #expect(
            faults(
                [sender, recipient, "Cc: carla@pec.example.it", "Bcc:"],
                recipients: ["BRUNO@pec.example.it", "carla@pec.example.it"]
            ).isEmpty
        )
        #expect(
            faults([sender, recipient, "Cc: carla@pec.example.it"]).isEmpty,
            "recipients may be fewer than To and Cc name"
        )
    }

    @Test(arguments: [
        ([], "From manca"),
        (["From: a@pec.example.it", "From: anna@pec.example.it"], "più di una volta"),
        (["From: anna@pec.example.it, bruno@pec.example.it"], "un solo indirizzo"),
        (["From: <<>>"], "un solo indirizzo"),
        (["From: bruno@pec.example.it"], "non coincide"),
    ])
    func `a From that is not the one sender is a fault`(_ fields: [String], _ words: String) {
        let found = faults(fields + [recipient])
        #expect(found.count == 1 && found.first?.contains(words) == true, "\(found)")
    }

    @Test
    func `missing To, hidden recipients, a Bcc field and too many octets are faults`() {
        #expect(faults([sender, "Cc: bruno@pec.example.it"]).contains { $0.contains("campo To") })
        #expect(
            faults([sender, recipient], recipients: ["bruno@pec.example.it", "dario@pec.example.it"])
                == ["il destinatario dario@pec.example.it non è presente nei campi To e Cc"]
        )
        #expect(faults([sender, recipient, "Bcc: dario@pec.example.it"]).contains { $0.contains("Bcc") })
        #expect(faults([sender, recipient], size: 100_001).contains { $0.contains("dimensione") })
        let both = ["bruno@pec.example.it", "carla@pec.example.it"]
        #expect(
            faults([sender, recipient + ", carla@pec.example.it"], recipients: both, size: 50_001)
                .contains { $0.contains("dimensione") }
        )
        #expect(faults([sender, recipient], size: .max).contains { $0.contains("dimensione") })
    }
}
