// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import OAuthProtocol
import Testing

@Suite struct OAuthConfigurationTests {
    private func read(
        _ account: String,
        provider: String = "gmail",
        more: String = ""
    ) throws(ConfigurationError) -> LoadedConfiguration {
        let text = """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            exchange: {servers: [smtp://exch.azienda.lan:25], domains: [azienda.it]}
            listeners: []
            accounts:
              - {address: a@x.it, provider: \(provider), \(account), deliver_to: [b@azienda.it]}
            \(more)

            """
        return try ConfigurationFile.read(text, path: "/x.yaml", checkingFiles: false)
    }

    private func client(_ account: String, provider: String = "gmail") throws -> OAuthClient {
        try #require(try read(account, provider: provider).configuration.accounts[0].oauth).client
    }

    @Test func `Gmail and Microsoft 365 bring endpoints and scopes`() throws {
        let google = try client("oauth: {client_id: x}")
        #expect(google.server == .google && google.grant == .authorizationCode)
        #expect(google.scopes.first == "https://mail.google.com/")
        let microsoft = try client("oauth: {client_id: x, grant: device_code}", provider: "microsoft365")
        #expect(microsoft.server == .microsoft(tenant: "organizations"))
        #expect(
            microsoft.scopes.contains("https://outlook.office.com/SMTP.Send")
                && microsoft.scopes.contains("offline_access")
        )
        let application = try client(
            "oauth: {client_id: x, grant: client_credentials, tenant: azienda.onmicrosoft.com, client_secret: {vault: app}}",
            provider: "microsoft365"
        )
        #expect(
            application.server.tokenEndpoint
                == "https://login.microsoftonline.com/azienda.onmicrosoft.com/oauth2/v2.0/token"
        )
        #expect(application.scopes == ["https://outlook.office365.com/.default"])
    }

    @Test func `personal mailboxes of Microsoft have their own tenant, unless another one is named`() throws {
        #expect(
            try client("oauth: {client_id: x}", provider: "outlook").server == .microsoft(tenant: "consumers")
        )
        let named = try client("oauth: {client_id: x, tenant: organizations}", provider: "outlook")
        #expect(named.server == .microsoft(tenant: "organizations"))
    }

    @Test func `an entry that changes a built-in provider leaves its authorization server`() throws {
        let changed = try read("oauth: {client_id: x}", more: "providers: {gmail: {limits: {connections: 1}}}")
        let account = changed.configuration.accounts[0]
        #expect(account.provider.limits.connections == 1 && account.oauth?.client.server == .google)
    }

    @Test func `another server is named by its endpoints, and the end of a secret by its day`() throws {
        let oauth = try #require(
            try read(
                "oauth: {client_id: x, token_endpoint: \"https://l.example/t\", authorization_endpoint: \"https://l.example/a\", "
                    + "scopes: [mail], client_secret: {env: S}, client_secret_expires: 2027-01-31}",
                provider: "libero"
            ).configuration.accounts[0].oauth
        )
        #expect(oauth.client.server.tokenEndpoint == "https://l.example/t")
        #expect(oauth.clientSecretExpires == Timestamp(milliseconds: 1_801_353_600_000))
        #expect(oauth.clientSecret == .environment("S"))
    }

    @Test(arguments: [
        ("oauth: {client_id: x}, password: {env: P}", "found a password beside oauth"),
        ("oauth: {}", "found no key 'client_id'"),
        (
            "oauth: {client_id: x, grant: password}",
            "expected one of: authorization_code, device_code, client_credentials"
        ),
        ("oauth: {client_id: x, grant: client_credentials, client_secret: {env: S}}", "Google gives no mailbox"),
        ("oauth: {client_id: x, tenant: y}", "which Microsoft's servers alone have"),
        ("oauth: {client_id: x, client_secret: Segreto1}", "found a password in clear"),
        ("oauth: {client_id: x, client_secret_expires: 2027-01-31}", "found it without client_secret"),
        ("oauth: {client_id: x, client_secret: {env: S}, client_secret_expires: soon}", "expected a day such as"),
        ("oauth: {client_id: x, token_endpoint: \"http://l.example/t\"}", "expected an https:// URL"),
        ("oauth: {client_id: x, token_endpoint: \"https://u@l.example/t\"}", "expected an https:// URL"),
        ("oauth: {client_id: x, scopes: []}", "expected a list of scopes"),
        ("oauth: {client_id: x, scope: [a]}", "did you mean 'scopes'"),
        ("oauth: {client_id: x, redirect_host: example.com}", "expected one of: 127.0.0.1, localhost"),
    ])
    func `a mistake is named with its place, and no secret is shown`(_ account: String, _ words: String) {
        let error = #expect(throws: ConfigurationError.self) { try read(account) }
        #expect(
            error?.mistakes.contains { $0.message.contains(words) && $0.line == 6 } == true,
            "\(String(describing: error))"
        )
        #expect("\(String(describing: error))".contains("Segreto1") == false)
    }

    @Test(arguments: [
        ("oauth: {client_id: x}", "found no token_endpoint"),
        (
            "oauth: {client_id: x, token_endpoint: \"https://l.example/t\", scopes: [a]}",
            "needs an authorization_endpoint"
        ),
        (
            "oauth: {client_id: x, token_endpoint: \"https://l.example/t\", scopes: [a], grant: device_code}",
            "needs a device_authorization_endpoint"
        ),
        (
            "oauth: {client_id: x, token_endpoint: \"https://l.example/t\", authorization_endpoint: \"https://l.example/a\"}",
            "found no scopes"
        ),
    ])
    func `a server that is not known needs its endpoints and scopes`(_ account: String, _ words: String) {
        let error = #expect(throws: ConfigurationError.self) { try read(account, provider: "libero") }
        #expect(error?.mistakes.contains { $0.message.contains(words) } == true, "\(String(describing: error))")
    }

    @Test(arguments: ["require", "opportunistic", "none", "verify"])
    func `tokens go to no server that does not prove itself`(_ policy: String) throws {
        let providers =
            "providers: {p: {certified: false, submit: smtps://s.example:465, pop3: pop3s://p.example:995, tls: \(policy)}}"
        func found() -> Bool {
            do throws(ConfigurationError) {
                _ = try read("oauth: {client_id: x, authorization_server: google}", provider: "p", more: providers)
                return false
            } catch { return error.mistakes.contains { $0.message.contains("expected tls: verify") } }
        }
        #expect(found() == (policy != "verify"))
    }

    @Test func `a password and its remarks stay as they were, and oauth is told nothing of passwords`() throws {
        #expect(try read("password: {env: P}").warnings.contains { $0.message.contains("app password") })
        #expect(try !read("oauth: {client_id: x}").warnings.contains { $0.message.contains("app password") })
        #expect(
            try read("oauth: {client_id: x, grant: device_code}").warnings.contains {
                $0.message.contains("device_code")
            }
        )
    }
}
