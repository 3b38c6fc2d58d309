// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

/// `screening`, `proxies` and `xclient`.
struct ScreeningTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory.withExampleFiles()
    }

    private func read(_ more: String, listener: String = "") throws -> Configuration {
        let text = WrongFile.right.replacingOccurrences(
            of: "allow: [10.0.0.10]",
            with: "allow: [10.0.0.10]\(listener)"
        )
        return try ConfigurationFile.read("\(text)\n\(more)\n", path: "\(directory.path)/x.yaml").configuration
    }

    private func mistakes(_ more: String, listener: String = "") -> [String] {
        do {
            _ = try read(more, listener: listener)
            return []
        } catch let error as ConfigurationError {
            return error.mistakes.map { "\($0.line):\($0.column) \($0.path): \($0.message)" }
        } catch { return ["\(error)"] }
    }

    @Test func `without the section nothing is refused but floods and attacks`() throws {
        let screening = try read("").screening
        #expect(screening == ScreeningConfiguration())
        #expect(screening.greetingPause == .zero && screening.greylisting == nil && screening.refuseAt == nil)
        #expect(screening.reverseName == .tag && screening.zones.isEmpty && screening.exempt.isEmpty)
    }

    @Test func `everything that is written is read`() throws {
        let screening = try read(
            """
            screening:
              exempt: [192.0.2.0/24, "2001:db8::/32"]
              greeting_pause: 2s
              rates: {connections: 30/1m, recipients: off}
              abuse: {unknown_recipients: 20/1h, early_talkers: off}
              block: {first: 1m, longest: 2h}
              reverse_name: defer
              dnsbl:
                zones:
                  - {zone: zen.spamhaus.org, weight: 2, answers: [127.0.0.2, "127.0.0.4-7", "127.0.*.3"]}
                  - {zone: good.example.org, weight: -3}
                refuse_at: 2
              dns_timeout: 3s
              greylisting: {delay: 5m, retry_within: 1d, remember: 60d}
            """,
            listener: "\n    proxies: [10.0.0.20]\n    xclient: [10.0.0.21, \"fd00::/64\"]"
        )
        #expect(screening.screening.exempt.map(\.description) == ["192.0.2.0/24", "2001:db8::/32"])
        #expect(screening.screening.greetingPause == .seconds(2))
        let rates = screening.screening.rates
        #expect(rates["connections"] == .some(.init(count: 30, period: .seconds(60))))
        #expect(rates["recipients"] == .some(nil) && rates["messages"] == nil)
        #expect(rates["unknown_recipients"] == .some(.init(count: 20, period: .seconds(3600))))
        #expect(rates["early_talkers"] == .some(nil))
        #expect(screening.screening.firstBlock == .seconds(60) && screening.screening.longestBlock == .seconds(7200))
        #expect(screening.screening.reverseName == .defer && screening.screening.timeout == .seconds(3))
        #expect(
            screening.screening.zones == [
                .init(name: "zen.spamhaus.org", weight: 2, answers: ["127.0.0.2", "127.0.0.4-7", "127.0.*.3"]),
                .init(name: "good.example.org", weight: -3),
            ]
        )
        #expect(screening.screening.refuseAt == 2)
        let greylisting = try #require(screening.screening.greylisting)
        #expect(greylisting.delay == .seconds(300) && greylisting.remember == .seconds(60 * 86_400))
        #expect(screening.listeners[0].proxies.map(\.description) == ["10.0.0.20/32"])
        #expect(screening.listeners[0].xclients.map(\.description) == ["10.0.0.21/32", "fd00::/64"])
        #expect(try read("screening: {greylisting: true}").screening.greylisting == .init())
        #expect(try read("screening: {greylisting: false}").screening.greylisting == nil)
    }

    @Test(arguments: [
        ("screening: {greeting_pause: 2}", "25:29 screening.greeting_pause: found '2', expected a duration"),
        ("screening: {greeting_pause: 5m}", "expected a duration from 0s to 30s"),
        (
            "screening: {rates: {connections: 30}}",
            "screening.rates.connections: found '30', expected a rate such as 100/10m, or off"
        ),
        ("screening: {rates: {connections: 0/1m}}", "expected a rate"),
        ("screening: {rates: {connections: 5/9d}}", "expected a rate"),
        ("screening: {rates: {errors: 5/1m}}", "screening.rates.errors: unknown key"),
        ("screening: {abuse: {unknown: 5/1m}}", "unknown key"),
        ("screening: {block: {first: 2d}}", "screening.block: found 1d, expected no less than block.first (2d)"),
        ("screening: {reverse_name: yes}", "expected one of: off, tag, defer, refuse"),
        ("screening: {dnsbl: {refuse_at: 2}}", "found no key 'zones'"),
        (
            "screening: {dnsbl: {zones: [{zone: a.example.org}], refuse_at: 2}}",
            "screening.dnsbl.refuse_at: found 2, expected no more than 1"
        ),
        ("screening: {dnsbl: {zones: [{zone: a.example.org}, {zone: a.example.org}]}}", "found the zone twice"),
        ("screening: {dnsbl: {zones: [{zone: a.example.org, weight: 0}]}}", "not 0"),
        (
            "screening: {dnsbl: {zones: [{zone: a.example.org, answers: [128.0.0.2]}]}}",
            "expected an answer such as 127.0.0.2"
        ),
        ("screening: {dnsbl: {zones: [{zone: a.example.org, answers: [127.0.0.7-4]}]}}", "expected an answer"),
        (
            "screening: {greylisting: {delay: 1h, retry_within: 10m}}",
            "screening.greylisting.retry_within: found 10m, expected more than the delay of 1h"
        ),
        ("screening: {greylist: true}", "did you mean 'greylisting'?"),
    ])
    func `a mistake is named with its place`(_ text: String, _ words: String) {
        let found = mistakes(text)
        #expect(found.count == 1 && found[0].contains(words), "\(found)")
    }

    @Test func `the whole Internet is no proxy`() {
        for key in ["proxies", "xclient"] {
            let found = mistakes("", listener: "\n    \(key): [0.0.0.0/0]")
            #expect(found.count == 1 && found[0].contains("expected the addresses of your own proxies"), "\(found)")
        }
    }
}
