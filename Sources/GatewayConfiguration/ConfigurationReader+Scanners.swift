// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel
internal import Yams

extension ConfigurationReader {
    /// Reads `scanners`.
    func readScanners(_ field: Field) -> ScannersConfiguration {
        var scanners = ScannersConfiguration()
        guard
            var section = field.section(
                "a mapping with clamav, rspamd, spamassassin, milters, when_down, maximum_scans"
            )
        else { return scanners }
        scanners.clamAV = section.field("clamav")?.service()
        scanners.rspamd = section.field("rspamd")?.httpService()
        scanners.spamAssassin = section.field("spamassassin")?.spamAssassin()
        if let field = section.field("milters") { scanners.milters = field.milters() }
        if let choice = section.field("when_down")?.choice(ScannersConfiguration.WhenDown.self) {
            scanners.whenDown = choice
        }
        if let number = section.field("maximum_scans")?.integer(1...1000) { scanners.maximumScans = number }
        section.finish()
        return scanners
    }
}

extension ConfigurationReader {
    /// Reads `quarantine`.
    func readQuarantine(_ field: Field) -> QuarantineConfiguration {
        var quarantine = QuarantineConfiguration()
        guard var section = field.section("a mapping with the keys keep, digest") else { return quarantine }
        switch section.field("keep")?.retention() {
        case nil: break
        case .forever: quarantine.keep = nil
        case .duration(let time): quarantine.keep = time
        }
        if let digest = section.field("digest")?.choice(QuarantineConfiguration.Reader.self) {
            quarantine.digest = digest
        }
        section.finish()
        return quarantine
    }
}

extension Field {
    /// `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`.
    func service(_ example: String = "unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310") -> ServiceAddress? {
        let expected = "a service such as \(example)"
        guard let text = text(expected) else { return nil }
        return ServiceAddress(text) ?? wrong(expected)
    }

    /// `http://127.0.0.1:11333` or `unix:/run/rspamd/worker.sock`.
    fileprivate func httpService() -> ServiceAddress? {
        let expected = "rspamd's normal worker, such as http://127.0.0.1:11333 or unix:/run/rspamd/worker.sock"
        guard let text = text(expected) else { return nil }
        if text.hasPrefix("unix:") { return ServiceAddress(text) ?? wrong(expected) }
        guard text.hasPrefix("http://") else { return wrong(expected) }
        let rest = text.dropFirst("http://".count)
        return ServiceAddress("tcp:\(rest.hasSuffix("/") ? rest.dropLast() : rest)") ?? wrong(expected)
    }

    /// `tcp:127.0.0.1:783`, or `{service: tcp:127.0.0.1:783, user: ceralacca}`.
    fileprivate func spamAssassin() -> ScannersConfiguration.SpamAssassin? {
        let example = "tcp:127.0.0.1:783 or unix:/run/spamd.sock"
        if case .scalar = node { return service(example).map { .init(service: $0, user: nil) } }
        guard var section = section("a service such as \(example), or {service: …, user: NAME}") else { return nil }
        let address = section.required("service", "a service such as \(example)")?.service(example)
        let user = section.field("user")?.userName()
        section.finish()
        return address.map { .init(service: $0, user: user) }
    }

    private func userName() -> String? {
        let expected = "the name of a user: letters, digits and . _ @ + -"
        guard let text = text(expected) else { return nil }
        let isName = text.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "._@+-".utf8.contains(octet)
            }
        }
        return isName ? text : wrong(expected)
    }

    /// `[unix:/run/opendkim/opendkim.sock, tcp:127.0.0.1:8893]`.
    fileprivate func milters() -> [ServiceAddress] {
        let example = "unix:/run/opendkim/opendkim.sock or tcp:127.0.0.1:8891"
        var milters: [ServiceAddress] = []
        for field in list("a list of milters, such as [unix:/run/opendkim/opendkim.sock]") ?? [] {
            guard let milter = field.service(example) else { continue }
            if milters.contains(milter) {
                field.mistake("\(milter) stands in the list already")
            } else {
                milters.append(milter)
            }
        }
        return milters
    }
}

extension Field {
    private enum Word: String, CaseIterable {
        case none
        case exchange
    }

    /// `none`, `exchange`, or `{file: PATH}`.
    func recipients() -> RecipientsConfiguration? {
        if case .scalar = node {
            return choice(Word.self).map { $0 == .exchange ? .exchange : .none }
        }
        guard var section = section("none, exchange, or {file: PATH}") else { return nil }
        let file = section.required("file", "a file of addresses")
        let path = file?.text("the path of a file").map(findings.absolute)
        section.finish()
        guard let path else { return nil }
        guard findings.checksFiles else { return .file(path) }
        do { _ = try RecipientsConfiguration.read(path) } catch {
            file?.mistake("\(error)")
            return nil
        }
        return .file(path)
    }
}
