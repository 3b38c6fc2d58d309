// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Routing
import Testing

@Suite struct ForeignResultsTests {
    private static let hostname = "relay.azienda.it"

    private static func takenOff(_ text: String) -> String? {
        let octets = ByteBuffer(string: text)
        return ForeignResults.takenOff(octets, HeaderSection(octets), hostname: hostname).map { String(buffer: $0) }
    }

    /// Field bodies, and whether they speak in the name of relay.azienda.it (RFC 8601 §2.2).
    @Test(arguments: [
        (" relay.azienda.it; spf=pass", true), ("relay.azienda.it", true), (" RELAY.Azienda.IT 1; dkim=pass", true),
        (" relay.azienda.it/1; dkim=pass", false), (" relay.azienda.it.; dkim=pass", false),
        (" (a (nested) \\) note) relay.azienda.it (more); spf=pass", true), (" \"relay.azienda.it\"; spf=pass", true),
        (" \"relay.azienda\\.it\" 1;", true), ("\r\n\trelay.azienda.it;\r\n spf=pass", true),
        (" relay.azienda.it(x);", true),
        (" mx.fuori.test; spf=pass relay.azienda.it", false), (" xrelay.azienda.it; spf=pass", false),
        (" (relay.azienda.it)", false), (" (relay.azienda.it", false), ("", false), (" ;", false), (" \"", false),
    ])
    func `results are ours by the identifier that they begin with`(_ body: String, _ isOurs: Bool) {
        let text = "A: 1\r\nauthentication-results:\(body)\r\nB: 2\r\n\r\nbody"
        #expect(Self.takenOff(text) == (isOurs ? "A: 1\r\nB: 2\r\n\r\nbody" : nil))
    }

    @Test func `every field in our name goes, and every other octet stays`() {
        let forged = [
            "Authentication-Results: relay.azienda.it; dmarc=pass\r\n", "X-Ceralacca-Scan: pass; rspamd=clean\r\n",
            "X-CERALACCA-SPAM: no\r\n", "X-Ceralacca-Spam-Score: -9\r\n", "X-Ceralacca-Spam-Level: *\r\n",
            "X-Ceralacca-Spam-Threshold:\r\n 9\r\n",
        ]
        let kept = [
            "Authentication-Results: mx.test; spf=pass\r\n", "Subject:  è\r\n\tpiegata\r\n",
            "X-Ceralacca-PEC: kind=x\r\n",
            "ARC-Authentication-Results: i=1; relay.azienda.it; spf=pass\r\n", "A : 1\r\n",
            "X-Ceralacca-Spammer: x\r\n",
        ]
        let body = "\r\nAuthentication-Results: relay.azienda.it; spf=pass\r\n\u{0}"
        let mixed = zip(forged, kept).map { $0 + $1 }.joined()
        #expect(Self.takenOff(mixed + body) == kept.joined() + body)
        #expect(Self.takenOff(kept.joined() + body) == nil)
        #expect(Self.takenOff(forged.joined()) == "")
    }
}
