// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import GatewayConfiguration
import MailTransport

extension ContentFilter.Settings {
    /// The scanners that `scanners` names.
    init(_ configuration: ScannersConfiguration, connector: MailConnector) {
        var scanners: [any MessageScanner] = []
        if let address = configuration.clamAV { scanners.append(ClamAVScanner(address, connector: connector)) }
        if let address = configuration.rspamd { scanners.append(RspamdScanner(address)) }
        if let daemon = configuration.spamAssassin {
            scanners.append(SpamAssassinScanner(daemon.service, user: daemon.user, connector: connector))
        }
        self.init(
            scanners: scanners,
            milters: MilterScanner.all(configuration.milters, connector: connector),
            whenDown: configuration.whenDown == .pass ? .pass : .defer,
            maximumScans: configuration.maximumScans
        )
    }
}

extension ScannersConfiguration {
    /// The names of all of them, which their alerts carry.
    var names: [String] {
        let own = [
            clamAV.map { _ in ClamAVScanner.name }, rspamd.map { _ in RspamdScanner.name },
            spamAssassin.map { _ in SpamAssassinScanner.name },
        ]
        return own.compactMap { $0 } + MilterScanner.names(milters)
    }
}
