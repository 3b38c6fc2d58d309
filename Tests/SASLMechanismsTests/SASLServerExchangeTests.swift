// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms
import Testing

@Suite struct SASLServerExchangeTests {
    private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `PLAIN takes its message with the command or after an empty challenge`() throws {
        var first = try #require(SASLServerExchange(.plain))
        #expect(
            first.start(initialResponse: octets("\0tim\0tanstaaf"))
                == .credentials(login: "tim", password: Secret("tanstaaf"))
        )
        var second = try #require(SASLServerExchange(.plain))
        #expect(second.start(initialResponse: nil) == .challenge([]))
        #expect(second.respond(octets("tim\0tim\0p")) == .credentials(login: "tim", password: Secret("p")))
        #expect(second.respond(octets("\0tim\0p")) == .failed)
    }

    @Test(arguments: ["", "\0", "\0\0", "\0\0p", "tim\0p", "\0tim\0p\0q", "other\0tim\0p"])
    func `PLAIN messages of another shape fail`(_ message: String) throws {
        var exchange = try #require(SASLServerExchange(.plain))
        #expect(exchange.start(initialResponse: octets(message)) == .failed)
    }

    @Test func `PLAIN refuses what is not UTF-8 and what is too long`() throws {
        var first = try #require(SASLServerExchange(.plain))
        #expect(first.start(initialResponse: [0, 0xFF, 0, 0x41]) == .failed)
        var second = try #require(SASLServerExchange(.plain))
        let long = [UInt8](repeating: 0x41, count: SASLServerExchange.maximumResponseOctets)
        #expect(second.start(initialResponse: [0, 0x41, 0] + long) == .failed)
    }

    @Test func `LOGIN asks twice`() throws {
        var exchange = try #require(SASLServerExchange(.login))
        #expect(exchange.start(initialResponse: nil) == .challenge(octets("Username:")))
        #expect(exchange.respond(octets("mario")) == .challenge(octets("Password:")))
        #expect(exchange.respond(octets("segreto")) == .credentials(login: "mario", password: Secret("segreto")))
        #expect(exchange.respond(octets("again")) == .failed)
    }

    @Test func `LOGIN takes the name with the command`() throws {
        var exchange = try #require(SASLServerExchange(.login))
        #expect(exchange.start(initialResponse: octets("mario")) == .challenge(octets("Password:")))
        #expect(exchange.respond([]) == .credentials(login: "mario", password: Secret("")))
    }

    @Test func `LOGIN refuses an empty name`() throws {
        var exchange = try #require(SASLServerExchange(.login))
        #expect(exchange.start(initialResponse: []) == .failed)
    }

    @Test(arguments: [SASLMechanism.cramMD5, .scramSHA256])
    func `mechanisms that would need the password itself are not served`(_ mechanism: SASLMechanism) {
        #expect(SASLServerExchange(mechanism) == nil)
    }
}
