// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel
internal import Yams

extension ConfigurationReader {
    /// Reads `screening`.
    func readScreening(_ field: Field) -> ScreeningConfiguration {
        var screening = ScreeningConfiguration()
        let expected =
            "a mapping with exempt, greeting_pause, rates, abuse, block, reverse_name, dnsbl, dns_timeout, greylisting"
        guard var section = field.section(expected) else { return screening }
        if let networks = section.field("exempt")?.networks() { screening.exempt = networks }
        // RFC 5321 §4.5.3.2.1: a client waits five minutes for the greeting; no honest one should have to wait long.
        if let pause = section.field("greeting_pause")?.duration(.zero...(.seconds(30))) {
            screening.greetingPause = pause
        }
        for (key, keys) in [
            ("rates", ScreeningConfiguration.rateKeys), ("abuse", ScreeningConfiguration.abuseKeys),
        ] {
            section.field(key).map { readRates($0, keys, into: &screening.rates) }
        }
        section.field("block").map { readBlock($0, into: &screening) }
        if let choice = section.field("reverse_name")?.choice(ScreeningConfiguration.ReverseName.self) {
            screening.reverseName = choice
        }
        section.field("dnsbl").map { readZones($0, into: &screening) }
        if let time = section.field("dns_timeout")?.duration(.milliseconds(100)...(.seconds(30))) {
            screening.timeout = time
        }
        screening.greylisting = section.field("greylisting").flatMap(readGreylisting)
        section.finish()
        return screening
    }

    private func readRates(_ field: Field, _ keys: [String], into rates: inout [String: ScreeningConfiguration.Rate?]) {
        guard var section = field.section("a mapping with \(keys.joined(separator: ", "))") else { return }
        for key in keys {
            guard let rate = section.field(key)?.rate() else { continue }
            rates[key] = .some(rate.rate)
        }
        section.finish()
    }

    private func readBlock(_ field: Field, into screening: inout ScreeningConfiguration) {
        guard var section = field.section("a mapping with first and longest") else { return }
        let range = Duration.seconds(1)...(.seconds(30 * 86_400))
        let longest = section.field("longest")
        if let value = section.field("first")?.duration(range) { screening.firstBlock = value }
        if let value = longest?.duration(range) { screening.longestBlock = value }
        section.finish()
        guard screening.firstBlock > screening.longestBlock else { return }
        (longest ?? field).mistake(
            "found \(Quantity.describe(screening.longestBlock)), expected no less than block.first (\(Quantity.describe(screening.firstBlock)))"
        )
    }

    private func readZones(_ field: Field, into screening: inout ScreeningConfiguration) {
        guard var section = field.section("a mapping with zones and refuse_at") else { return }
        let fields =
            section.required("zones", "a list of lists")?.list("a list such as [{zone: zen.spamhaus.org}]") ?? []
        let limit = section.field("refuse_at")
        screening.refuseAt = limit?.integer(1...1000)
        section.finish()
        for field in fields {
            guard let zone = readZone(field) else { continue }
            if screening.zones.contains(where: { $0.name == zone.name }) {
                field.mistake("found the zone twice, expected it once")
            }
            screening.zones.append(zone)
        }
        let sum = screening.zones.reduce(0) { $0 + max(0, $1.weight) }
        if let limit, !screening.zones.isEmpty, let refuseAt = screening.refuseAt, sum < refuseAt {
            limit.mistake("found \(refuseAt), expected no more than \(sum), which is what all zones weigh together")
        }
    }

    private func readZone(_ field: Field) -> ScreeningConfiguration.Zone? {
        guard var section = field.section("a mapping with zone, weight, answers") else { return nil }
        let name = section.required("zone", "the name of the list")?.hostname()
        let weight = section.field("weight").flatMap { $0.weight() } ?? 1
        let answers = section.field("answers")?.list("a list of answers such as [127.0.0.2, \"127.0.0.4-7\"]")?
            .compactMap { $0.answerPattern() }
        section.finish()
        return name.map { ScreeningConfiguration.Zone(name: $0, weight: weight, answers: answers ?? []) }
    }

    /// `true`, `false`, or the times.
    private func readGreylisting(_ field: Field) -> ScreeningConfiguration.Greylisting? {
        if case .scalar = field.node { return field.boolean() == true ? .init() : nil }
        var greylisting = ScreeningConfiguration.Greylisting()
        guard var section = field.section("true, false, or a mapping with delay, retry_within, remember") else {
            return nil
        }
        let day = 86_400
        let within = section.field("retry_within")
        if let value = section.field("delay")?.duration(.seconds(1)...(.seconds(3600))) { greylisting.delay = value }
        if let value = within?.duration(.seconds(1)...(.seconds(5 * day))) { greylisting.retryWithin = value }
        if let value = section.field("remember")?.duration(.seconds(60)...(.seconds(365 * day))) {
            greylisting.remember = value
        }
        section.finish()
        if greylisting.retryWithin <= greylisting.delay {
            (within ?? field).mistake(
                "found \(Quantity.describe(greylisting.retryWithin)), expected more than the delay of \(Quantity.describe(greylisting.delay))"
            )
        }
        return greylisting
    }
}

extension Field {
    /// `100/10m`, or `off`: nil for a mistake, a rate of nil for off.
    fileprivate func rate() -> (rate: ScreeningConfiguration.Rate?, Void)? {
        let expected = "a rate such as 100/10m, or off"
        guard let text = text(expected) else { return nil }
        if text == "off" || text == "false" { return (nil, ()) }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(parts[0]),
            (1...1_000_000_000).contains(count), let period = Quantity.duration(String(parts[1])),
            (Duration.seconds(1)...(.seconds(86_400))).contains(period)
        else { return wrong(expected) }
        return (ScreeningConfiguration.Rate(count: count, period: period), ())
    }

    /// A weight; one below zero takes away.
    fileprivate func weight() -> Int? {
        let expected = "a whole number from -100 to 100, not 0"
        guard let text = text(expected) else { return nil }
        guard let value = Int(text), text.first != "+", (-100...100).contains(value), value != 0 else {
            return wrong(expected)
        }
        return value
    }

    /// `127.0.0.2`, `127.0.0.4-7`, `127.0.*.3`.
    fileprivate func answerPattern() -> String? {
        let expected = "an answer such as 127.0.0.2, 127.0.0.4-7 or 127.0.*.3"
        guard let text = text(expected) else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isPattern =
            parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt8($0) }
                guard part != "*" else { return true }
                guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }), (1...2).contains(ends.count),
                    let low = ends.first ?? nil, let high = ends.last ?? nil
                else { return false }
                return low <= high
            }
        return isPattern ? text : wrong(expected)
    }
}
