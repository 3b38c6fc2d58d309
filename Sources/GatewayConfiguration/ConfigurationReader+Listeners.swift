// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel
internal import Yams

extension ConfigurationReader {
    /// Reads `listeners`; `domains` is nil when `exchange` itself could not be read.
    func readListeners(_ field: Field, domains: [String]?) -> [ListenerConfiguration] {
        guard let fields = field.list("a list of listeners such as {role: exchange, address: \"10.0.0.2:2525\", …}")
        else {
            return []
        }
        if fields.isEmpty { field.warning(Self.noListeners) }
        var listeners: [ListenerConfiguration] = []
        for field in fields {
            guard let listener = readListener(field, domains: domains) else { continue }
            if let other = listeners.first(where: { Self.collide($0, listener) }) {
                let port = listener.port
                field.mistake(
                    "port \(port) is taken by the \(other.role.rawValue) listener on \(other.address), expected another"
                )
            }
            listeners.append(listener)
        }
        return listeners
    }

    /// True when the system would refuse the second of the two: one address and port, or a wildcard that covers it.
    private static func collide(_ one: ListenerConfiguration, _ other: ListenerConfiguration) -> Bool {
        guard one.port == other.port, one.port != 0, let left = IPAddress.parse(one.address),
            let right = IPAddress.parse(other.address), left.count == right.count
        else { return false }
        return left == right || left.allSatisfy { $0 == 0 } || right.allSatisfy { $0 == 0 }
    }

    private func readListener(_ field: Field, domains: [String]?) -> ListenerConfiguration? {
        guard var section = field.section("a mapping with role and address") else { return nil }
        let roleField = section.required("role", "exchange, internet or provider")
        let role = roleField?.choice(ListenerConfiguration.Role.self)
        let addressField = section.required("address", "an address with a port")
        let address = addressField?.socketAddress()
        let allowField = section.field("allow")
        let allowed = allowField?.networks()
        let tenantsField = section.field("tenants")
        let tenants = readTenants(tenantsField, origin: section.field("origin_field"))
        let tls = section.field("tls").map { (field: $0, tls: readListenerTLS($0, forTenants: tenantsField != nil)) }
        let authField = section.field("auth")
        let logins = authField.map(readLogins) ?? []
        let limits = section.field("limits").map(readLimits) ?? .init()
        let proxies = section.field("proxies").map(readTrusted) ?? []
        let xclients = section.field("xclient").map(readTrusted) ?? []
        let suffixField = section.field("recipient_suffix")
        let suffixes = suffixField.map(readSuffixes) ?? []
        section.finish()
        if let authField, tls == nil {
            authField.mistake(
                "found auth without tls, expected tls: {certificate, key}: passwords are taken in TLS only"
            )
        }
        guard let role, let roleField else { return nil }
        if let tenantsField { checkTenants(tenantsField, role, tls?.field, authField) }
        let isGuarded = tls.map { $0.tls == nil || $0.tls?.client == .required } ?? false || authField != nil
        switch role {
        case .exchange:
            if tenantsField == nil {
                checkExchange(roleField, allowField, allowed, isGuarded: isGuarded)
                warnOfStrangers(allowField, allowed ?? [], tls?.field, tls?.tls)
            }
        case .internet:
            if let domains, domains.isEmpty {
                roleField.mistake(
                    "found an internet listener without exchange.domains, expected the domains that it takes mail for"
                )
            }
            authField?.mistake(
                "found auth on an internet listener, expected it on an exchange listener: servers do not log in"
            )
        case .provider:
            checkProvider(roleField, allowField, allowed, hasSuffix: suffixField != nil, isGuarded: isGuarded)
        }
        let isProven = tls?.tls?.client == .required || authField != nil
        if let suffixField { checkSuffix(suffixField, suffixes, role, isProven: isProven) }
        guard let address, let addressField else { return nil }
        findings.hostQuestions.append(
            (addressField.position, addressField.path, .listener(address: address.host, port: address.port))
        )
        return ListenerConfiguration(
            role: role,
            address: address.host,
            port: address.port,
            allowed: allowed ?? [],
            tls: tls?.tls,
            logins: logins,
            tenants: tenants,
            limits: limits,
            recipientSuffixes: suffixes.map(\.secret),
            proxies: proxies,
            xclients: xclients
        )
    }

    /// One secret, or a list of them: while a new one is made known to providers, the old one is still taken.
    private func readSuffixes(_ field: Field) -> [(field: Field, secret: SecretReference)] {
        guard case .sequence = field.node else { return field.secret().map { [(field, $0)] } ?? [] }
        let fields = field.list("{vault: NAME}, or a list of such") ?? []
        if fields.isEmpty { field.mistake("found an empty list, expected one secret or more: {vault: NAME}") }
        return fields.compactMap { field in field.secret().map { (field, $0) } }
    }

    /// A listener of copies that nobody guards is open to all who find it.
    private func checkProvider(
        _ role: Field,
        _ allowField: Field?,
        _ allowed: [Network]?,
        hasSuffix: Bool,
        isGuarded: Bool
    ) {
        guard !isGuarded else { return }
        guard let allowField else {
            guard !hasSuffix else { return }
            return role.mistake(
                "found a provider listener that serves everybody: what comes by it reaches the readers of certified mail; "
                    + "expected allow: [addresses of the provider], or recipient_suffix, or auth, or tls: {client: required}"
            )
        }
        if allowed?.isEmpty == true, !hasSuffix {
            allowField.mistake("found an empty list, which is everybody, expected the addresses of the provider")
        }
        for network in allowed ?? [] where network.prefixLength == 0 {
            allowField.mistake("found \(network), which is everybody, expected the addresses of the provider")
        }
    }

    /// The suffix opens a listener of copies to everybody; one that knows its clients otherwise has no use for it.
    private func checkSuffix(
        _ field: Field,
        _ suffixes: [(field: Field, secret: SecretReference)],
        _ role: ListenerConfiguration.Role,
        isProven: Bool
    ) {
        if role != .provider {
            field.mistake("found it on an \(role.rawValue) listener, expected it on a provider listener alone")
        } else if isProven {
            field.mistake(
                "found it beside auth or tls: {client: required}, expected one of them: a client that proves who it is needs no secret "
                    + "in the recipient"
            )
        } else {
            findings.suffixes += suffixes
        }
    }

    /// Networks whose word on a client's address is taken: all of the Internet cannot be among them.
    private func readTrusted(_ field: Field) -> [Network] {
        let networks = field.networks() ?? []
        for network in networks where network.prefixLength < (network.octets.count == 4 ? 8 : 16) {
            field.mistake(
                "found \(network), expected the addresses of your own proxies: they are believed whom they speak for"
            )
        }
        return networks
    }

    /// P6: an exchange listener serves only those who are listed, or who prove who they are.
    private func checkExchange(
        _ role: Field,
        _ allowField: Field?,
        _ allowed: [Network]?,
        isGuarded: Bool
    ) {
        if !isGuarded {
            if allowField == nil {
                role.mistake(
                    "found an exchange listener that serves everybody (open relay), expected allow: [addresses of Exchange], "
                        + "or auth, or tls: {client: required}"
                )
            } else if let allowField, let allowed {
                if allowed.isEmpty { allowField.mistake("found an empty list, expected the addresses of Exchange") }
                for network in allowed where network.prefixLength == 0 {
                    allowField.mistake(
                        "found \(network), which is everybody (open relay), expected the addresses of Exchange"
                    )
                }
                for network in allowed where (1..<(network.octets.count == 4 ? 8 : 16)).contains(network.prefixLength) {
                    allowField.warning(
                        "\(network) is a large part of the Internet: all of it may send through this gateway"
                    )
                }
            }
        }
    }

    private func readListenerTLS(_ field: Field, forTenants: Bool) -> ListenerTLS? {
        guard var section = field.section("a mapping with certificate and key") else { return nil }
        let certificate = section.required("certificate", "a PEM file")?.file(.certificate)
        let key = section.required("key", "a PEM file")?.file(.privateKey)
        let authorityField = section.field("client_ca")
        let authority = authorityField?.file(.certificate)
        let clientField = section.field("client")
        let client = clientField?.choice(ListenerTLS.ClientCertificate.self) ?? (forTenants ? .required : .none)
        let isRequired = section.field("required")?.boolean() ?? false
        let implicitField = section.field("implicit")
        let isImplicit = implicitField?.boolean() ?? false
        section.finish()
        if forTenants, client != .required {
            clientField?.mistake(
                "found client: \(client.rawValue) beside tenants, expected required: Exchange Online proves by its certificate who it is"
            )
        }
        if forTenants, isImplicit {
            implicitField?.mistake(
                "found it beside tenants, expected no implicit: Exchange Online speaks STARTTLS alone"
            )
        }
        if client != .none, authorityField == nil, !forTenants {
            clientField?.mistake(
                "found client: \(client.rawValue) without client_ca, expected the PEM bundle to verify against"
            )
        }
        if let authorityField, client == .none {
            authorityField.mistake(
                "found client_ca although no certificate is asked for, expected client: optional or required"
            )
        }
        guard let certificate, let key else { return nil }
        return ListenerTLS(
            certificate: certificate,
            key: key,
            clientCA: authority,
            client: client,
            isRequired: isRequired,
            isImplicit: isImplicit
        )
    }

    private func readLogins(_ field: Field) -> [ListenerLogin] {
        guard let fields = field.list("a list such as [{login: exchange, password: {vault: NAME}}]") else { return [] }
        if fields.isEmpty { field.mistake("found an empty list, expected one login or more") }
        var logins: [ListenerLogin] = []
        for field in fields {
            guard var section = field.section("a mapping with login and password") else { continue }
            let login = section.required("login", "a name")?.text("a login")
            let password = section.required("password", "{vault: NAME}, {file: PATH} or {env: NAME}")?.secret()
            section.finish()
            guard let login, let password else { continue }
            if logins.contains(where: { $0.login == login }) {
                field.mistake("found the login twice, expected it once")
            }
            logins.append(ListenerLogin(login: login, password: password))
        }
        return logins
    }

    private func readLimits(_ field: Field) -> ListenerConfiguration.Limits {
        var limits = ListenerConfiguration.Limits()
        let expected = "a mapping with message, recipients, connections, connections_per_address, errors, idle"
        guard var section = field.section(expected) else { return limits }
        if let value = section.field("message")?.size(atLeast: 65_536) { limits.message = value }
        // RFC 5321 §4.5.3.1.8 asks for 100 recipients at least.
        if let value = section.field("recipients")?.integer(100...100_000) { limits.recipients = value }
        if let value = section.field("connections")?.integer(1...100_000) { limits.connections = value }
        if let value = section.field("connections_per_address")?.integer(1...100_000) {
            limits.connectionsPerAddress = value
        }
        if let value = section.field("errors")?.integer(1...1000) { limits.errors = value }
        if let value = section.field("idle")?.duration(.seconds(1)...(.seconds(3600))) { limits.idle = value }
        section.finish()
        return limits
    }
}
