// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel
internal import OAuthProtocol

extension ConfigurationReader {
    /// Reads `oauth` of an account at `provider`.
    func readOAuth(_ field: Field, provider: ProviderConfiguration?) -> OAuthConfiguration? {
        guard var section = field.section("a mapping such as {client_id: …, grant: authorization_code}") else {
            return nil
        }
        let known = section.field("authorization_server")?.choice(KnownAuthorizationServer.self)
        let server = known ?? provider?.authorization?.server
        let clientField = section.required("client_id", "the application's identifier at the authorization server")
        let clientID = clientField?.text("the application's identifier")
        let secretField = section.field("client_secret")
        let secret = secretField?.secret()
        let expiresField = section.field("client_secret_expires")
        let expires = expiresField?.day()
        let grantField = section.field("grant")
        let grant = grantField?.choice(OAuthGrant.self) ?? .authorizationCode
        let scopesField = section.field("scopes")
        let scopes = scopesField?.scopes()
        let tenantField = section.field("tenant")
        let usualTenant = provider?.authorization?.tenant ?? "organizations"
        let endpoints = readEndpoints(&section, server, tenantField, usualTenant, field, grant)
        section.finish()
        checkTLS(field, provider)
        if let expiresField, secretField == nil {
            expiresField.mistake("found it without client_secret, expected the secret whose end it is")
        }
        if grant == .clientCredentials {
            if secretField == nil { field.mistake("grant client_credentials needs a client_secret, expected one") }
            if server == .google {
                grantField?.mistake("Google gives no mailbox to client_credentials, expected authorization_code")
            } else if server == .microsoft, tenantField == nil {
                field.mistake("grant client_credentials needs the tenant's identifier, expected tenant: …")
            }
        }
        if grant == .deviceCode, server == .google, scopesField == nil {
            grantField?.warning(
                "Google's documentation names no scope for mail among those of device_code: use authorization_code, "
                    + "with `account sign-in --paste` on a machine without a browser"
            )
        }
        if server == nil, scopesField == nil {
            field.mistake("found no scopes, and no authorization server whose scopes are known: expected scopes: […]")
        }
        guard let clientID, let endpoints else { return nil }
        let client = OAuthClient(
            server: endpoints,
            clientID: clientID,
            grant: grant,
            scopes: scopes ?? server?.scopes(grant) ?? []
        )
        return OAuthConfiguration(client: client, clientSecret: secret, clientSecretExpires: expires)
    }

    /// An access token opens the mailbox to whoever hears it: it goes to servers alone that prove themselves.
    private func checkTLS(_ field: Field, _ provider: ProviderConfiguration?) {
        let endpoints = [provider?.submit, provider?.pop3, provider?.imap].compactMap { $0 }
        for endpoint in endpoints where endpoint.tls != .verify {
            field.mistake("found oauth with \(endpoint), whose certificate is not verified, expected tls: verify there")
        }
    }

    /// The endpoints of a known server, and those of the file on top.
    private func readEndpoints(
        _ section: inout Section,
        _ known: KnownAuthorizationServer?,
        _ tenantField: Field?,
        _ usualTenant: String,
        _ owner: Field,
        _ grant: OAuthGrant
    ) -> AuthorizationServer? {
        let tenant = tenantField?.tenant()
        if let tenantField, known != .microsoft {
            tenantField.mistake("found a tenant, which Microsoft's servers alone have")
        }
        let token = section.field("token_endpoint")
        let authorization = section.field("authorization_endpoint")
        let device = section.field("device_authorization_endpoint")
        let trust = section.field("trust")
        let redirectHost = section.field("redirect_host")
        var server: AuthorizationServer? =
            switch known {
            case .google: .google
            case .microsoft: .microsoft(tenant: tenant ?? usualTenant)
            case nil: nil
            }
        if let token {
            guard let url = token.httpsURL() else { return nil }
            if server == nil { server = AuthorizationServer(tokenEndpoint: url) } else { server?.tokenEndpoint = url }
        }
        guard var server else {
            owner.mistake("found no token_endpoint, expected one, or authorization_server: google or microsoft")
            return nil
        }
        if let authorization { server.authorizationEndpoint = authorization.httpsURL() }
        if let device { server.deviceAuthorizationEndpoint = device.httpsURL() }
        if let trust { server.trust = trust.file(.certificate) }
        if let name = redirectHost?.choice(RedirectHost.self) { server.redirectHost = name.rawValue }
        if grant == .authorizationCode, server.authorizationEndpoint == nil, authorization == nil {
            owner.mistake("grant authorization_code needs an authorization_endpoint, expected one")
        }
        if grant == .deviceCode, server.deviceAuthorizationEndpoint == nil, device == nil {
            owner.mistake("grant device_code needs a device_authorization_endpoint, expected one")
        }
        return server
    }
}

/// The names of this machine that a redirect URI may have.
private enum RedirectHost: String, CaseIterable {
    case address = "127.0.0.1"
    case name = "localhost"
}

extension Field {
    /// An https URL without query, fragment and user.
    fileprivate func httpsURL() -> String? {
        let expected = "an https:// URL without query such as https://login.example/token"
        guard let text = text(expected) else { return nil }
        let rest = text.dropFirst("https://".count)
        let host = rest.prefix { $0 != "/" }
        guard text.hasPrefix("https://"), !host.isEmpty, !host.contains("@"), !rest.contains("?"), !rest.contains("#"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") })
        else { return wrong(expected) }
        return text
    }

    /// A tenant of Microsoft: its identifier, its domain, or one of the words that stand for several.
    fileprivate func tenant() -> String? {
        let expected = "a tenant's identifier or domain such as azienda.onmicrosoft.com"
        guard let text = text(expected) else { return nil }
        let isTenant = text.utf8.allSatisfy { octet in
            (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20) || "-.".utf8.contains(octet)
        }
        return isTenant && text.utf8.count <= 255 ? text : wrong(expected)
    }

    /// One scope or more (RFC 6749 §3.3).
    fileprivate func scopes() -> [String]? {
        let expected = "a list of scopes such as [https://mail.google.com/]"
        guard let fields = list(expected) else { return nil }
        guard !fields.isEmpty else { return wrong(expected) }
        return fields.compactMap { field in
            guard let text = field.text("a scope") else { return nil }
            let isScope = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
            return isScope ? text : field.wrong("a scope without blanks")
        }
    }

    /// The beginning of a day in UTC.
    fileprivate func day() -> Timestamp? {
        let expected = "a day such as 2027-01-31"
        guard let text = text(expected) else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
        }
        guard parts.count == 3, text.utf8.count == 10, let year = parts[0], let month = parts[1], let day = parts[2],
            (2000...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return wrong(expected) }
        return Timestamp(milliseconds: Int64(Self.days(year, month, day)) * 86_400_000)
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counted from the first of March, so that a leap day is a year's last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
