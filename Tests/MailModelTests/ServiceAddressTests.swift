// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@Suite struct ServiceAddressTests {
    @Test(arguments: [
        ("unix:/run/clamav/clamd.ctl", ServiceAddress.unix("/run/clamav/clamd.ctl")),
        ("tcp:127.0.0.1:783", .tcp(host: "127.0.0.1", port: 783)),
        ("tcp:[::1]:3310", .tcp(host: "::1", port: 3310)),
        ("tcp:scan.azienda.lan:3310", .tcp(host: "scan.azienda.lan", port: 3310)),
    ])
    func `an address is read and written alike`(_ text: String, _ address: ServiceAddress) {
        #expect(ServiceAddress(text) == address)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", "unix:", "unix:clamd.ctl", "tcp:127.0.0.1", "tcp::3310", "tcp:host:0", "tcp:host:65536", "tcp:::1:3310",
        "tcp:a b:1", "clamd.ctl", "http://127.0.0.1:1", "unix:/" + String(repeating: "a", count: 107),
    ])
    func `anything else is none`(_ text: String) {
        #expect(ServiceAddress(text) == nil)
    }
}
