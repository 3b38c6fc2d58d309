// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

struct RecipientSuffixTests {
    private static let secret = "4f9k2m7q1x8w3z6h"
    private static let table = RoutingTable(
        accounts: ["azienda@pec.example.it", "info@pec.example.it", "info@gmail.example", "a+b@pec.example.it"].map {
            RoutedAccount(address: Desk.addr($0), isCertified: true, deliverTo: [Desk.addr("x@azienda.it")])
        },
        exchangeDomains: ["azienda.it"]
    )

    private func account(_ recipient: String, secret: String = secret) throws -> String? {
        let suffix = try #require(RecipientSuffix(Secret(secret)))
        return Self.table.account(of: Desk.addr(recipient), suffix: suffix, hostname: "relay.azienda.it")?.description
    }

    @Test(arguments: [
        ("azienda+\(secret)@relay.azienda.it", "azienda@pec.example.it"),
        ("AZIENDA+4F9K2M7Q1X8W3Z6H@Relay.Azienda.IT", "azienda@pec.example.it"),
        ("azienda=pec.example.it+\(secret)@relay.azienda.it", "azienda@pec.example.it"),
        ("azienda+\(secret)@pec.example.it", "azienda@pec.example.it"),
        ("info=gmail.example+\(secret)@relay.azienda.it", "info@gmail.example"),
        ("info=pec.example.it+\(secret)@relay.azienda.it", "info@pec.example.it"),
        ("info+\(secret)@gmail.example", "info@gmail.example"),
        ("a+b+\(secret)@relay.azienda.it", "a+b@pec.example.it"),
    ])
    func `an address with the secret stands for its account`(_ recipient: String, _ expected: String) throws {
        #expect(try account(recipient) == expected)
    }

    @Test(arguments: [
        "azienda@relay.azienda.it", "azienda@pec.example.it", "azienda+@relay.azienda.it",
        "+\(secret)@relay.azienda.it",
        "azienda+\(secret.dropLast())@relay.azienda.it", "azienda+\(secret)x@relay.azienda.it",
        "azienda+\(secret.dropLast())g@relay.azienda.it", "azienda+\(secret)@azienda.it",
        "azienda+\(secret)@sub.relay.azienda.it", "nessuno+\(secret)@relay.azienda.it",
        "info+\(secret)@relay.azienda.it", "azienda-\(secret)@relay.azienda.it", "\(secret)@relay.azienda.it",
        "azienda=altrove.example+\(secret)@relay.azienda.it", "azienda+\(secret)+@relay.azienda.it",
    ])
    func `nothing else does: no secret, another one, an account that is not there or not the only one`(
        _ recipient: String
    ) throws {
        #expect(try account(recipient) == nil)
    }

    @Test(arguments: [
        "", "short", "123456789012345", String(repeating: "a", count: 41), "with space 1234567", "perché1234567890",
        "a+b+c+d+e+f+g+h+i", ".234567890123456", "1234567..0123456",
    ])
    func `a secret that can be guessed or stands in no address is none`(_ text: String) {
        #expect(RecipientSuffix(Secret(text)) == nil)
    }

    @Test func `nothing shows the secret`() throws {
        let suffix = try #require(RecipientSuffix(Secret(Self.secret)))
        #expect(!"\(suffix)".contains(Self.secret) && !String(reflecting: suffix).contains(Self.secret))
        let address = Desk.addr("azienda+\(Self.secret)@relay.azienda.it")
        #expect(RecipientSuffix.concealed(address).description == "azienda+***@relay.azienda.it")
        #expect(!RoutingTable.noAccount(address).description.contains(Self.secret))
        #expect(RecipientSuffix.concealed(Desk.addr("a@b.it")) == Desk.addr("a@b.it"))
    }
}
