// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

/// P4 for any header at all: headers put together and damaged at random, the same in every run.
struct RoutingInvariantTests {
    /// The generator of Vigna's SplitMix64.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private static let addresses = [
        "azienda@pec.example.it", "AZIENDA@PEC.example.it", "altra@pec.example.it", "vendite@gmail.example",
        "x@azienda.it",
        "perché@xn--citt-3na.it", "\"ufficio gare\"@pec.example.it", "y@z.it",
    ]
    private static let names = [
        "From", "FROM", "From", "Sender", "Resent-From", "To", "Auto-Submitted", "X-MS-Journal-Report", "X",
    ]
    private static let shapes = [
        "%", "A <%>", "(c) %", "%, x@y.it", "G: %;", "\"%\" <y@z.it>", "%\r\n x", "<%", "no", "", "\r\n <%>",
    ]
    private static let damage = ["\r\n", ",", "<", ">", "\"", "(", "@", ":", "\0", " ", "From: ", "è"]

    private static func header(_ generator: inout SplitMix) -> String {
        var fields = (0..<Int.random(in: 0...3, using: &generator)).map { index in
            let name = index == 0 ? "From" : names.randomElement(using: &generator) ?? ""
            let shape = shapes.randomElement(using: &generator) ?? ""
            let address = addresses.randomElement(using: &generator) ?? ""
            return
                "\(name): \(shape.split(separator: "%", omittingEmptySubsequences: false).joined(separator: address))\r\n"
        }.joined()
        for _ in 0..<(Int.random(in: 0...3, using: &generator) / 2) {
            let place = fields.index(fields.startIndex, offsetBy: Int.random(in: 0...fields.count, using: &generator))
            fields.insert(contentsOf: damage.randomElement(using: &generator) ?? "", at: place)
        }
        return fields
    }

    /// The one mailbox of the one From field; nil for anything else.
    private static func author(_ header: HeaderSection) -> AddrSpec? {
        let bodies = header.all("From")
        guard bodies.count == 1, let entries = try? AddressList.parse(bodies[0]), entries.count == 1,
            case .mailbox(_, let address) = entries[0]
        else { return nil }
        return address
    }

    @Test func `Credentials are used for the account in From alone, and mail of an account takes no other way`() {
        var generator = SplitMix(state: 6109)
        var counts: [String: Int] = [:]
        for _ in 0..<4000 {
            let reversePath = Self.addresses.randomElement(using: &generator).flatMap(AddrSpec.init)
            let path = Bool.random(using: &generator) ? reversePath.map(ReversePath.mailbox) ?? .null : .null
            let envelope = Envelope(reversePath: path, recipients: [EnvelopeRecipient(Desk.addr("a@b.it"))])
            let header = HeaderSection(
                ByteBuffer(string: "To: a@b.it\r\n\(Self.header(&generator))\r\nFrom: azienda@pec.example.it\r\n")
            )
            let author = Self.author(header)
            let isAccount = author.map { Desk.table.acceptsRecipient($0, listener: .provider) == nil } ?? false
            let decision = Desk.table.decide(RoutingQuestion(listener: .exchange, envelope: envelope, header: header))
            switch decision {
            case .route(.account(let key), let sender, let recipients, _):
                counts["account", default: 0] += 1
                #expect(author?.comparisonKey == key && isAccount)
                let isNullKept = sender == .null && path == .null && key == "vendite@gmail.example"
                #expect(sender.mailbox?.comparisonKey == key || isNullKept)
                #expect(recipients == envelope.recipients)
            case .route(let route, let sender, let recipients, _):
                counts["\(route)", default: 0] += 1
                #expect(route == .internet && !isAccount && header.all("From").count <= 1)
                #expect(sender == path && recipients == envelope.recipients)
            case .refuse(let reply):
                counts["refused", default: 0] += 1
                #expect(reply.isPermanent && reply.status?.statusClass == 5)
            }
        }
        for way in ["account", "internet", "refused"] { #expect(counts[way, default: 0] > 150, "\(counts)") }
    }
}
