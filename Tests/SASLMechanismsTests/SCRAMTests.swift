// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms
import Testing

/// The example of RFC 7677 §3 and what a server may do wrong.
@Suite struct SCRAMTests {
    static let nonce = "rOprNGfwEbeRWgbNEkqO"
    static let serverNonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    static let serverFirst = "r=\(serverNonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    static let serverFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

    private func exchange() -> SASLClientExchange {
        SASLClientExchange(.scramSHA256, login: "user", credential: .password(Secret("pencil")), nonce: Self.nonce)
    }

    private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `the example of RFC 7677 section 3 holds`() throws {
        var exchange = exchange()
        #expect(exchange.initialResponse() == octets("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))
        let final = try exchange.respond(to: octets(Self.serverFirst))
        #expect(
            String(decoding: final, as: UTF8.self)
                == "c=biws,r=\(Self.serverNonce),p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        )
        try exchange.verifySuccess(octets(Self.serverFinal))
    }

    @Test func `the server's signature may come as a last challenge`() throws {
        var exchange = exchange()
        #expect(try exchange.respond(to: []) == octets("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))
        _ = try exchange.respond(to: octets(Self.serverFirst))
        #expect(try exchange.respond(to: octets(Self.serverFinal)) == [])
        try exchange.verifySuccess(nil)
        #expect(throws: SASLError.self) { try exchange.respond(to: octets("x")) }
    }

    @Test func `names with commas and equals signs are escaped`() {
        var exchange = SASLClientExchange(.scramSHA256, login: "a,b=c", credential: .password(Secret("p")), nonce: "N")
        #expect(exchange.initialResponse() == octets("n,,n=a=2Cb=3Dc,r=N"))
    }

    @Test(arguments: [nil, "", "v=AAAA", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", "v=%", "e=other-error", "x"])
    func `success without the right signature is no success`(_ data: String?) throws {
        var exchange = exchange()
        _ = exchange.initialResponse()
        _ = try exchange.respond(to: octets(Self.serverFirst))
        #expect(throws: SASLError.self) { try exchange.verifySuccess(data.map(octets)) }
    }

    @Test func `success before the exchange is over is no success`() {
        var exchange = exchange()
        _ = exchange.initialResponse()
        #expect(throws: SASLError.self) { try exchange.verifySuccess(nil) }
    }

    @Test(arguments: [
        "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",  // not our nonce
        "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",  // nothing of the server's
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ=,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999999999999",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=+4096",
        "m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "e=invalid-encoding", "r=", ",,", "garbage",
    ])
    func `a server's first message that is wrong or beyond the limits is refused`(_ message: String) {
        var exchange = exchange()
        _ = exchange.initialResponse()
        #expect(throws: SASLError.self) { try exchange.respond(to: octets(message)) }
    }

    @Test func `no error shows the password`() throws {
        var exchange = exchange()
        _ = exchange.initialResponse()
        _ = try exchange.respond(to: octets(Self.serverFirst))
        do {
            try exchange.verifySuccess(octets("e=pencil-free"))
            Issue.record("no error")
        } catch {
            #expect(error.code == .refused)
            #expect(error.description.contains("pencil-free"))
        }
        #expect(!"\(exchange)".contains("pencil"))
    }
}
