// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

struct QuantityTests {
    private func queue(_ body: String) throws -> QueueConfiguration {
        let text = WrongFile.right.replacingOccurrences(of: "lifetime: 5d", with: body)
        return try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false).configuration.queue
    }

    @Test(arguments: [
        ("90s", Duration.seconds(90)), ("5m", .seconds(300)), ("4h", .seconds(14_400)), ("7d", .seconds(604_800)),
        ("1w", .seconds(604_800)), ("90000ms", .seconds(90)), ("90 s", .seconds(90)),
    ]) func `a duration is a number and a unit`(_ text: String, _ expected: Duration) throws {
        #expect(try queue("delay_notice: 60s\n  lifetime: \(text)").lifetime == expected)
    }

    @Test(arguments: [
        ("100MB", 100_000_000), ("36MiB", 37_748_736), ("2GB", 2_000_000_000), ("1GiB", 1_073_741_824),
        ("5000kB", 5_000_000), ("2048KiB", 2_097_152), ("1000000B", 1_000_000), ("64 mb", 64_000_000),
    ]) func `a size is a number and a decimal or binary unit`(_ text: String, _ expected: Int) throws {
        #expect(try queue("minimum_free: \(text)").minimumFree.octets == expected)
    }

    @Test(arguments: [
        ("smtp://h", "smtp://h:25"), ("smtps://h", "smtps://h:465"), ("SMTP://H.Example:587", "smtp://h.example:587"),
        ("\"smtp://[2001:db8::1]\"", "smtp://[2001:db8::1]:25"), ("\"smtps://[::1]:2465\"", "smtps://[::1]:2465"),
        ("smtp://192.0.2.1:26", "smtp://192.0.2.1:26"),
    ]) func `an endpoint has the standard port of its scheme`(_ text: String, _ expected: String) throws {
        let text = WrongFile.right.replacingOccurrences(of: "smtp://exch1.azienda.lan:25", with: text)
        let loaded = try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false)
        #expect(loaded.configuration.exchange.servers.first?.description == expected)
    }

    @Test func `pop3 and imap endpoints have their ports too`() throws {
        let text = WrongFile.right.replacingOccurrences(
            of: "pop3: pop3s://pop.pec.comune.it",
            with: "pop3: pop3://a\n    imap: imap://b\n    minimum_tls: \"1.0\""
        )
        let provider = try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false).configuration.accounts[0]
            .provider
        #expect(provider.pop3 == Endpoint(scheme: .pop3, host: "a", port: 110, tls: .verify, minimumTLS: .v10))
        #expect(provider.imap == Endpoint(scheme: .imap, host: "b", port: 143, tls: .verify, minimumTLS: .v10))
    }
}
