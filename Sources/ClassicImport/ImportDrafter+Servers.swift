// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

extension ImportDrafter {
    /// What a server is asked for.
    enum Purpose {
        case submission
        case pop3
        case imap

        func scheme(implicit: Bool) -> Endpoint.Scheme {
            switch self {
            case .submission: implicit ? .smtps : .smtp
            case .pop3: implicit ? .pop3s : .pop3
            case .imap: implicit ? .imaps : .imap
            }
        }
    }

    /// The server behind `host` and `port`: a port of stunnel's on this machine leads to the provider.
    mutating func server(
        _ purpose: Purpose,
        host: String,
        port: Int,
        isImplicit: Bool,
        trust: String? = nil,
        place: SourcePlace
    ) -> ImportedServer {
        if let (file, service) = tunnel(host: host, port: port), let target = service.connect.first {
            let here = SourcePlace(file, service.line)
            if service.connect.count > 1 {
                remark(here, "[\(service.name)] connects to several servers: the first was taken", "Choose one.")
            }
            if !service.isVerified {
                remark(
                    here,
                    "[\(service.name)] did not verify the server's certificate; the gateway does",
                    "If it is refused: the provider's root goes into `trust` of its entry under `providers`."
                )
            }
            let scheme = purpose.scheme(implicit: service.upgrade == nil)
            let trust = service.trust.map { FilePath.absolute($0, in: SystemFile.directory(of: file)) }
            return ImportedServer(
                endpoint: Endpoint(
                    scheme: scheme,
                    host: target.host.lowercased(),
                    port: target.port,
                    tls: .verify,
                    trust: roots(trust, here)
                ),
                tunnel: service.name,
                place: here
            )
        }
        // On this machine it is a tunnel's, which is told for itself.
        if purpose != .submission, !isImplicit, !Self.isThisMachine(host) {
            remark(
                place,
                "the mailbox was read in clear, or by STARTTLS; the gateway insists on STARTTLS and a certificate that is trusted",
                "If the provider has neither, ask it for a port with TLS."
            )
        }
        return ImportedServer(
            endpoint: Endpoint(
                scheme: purpose.scheme(implicit: isImplicit),
                host: host.lowercased(),
                port: port,
                tls: .verify,
                trust: roots(trust, place)
            ),
            tunnel: nil,
            place: place
        )
    }

    /// The file of roots that an endpoint needs; nil for the system's own, and for one that cannot serve.
    mutating func roots(_ path: String?, _ place: SourcePlace) -> String? {
        guard let path, !path.isEmpty, !FilePath.isSystemBundle(path) else { return nil }
        let fault = rootFiles[path] ?? rootsFault(path)
        rootFiles[path] = .some(fault)
        guard let fault else { return path }
        remark(place, fault, "Give the provider `trust` if its root is not the system's.")
        return nil
    }

    private func rootsFault(_ path: String) -> String? {
        do throws(ClassicFileError) {
            return try files.text(path).contains("CERTIFICATE-----") ? nil : "no certificate in PEM is in \(path)"
        } catch {
            return "the roots in \(path) cannot be read: \(error.reason)"
        }
    }

    private func tunnel(host: String, port: Int) -> (String, StunnelFile.Service)? {
        let isHere = Self.isThisMachine(host)
        let found = tunnels.first { tunnel in
            guard let accept = tunnel.service.accept, accept.port == port, let target = tunnel.service.connect.first,
                HostName.isValid(target.host) || IPLiteral.isAddress(target.host)
            else { return false }
            return isHere || accept.host?.lowercased() == host.lowercased()
        }
        return found.map { ($0.file, $0.service) }
    }

    static func isThisMachine(_ host: String) -> Bool {
        host.lowercased() == "localhost" || host.hasPrefix("127.") && IPLiteral.isAddress(host) || host == "::1"
            || host == "0.0.0.0"
    }

    /// `[host]:port`, `host:port`, `host`; the port may be a name. Nil for what no endpoint can have.
    static func nextHop(_ text: String) -> (host: String, port: Int?, isExact: Bool)? {
        var host = Substring(text)
        var rest = Substring()
        let isExact = text.hasPrefix("[")
        if isExact {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            rest = text[colon...]
        }
        if host.lowercased().hasPrefix("ipv6:") { host = host.dropFirst("ipv6:".count) }
        guard HostName.isValid(String(host)) || IPLiteral.isAddress(String(host)) else { return nil }
        guard !rest.isEmpty else { return (String(host), nil, isExact) }
        let names = ["smtp": 25, "smtps": 465, "submissions": 465, "submission": 587]
        let name = String(rest.dropFirst())
        guard rest.first == ":", let port = names[name] ?? Int(name), (1...65_535).contains(port) else { return nil }
        return (String(host), port, isExact)
    }
}

/// Addresses in digits.
enum IPLiteral {
    static func isAddress(_ text: String) -> Bool { Network(text) != nil && !text.contains("/") }
}
