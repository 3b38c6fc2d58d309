// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

/// An entry of `listeners` on its way.
struct ImportedListener: Equatable {
    var role: ListenerConfiguration.Role
    var host: String
    var port: Int
    var allow: [String] = []

    var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ImportDrafter {
    /// The ports: Postfix's own, as listeners for Exchange, for the Internet, or for both.
    mutating func listeners() -> [ImportedListener] {
        let allow = allowedNetworks()
        var result: [ImportedListener] = []
        let ports = master?.ports ?? [PostfixMaster.Port(host: nil, port: 25, options: [:], line: 0)]
        if ports.count > 16 {
            remark(SourcePlace("\(sources.postfix ?? "")/master.cf"), "more than 16 ports", "Add the others by hand.")
        }
        for port in tables == nil ? [] : ports.prefix(16) {
            let isOpen = admitsStrangers(port)
            if port.options["content_filter"] == "" {
                remark(
                    SourcePlace("\(sources.postfix ?? "")/master.cf", port.line),
                    "the port on which a content filter gives mail back is not carried over",
                    "Ceralacca asks ClamAV, rspamd, SpamAssassin and milters itself: `scanners`."
                )
                continue
            }
            if port.port == 465
                || [port.options["smtpd_sasl_auth_enable"], port.options["smtpd_tls_wrappermode"]].contains("yes")
            {
                remark(
                    SourcePlace("\(sources.postfix ?? "")/master.cf", port.line),
                    "the port \(port.port), for clients that log in, is not carried over",
                    "If there are such clients: a listener for Exchange with `tls` and `auth`."
                )
                continue
            }
            for host in hosts(port) {
                let isForAll = isOpen && (!Self.isThisMachine(host) || host == "0.0.0.0")
                let listener = ImportedListener(
                    role: isForAll ? .internet : .exchange,
                    host: host,
                    port: port.port,
                    allow: isForAll ? [] : allow
                )
                if !result.contains(where: { Self.collide($0, listener) }) { result.append(listener) }
            }
        }
        let hasInternet = result.contains { $0.role == .internet }
        func isReachable(_ listener: ImportedListener) -> Bool {
            listener.role == .exchange
                && (!hasInternet || listener.host == "0.0.0.0" || !Self.isThisMachine(listener.host))
        }
        if !result.contains(where: isReachable) { result.insert(ownListener(result, allow), at: 0) }
        if hasInternet, let own = result.first(where: isReachable) {
            remark(
                postfixPlace("mynetworks"),
                "Postfix took mail of Exchange and of the Internet on one port; Exchange's alone is \(own.address) now",
                "Let Exchange's send connector deliver there, and look that `allow` names Exchange's addresses alone."
            )
        }
        return result
    }

    private static func collide(_ one: ImportedListener, _ other: ImportedListener) -> Bool {
        let areBoth4 = !one.host.contains(":") && !other.host.contains(":")
        let isEvery = [one.host, other.host].contains { $0 == "::" || areBoth4 && $0 == "0.0.0.0" }
        return one.port == other.port && (one.host == other.host || isEvery)
    }

    /// A port of its own for Exchange, where Postfix had one for all.
    private mutating func ownListener(_ others: [ImportedListener], _ allow: [String]) -> ImportedListener {
        var port = 2525
        while others.contains(where: { $0.port == port }) { port += 1 }
        let host = others.first { $0.role == .internet }?.host ?? others.first?.host ?? "127.0.0.1"
        if tables == nil {
            remark(
                SourcePlace("listeners"),
                "no Postfix was named: a listener for Exchange was made on \(host), port \(port)",
                "Give it the address that Exchange connects to, and Exchange's addresses in `allow`."
            )
        }
        return ImportedListener(role: .exchange, host: host, port: port, allow: allow)
    }

    private mutating func hosts(_ port: PostfixMaster.Port) -> [String] {
        if let host = port.host {
            if host == "localhost" { return ["127.0.0.1"] }
            if IPLiteral.isAddress(host) { return [host] }
            remark(
                SourcePlace("\(sources.postfix ?? "")/master.cf", port.line),
                "a port whose host is no address is not carried over",
                "Add a listener with its address."
            )
            return []
        }
        var hosts: [String] = []
        let interfaces = PostfixLines.list(postfixValue("inet_interfaces"))
        for element in firstFew(interfaces, postfixPlace("inet_interfaces"), "interfaces") {
            switch element {
            case "all": hosts.append("0.0.0.0")
            case "loopback-only", "localhost": hosts.append("127.0.0.1")
            default:
                let plain =
                    element.hasPrefix("[") && element.hasSuffix("]") ? String(element.dropFirst().dropLast()) : element
                if IPLiteral.isAddress(plain) {
                    hosts.append(plain)
                } else {
                    remark(
                        postfixPlace("inet_interfaces"),
                        "an interface that is no address is not carried over",
                        "Add a listener with its address."
                    )
                }
            }
        }
        return hosts.isEmpty ? ["127.0.0.1"] : hosts
    }

    /// True when strangers may send mail for the company's domains to this port.
    private mutating func admitsStrangers(_ port: PostfixMaster.Port) -> Bool {
        guard !domains.isEmpty, ![465, 587].contains(port.port) else { return false }
        let rules = ["smtpd_relay_restrictions", "smtpd_recipient_restrictions", "smtpd_client_restrictions"].map {
            name in
            PostfixLines.list(port.options[name]?.replacing(",", with: " ") ?? postfixValue(name))
        }
        return !rules.contains { $0.contains("reject") }
    }

    private static func overlap(_ one: Network, _ other: Network) -> Bool {
        one.prefixLength >= other.prefixLength ? other.contains(one.octets) : one.contains(other.octets)
    }

    /// `mynetworks`, as `allow` has them.
    private mutating func allowedNetworks() -> [String] {
        var allow: [String] = []
        if isPostfixSet("mynetworks") {
            let place = postfixPlace("mynetworks")
            let elements = tables?.names("mynetworks", &remarks) ?? []
            let names = firstFew(elements, place, "networks", limit: Self.maximumNetworks).map {
                $0.replacing("[", with: "").replacing("]", with: "")
            }
            let exceptions = names.filter { $0.hasPrefix("!") }.compactMap { Network(String($0.dropFirst())) }
            for name in names where !name.hasPrefix("!") || Network(String(name.dropFirst())) == nil {
                guard let network = Network(name), network.prefixLength >= 8 else {
                    remark(
                        place,
                        "an element of mynetworks is not carried over: it is no network, or nearly everybody",
                        "Name Exchange's addresses in `allow`."
                    )
                    continue
                }
                if let exception = exceptions.first(where: { Self.overlap($0, network) }) {
                    remark(
                        place,
                        "mynetworks has \(network) without \(exception): `allow` has no exceptions, and \(network) was left out",
                        "Name Exchange's addresses in `allow`."
                    )
                } else if !allow.contains(name) {
                    allow.append(name)
                }
            }
        }
        if allow.isEmpty {
            allow = exchange.map(\.host).filter(IPLiteral.isAddress)
            if allow.isEmpty { allow = ["127.0.0.1"] }
            remark(
                tables == nil ? SourcePlace("listeners") : postfixPlace("mynetworks"),
                "nothing names the networks that may send: `allow` has \(allow.joined(separator: ", "))",
                "Name Exchange's addresses in `allow`."
            )
        }
        return allow
    }

    /// Certificate and key of `smtpd`, where they can serve.
    mutating func listenerTLS() -> (certificate: String, key: String)? {
        var certificate = postfixValue("smtpd_tls_cert_file")
        var key = postfixValue("smtpd_tls_key_file")
        var place = postfixPlace("smtpd_tls_cert_file")
        if isPostfixSet("smtpd_tls_chain_files") {
            certificate = PostfixLines.list(postfixValue("smtpd_tls_chain_files")).first ?? ""
            key = certificate
            place = postfixPlace("smtpd_tls_chain_files")
        }
        guard !certificate.isEmpty, certificate != "none" else { return nil }
        if key.isEmpty || key == "$smtpd_tls_cert_file" { key = certificate }
        (certificate, key) = (postfixPath(certificate), postfixPath(key))
        guard let reason = obstacle(certificate, key) else { return (certificate, key) }
        remark(place, "TLS of the listeners is not carried over: \(reason)", "Then give them tls: {certificate, key}.")
        return nil
    }

    private func obstacle(_ certificate: String, _ key: String) -> String? {
        do throws(ClassicFileError) {
            guard try files.text(certificate).contains("-----BEGIN CERTIFICATE-----") else {
                return "no certificate in PEM is in \(certificate)"
            }
            let text = try files.text(key)
            guard text.contains("PRIVATE KEY-----") else { return "no private key in PEM is in \(key)" }
            guard !text.contains("ENCRYPTED") else { return "the key in \(key) has a passphrase" }
            return files.isOpenToOthers(key) ? "everybody on this machine can read \(key) (chmod 600)" : nil
        } catch {
            return "certificate or key cannot be read: \(error.reason)"
        }
    }
}
