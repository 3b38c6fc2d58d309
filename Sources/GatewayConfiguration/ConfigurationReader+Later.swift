// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ConfigurationReader {
    /// Reads the sections that this version understands in shape only.
    ///
    /// What would break a promise is a mistake, the rest a warning.
    func readLater(_ top: inout Section) {
        if let field = top.field("scanners") {
            field.checkScanners()
            field.mistake(
                "scanners are not available in this version: mail would pass unscanned. Remove the section, and scan on Exchange"
            )
        }
        for (key, what) in [("dashboard", "the dashboard"), ("metrics", "the metrics page")] {
            guard let field = top.field(key), var section = field.section("a mapping with the key address") else {
                continue
            }
            _ = section.required("address", "an address with a port")?.socketAddress()
            section.finish()
            field.warning("\(what) is not available in this version: the section has no effect")
        }
    }
}

extension Field {
    private enum WhenDown: String, CaseIterable {
        case `defer`
        case pass
    }

    fileprivate func checkScanners() {
        guard var section = section("a mapping with clamav, rspamd, spamassassin, milters, when_down") else { return }
        _ = section.field("clamav")?.text("unix:PATH or tcp:HOST:PORT")
        _ = section.field("rspamd")?.text("http://HOST:PORT")
        _ = section.field("spamassassin")?.text("tcp:HOST:PORT or unix:PATH")
        _ = section.field("milters")?.list("a list such as [unix:/run/opendkim/opendkim.sock]")
        _ = section.field("when_down")?.choice(WhenDown.self)
        section.finish()
    }
}
