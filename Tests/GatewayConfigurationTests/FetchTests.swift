// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import Testing

/// `fetch` of an account, and what its provider makes of it.
struct FetchTests {
    /// The right file with this account.
    private func load(_ provider: String, _ account: String) throws(ConfigurationError) -> LoadedConfiguration {
        let text = WrongFile.right
            .replacing("provider: comune", with: "provider: \(provider)")
            .replacing("fetch: {every: 60s}", with: account)
        return try ConfigurationFile.read(text, path: "x.yaml", checkingFiles: false)
    }

    @Test(arguments: [("0d", 0), ("0s", 0), ("7d", 7), ("1w", 7), ("48h", 2), ("1440m", 1)])
    func `keep is a number of whole days, in whatever unit`(_ text: String, _ days: Int) throws {
        let account = try load("comune", "fetch: {keep: \(text)}").configuration.accounts[0]
        #expect(account.fetch.keep == .duration(.seconds(86_400 * days)))
    }

    @Test(arguments: ["1h", "90s", "25h", "1ms"])
    func `part of a day is a mistake, not a day`(_ text: String) {
        let error = #expect(throws: ConfigurationError.self) { try load("comune", "fetch: {keep: \(text)}") }
        #expect(error?.mistakes.map(\.path) == ["accounts[0].fetch.keep"])
        #expect(
            error?.mistakes.first?.message == "found '\(text)', expected 0d, whole days such as 7d, or forever"
        )
    }

    @Test func `retrieval has a login of its own where fetch says so`() throws {
        let own = try load("comune", "fetch: {login: mario}").configuration.accounts[0]
        #expect(own.login == "azienda@pec.comune.it" && own.retrievalLogin == "mario")
        let same = try load("comune", "login: M1").configuration.accounts[0]
        #expect(same.login == "M1" && same.retrievalLogin == "M1")
    }

    @Test(arguments: [
        ("register", "pop3", "found pop3, but the provider has no pop3 endpoint: add one, or use imap or none"),
        ("tim-pec", "pop3", "found pop3, but the provider has no pop3 endpoint: add one, or use none"),
        ("tim-pec", "imap", "found imap, but the provider has no imap endpoint: add one, or use none"),
        ("comune", "imap", "found imap, but the provider has no imap endpoint: add one, or use pop3 or none"),
    ])
    func `a protocol that the provider lacks is refused with those that it has`(
        _ provider: String,
        _ name: String,
        _ words: String
    ) {
        let error = #expect(throws: ConfigurationError.self) { try load(provider, "fetch: {protocol: \(name)}") }
        #expect(error?.mistakes.map(\.message) == [words])
    }

    @Test(arguments: [
        ("legalmail", "login: M1234567", nil),
        (
            "legalmail", "receipt_type: full",
            "logs in with a user code such as M1234567, not with the address: set `login`"
        ),
        ("icloud", "fetch: {protocol: none}", nil), ("icloud", "fetch: {protocol: imap, login: azienda}", nil),
        ("icloud", "fetch: {protocol: imap}", "the part before the @ for retrieval"),
    ])
    func `a login that the provider does not take is remarked on`(
        _ provider: String,
        _ account: String,
        _ words: String?
    ) throws {
        let remarks = try load(provider, account).warnings.map(\.message).filter { $0.contains("logs in with") }
        #expect(remarks.count == (words == nil ? 0 : 1))
        if let words { #expect(remarks.first?.contains(words) == true, "\(remarks)") }
    }
}
