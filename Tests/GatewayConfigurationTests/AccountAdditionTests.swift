// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import OAuthProtocol
import SecretsVault
import Testing

struct AccountAdditionTests {
    private static let head = """
        # The gateway of Azienda
        hostname: relay.azienda.it   # not Exchange's
        postmaster: postmaster@azienda.it
        exchange: {servers: ["smtp://exch1.azienda.lan"], domains: [azienda.it]}
        listeners: [{role: exchange, address: "10.0.0.2:2525", allow: [10.0.0.10]}]

        """
    private static let first =
        "{address: azienda@pec.it, provider: aruba, password: {file: pec}, deliver_to: [protocollo@azienda.it]}"

    private let addition = AccountAddition(
        address: AddrSpec(localPart: "studio", domain: "legalmail.it"),
        provider: "legalmail",
        login: "M1234567",
        password: .file("/etc/ceralacca/secrets/studio"),
        deliverTo: [
            AddrSpec(localPart: "studio", domain: "azienda.it"), AddrSpec(localPart: "b", domain: "azienda.it"),
        ],
        fetch: FetchConfiguration(retrieval: .pop3, keep: .duration(.seconds(7 * 86_400)))
    )

    private static let entry = [
        "- address: studio@legalmail.it", "  provider: legalmail", "  login: M1234567",
        "  password: {file: /etc/ceralacca/secrets/studio}", "  deliver_to: [studio@azienda.it, b@azienda.it]",
        "  fetch: {protocol: pop3, every: 1m, keep: 7d}",
    ]

    private static func entry(_ indentation: Int, ending: String = "\n") -> String {
        entry.map { String(repeating: " ", count: indentation) + $0 + ending }.joined()
    }

    @Test(arguments: [
        ("accounts:\n  - \(first)\n", "\n# The queue\nqueue: {lifetime: 5d}\n", 2),
        ("accounts:   # all of them\n    - \(first)   # the first\n", "    # - {address: old@pec.it}\n\n\n", 4),
        ("accounts:\n- \(first)\n", "queue:\n  lifetime: 5d\n", 0),
        (
            "queue: {lifetime: 5d}\naccounts:\n  -\n    address: a@pec.it\n    provider: aruba\n    password: {env: P}\n    deliver_to:\n    - a@azienda.it\n",
            "", 2
        ),
        ("accounts:\n  - \(first)\n", "...\n", 2),
    ])
    func `the entry comes behind the others, and every other octet stays`(
        _ before: String,
        _ after: String,
        _ indentation: Int
    ) throws {
        let outcome = try addition.added(to: "\(Self.head)\(before)\(after)", path: "/x/y.yaml")
        #expect(outcome.text == "\(Self.head)\(before)\(Self.entry(indentation))\(after)")
        #expect(outcome.warnings.isEmpty)
    }

    @Test func `without the key it is written, and an empty list is made one of lines`() throws {
        let missing = try addition.added(to: "\(Self.head)# The end\n", path: "/x/y.yaml").text
        #expect(missing == "\(Self.head)accounts:\n\(Self.entry(2))# The end\n")
        let empty = try addition.added(to: "\(Self.head)accounts: []  # none\nqueue: {}\n", path: "/x/y.yaml").text
        #expect(empty == "\(Self.head)accounts:   # none\n\(Self.entry(2))queue: {}\n")
    }

    @Test func `lines end as they do in the file, the last one too`() throws {
        let text = "\(Self.head)accounts:\n  - \(Self.first)".split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\r\n")
        let outcome = try addition.added(to: text, path: "/x/y.yaml")
        #expect(outcome.text == "\(text)\r\n\(Self.entry(2, ending: "\r\n"))")
    }

    @Test(arguments: [
        "accounts: [\(first)]\n", "accounts: [\n]\n", "accounts:\n", "queue:\r  lifetime: 5d\raccounts: []\r\r",
        "accounts:\n  - &a \(first)\nqueue: {lifetime: 5d}\n--- \n",
        "accounts:\n  - address: a@pec.it\n    provider: aruba\n    password: {env: P}\n    deliver_to: [a@azienda.it]\n    login: |-\n      #1234\n",
    ])
    func `where lines cannot be put in surely nothing is done, and the lines are told`(_ accounts: String) {
        let error = #expect(throws: AccountAdditionError.self) {
            try addition.added(to: "\(Self.head)\(accounts)", path: "/x/y.yaml")
        }
        switch error {
        case .noPlace(let lines): #expect(lines == Self.entry)
        case .wrongConfiguration: #expect(accounts.contains("--- ") || accounts == "accounts:\n")
        default: Issue.record("\(String(describing: error))")
        }
    }

    @Test func `an account that would be wrong is refused with the reader's words`() throws {
        let text = "\(Self.head)accounts:\n  - \(Self.first)\n"
        var twice = addition
        twice.address = AddrSpec(localPart: "AZIENDA", domain: "pec.it")
        let error = #expect(throws: AccountAdditionError.self) { try twice.added(to: text, path: "/x/y.yaml") }
        #expect(error?.description.contains("accounts[1].address: found AZIENDA@pec.it twice") == true)
        var without = addition
        without.provider = "actalis"
        let refused = #expect(throws: AccountAdditionError.self) { try without.added(to: text, path: "/x/y.yaml") }
        #expect(refused?.description.contains("the provider has no pop3 endpoint") == true)
        let wrong = #expect(throws: AccountAdditionError.self) {
            try addition.added(to: "hostnam: a\n", path: "/x/y.yaml")
        }
        #expect(wrong?.description.contains("/x/y.yaml:1:1: hostnam: unknown key") == true)
    }

    @Test func `what is doubtful about the new account is told, and of the others nothing`() throws {
        let text = "\(Self.head)accounts:\n  - \(Self.first.replacing("azienda.it]", with: "altro.it]"))\n"
        var addition = addition
        addition.login = nil
        let warnings = try addition.added(to: text, path: "/x/y.yaml").warnings
        #expect(warnings.map(\.path) == ["accounts[1].provider"])
        #expect(warnings.first?.message.contains("M1234567") == true)
    }

    @Test(arguments: [
        (OAuthAddition(clientID: "app-1"), "client_id: app-1"),
        (
            OAuthAddition(clientID: "11111111-2222", tenant: "azienda.onmicrosoft.com", grant: .deviceCode),
            "client_id: \"11111111-2222\", tenant: azienda.onmicrosoft.com, grant: device_code"
        ),
        (
            OAuthAddition(
                clientID: "app-1",
                clientSecret: SecretName("ms-app"),
                tenant: "azienda.it",
                grant: .clientCredentials
            ), "client_id: app-1, client_secret: {vault: ms-app}, tenant: azienda.it, grant: client_credentials"
        ),
    ])
    func `an account that signs in is written with its application and without password`(
        _ oauth: OAuthAddition,
        _ words: String
    ) throws {
        let addition = AccountAddition(
            address: AddrSpec(localPart: "studio", domain: "azienda.it"),
            provider: "microsoft365",
            oauth: oauth,
            deliverTo: [AddrSpec(localPart: "b", domain: "azienda.it")]
        )
        let outcome = try addition.added(to: "\(Self.head)# The end\n", path: "/x/y.yaml")
        let entry =
            "accounts:\n  - address: studio@azienda.it\n    provider: microsoft365\n    oauth: {\(words)}\n"
            + "    deliver_to: [b@azienda.it]\n"
        #expect(outcome.text == "\(Self.head)\(entry)# The end\n")
        #expect(outcome.warnings.isEmpty)
    }

    @Test func `what an application lacks is told with the reader's words`() throws {
        var addition = addition
        addition.password = nil
        addition.oauth = OAuthAddition(clientID: "app-1", grant: .clientCredentials)
        addition.provider = "microsoft365"
        let error = #expect(throws: AccountAdditionError.self) {
            try addition.added(to: Self.head, path: "/x/y.yaml")
        }
        #expect(
            error?.description.contains("accounts[0].oauth: grant client_credentials needs a client_secret") == true
        )
    }

    @Test func `a login for retrieval is read as it was given`() throws {
        var addition = addition
        addition.fetch = FetchConfiguration(retrieval: .imap, login: "a b", folders: ["INBOX", "Già letti"])
        let outcome = try addition.added(to: Self.head, path: "/x/y.yaml")
        #expect(outcome.text.contains("fetch: {protocol: imap, login: \"a b\", every: 1m, folders: "))
    }

    @Test(arguments: [
        "123456", "1e5", "true", "No", "~", "a: b", "a #b", "{x}", "è", "a\"b\\c", "@a", "- a", "a,b", " a ",
        "M1234567",
        "a\u{2028}b", "'a'", "*a", "0x1F", "a.b/c_d@e+f-g", "null",
    ])
    func `a login is read as it was given, whatever it looks like in YAML`(_ login: String) throws {
        var addition = addition
        addition.login = login
        let outcome = try addition.added(to: "\(Self.head)", path: "/x/y.yaml")
        let configuration = try ConfigurationFile.read(outcome.text, path: "/x/y.yaml", checkingFiles: false)
            .configuration
        #expect(configuration.accounts.map(\.login) == [login])
    }
}
