// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import Testing

struct CertifiedTests {
    private func read(_ lines: String, account: String = "") throws -> LoadedConfiguration {
        let fetch = "    fetch: {every: 60s}\n"
        let file = WrongFile.right.replacing(fetch, with: fetch + account)
        return try ConfigurationFile.read("\(file)\n\(lines)", path: "x.yaml", checkingFiles: false)
    }

    @Test func `nobody but the bundled anchors is believed, and receipts come one by one`() throws {
        let configuration = try read("").configuration
        #expect(configuration.certified == CertifiedConfiguration())
        #expect(configuration.accounts.first?.receipts == ReceiptConfiguration())
    }

    @Test func `roots and domains are read`() throws {
        let keys = "{trust: /etc/ceralacca/roots.pem, replace_anchors: true, provider_domains: [PEC.Comune.it]}"
        let expected = CertifiedConfiguration(
            trust: "/etc/ceralacca/roots.pem",
            replacesAnchors: true,
            providerDomains: ["pec.comune.it"]
        )
        #expect(try read("certified: \(keys)").configuration.certified == expected)
    }

    @Test func `an account says what becomes of its receipts`() throws {
        let keys = "    receipts: {to_sender: true, acceptances: daily}\n    receipt_type: brief\n"
        let expected = ReceiptConfiguration(toSender: true, acceptances: .daily, type: .brief)
        #expect(try read("", account: keys).configuration.accounts.first?.receipts == expected)
        let error = #expect(throws: ConfigurationError.self) { try read("", account: "    receipt_type: breve\n") }
        #expect(error?.mistakes.map(\.path) == ["accounts[0].receipt_type"])
    }

    @Test(arguments: [
        ("certified: {replace_anchors: true}", "certified.replace_anchors", "without trust"),
        ("certified: {provider_domains: [\"a b\"]}", "certified.provider_domains[0]", "a b"),
        ("certified: yes", "certified", "a mapping with trust"),
        ("certified: {roots: x.pem}", "certified.roots", "unknown key"),
    ])
    func `what cannot be meant is a mistake`(_ lines: String, _ path: String, _ words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try read(lines) }
        #expect(error?.mistakes.map(\.path) == [path])
        #expect(error?.mistakes.first?.message.contains(words) == true, "\(error?.mistakes.first?.message ?? "")")
    }
}
