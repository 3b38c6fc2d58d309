// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import Testing

struct TrackingTests {
    private func read(_ lines: String) throws -> Configuration {
        try ConfigurationFile.read("\(WrongFile.right)\n\(lines)", path: "x.yaml", checkingFiles: false).configuration
    }

    @Test func `what is not given has the values that the law and habit suggest`() throws {
        let configuration = try read("")
        #expect(configuration.tracking == TrackingConfiguration())
        #expect(configuration.tracking.acceptanceOverdue == .seconds(1800))
        #expect(configuration.tracking.deliveryOverdue == .seconds(108_000))
        #expect(configuration.tracking.uncertainAfter == .seconds(1800))
        #expect(configuration.tracking.digestAt == TimeOfDay(hour: 18, minute: 0))
        #expect(configuration.archive.keep == .seconds(3650 * 86_400))
    }

    @Test func `every key is read`() throws {
        let tracking = "{acceptance_overdue: 1h, delivery_overdue: 26h, uncertain_after: 5m, digest_at: \"07:05\"}"
        let configuration = try read("tracking: \(tracking)\narchive: {keep: 36500d}")
        let expected = TrackingConfiguration(
            acceptanceOverdue: .seconds(3600),
            deliveryOverdue: .seconds(26 * 3600),
            uncertainAfter: .seconds(300),
            digestAt: TimeOfDay(hour: 7, minute: 5)
        )
        #expect(configuration.tracking == expected)
        #expect(configuration.archive.keep == .seconds(36_500 * 86_400))
        #expect(try read("archive: {keep: forever}").archive.keep == nil)
        #expect(try read("quarantine: {keep: 7d}").quarantine == QuarantineConfiguration(keep: .seconds(7 * 86_400)))
        #expect(try read("quarantine: {digest: recipients}").quarantine == QuarantineConfiguration(digest: .recipients))
    }

    @Test(arguments: [
        ("tracking: {delivery_overdue: 23h}", "tracking.delivery_overdue", "a duration from 1d to 30d"),
        ("tracking: {acceptance_overdue: 30}", "tracking.acceptance_overdue", "the unit is missing"),
        ("tracking: {digest_at: \"24:00\"}", "tracking.digest_at", "a time of day in quotes"),
        ("tracking: {digest_at: 6pm}", "tracking.digest_at", "a time of day in quotes"),
        ("tracking: {digest: \"18:00\"}", "tracking.digest", "unknown key"),
        ("archive: {keep: 1h}", "archive.keep", "a duration from 1d to 36500d, such as 3650d, or forever"),
        ("archive: {keep: always}", "archive.keep", "expected a duration from 1d to 36500d"),
        ("archive: {keep: 40000d}", "archive.keep", "expected a duration from 1d to 36500d"),
        ("quarantine: {keep: 0d}", "quarantine.keep", "expected a duration from 1d to 36500d"),
        ("quarantine: {digest: all}", "quarantine.digest", "one of: none, postmaster, recipients"),
        ("archive: 3650d", "archive", "expected a mapping with the key keep"),
    ])
    func `what cannot be meant is a mistake`(_ lines: String, _ path: String, _ words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try read(lines) }
        #expect(error?.mistakes.count == 1)
        #expect(error?.mistakes.first?.path == path)
        #expect(error?.mistakes.first?.message.contains(words) == true, "\(error?.mistakes.first?.message ?? "")")
    }

    @Test func `a time of day is four digits and a colon`() {
        #expect(TimeOfDay("00:00")?.description == "00:00")
        #expect(TimeOfDay("23:59")?.description == "23:59")
        for text in ["", "1800", "6:00", "24:00", "12:60", "1a:00", "12:000", "-1:00"] {
            #expect(TimeOfDay(text) == nil, "\(text)")
        }
    }
}
