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
        for key in ["rspamd", "spamassassin", "milters"] {
            section.field(key)?.mistake("is not available in this version: mail would pass unscanned. Remove it")
        }
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
    func service() -> ServiceAddress? {
        let expected = "a service such as unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310"
        guard let text = text(expected) else { return nil }
        return ServiceAddress(text) ?? wrong(expected)
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
