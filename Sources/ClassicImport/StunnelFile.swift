// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What stunnel's configuration says: its services, of which those with `client = yes` stand in for providers on this machine.
///
/// ```text
/// [pec-submit]
/// client = yes
/// accept = 127.0.0.1:11465
/// connect = smtps.pec.aruba.it:465
/// ```
struct StunnelFile {
    /// The most services.
    static let maximumServices = 1000
    /// The most servers of a service that are read; the first of them counts.
    private static let maximumServers = 16

    /// A service.
    struct Service: Hashable {
        var name: String
        var line: Int
        var isClient = false
        /// Where it accepts; nil host for every address.
        var accept: (host: String?, port: Int)?
        /// Where it connects to, in the order of the file.
        var connect: [(host: String, port: Int)] = []
        /// `smtp`, `pop3`, `imap`: TLS begins by a command.
        var upgrade: String?
        /// The roots that it trusts; nil for none of its own.
        var trust: String?
        var isVerified = false

        static func == (left: Self, right: Self) -> Bool { left.line == right.line && left.name == right.name }
        func hash(into hasher: inout Hasher) { hasher.combine(line) }
    }

    let file: String
    private(set) var services: [Service] = []
    private(set) var strayLines: [Int] = []
    /// Lines that name a directory with more of it.
    private(set) var includes: [Int] = []

    init(_ text: String, file: String) {
        self.file = file
        var global = Service(name: "", line: 0)
        for (index, line) in text.textLines.enumerated() {
            let content = line.trimmed
            if content.isEmpty || content.hasPrefix(";") || content.hasPrefix("#") { continue }
            if content.hasPrefix("["), content.hasSuffix("]") {
                var service = global
                service.name = String(content.dropFirst().dropLast()).trimmed
                service.line = index + 1
                services.append(service)
                continue
            }
            guard let equals = content.firstIndex(of: "=") else {
                strayLines.append(index + 1)
                continue
            }
            let key = String(content[..<equals]).trimmed.lowercased()
            let value = String(content[content.index(after: equals)...]).trimmed
            if key == "include" { includes.append(index + 1) }
            if services.isEmpty {
                Self.set(key, value, &global)
            } else {
                Self.set(key, value, &services[services.count - 1])
            }
        }
        // Without a section the file itself is the service, as inetd starts it: it accepts nowhere and is of no use here.
    }

    private static func set(_ key: String, _ value: String, _ service: inout Service) {
        let isYes = value.lowercased() == "yes"
        switch key {
        case "client": service.isClient = isYes
        case "accept": service.accept = address(value)
        case "connect":
            guard service.connect.count < maximumServers, let (host, port) = address(value) else { return }
            service.connect.append((host ?? "localhost", port))
        case "protocol": service.upgrade = value.lowercased()
        case "cafile": service.trust = value
        case "verifychain", "verifypeer": service.isVerified = service.isVerified || isYes
        case "verify": service.isVerified = service.isVerified || (Int(value) ?? 0) >= 2
        default: break
        }
    }

    /// `25`, `host:25`, `:::25`.
    private static func address(_ text: String) -> (host: String?, port: Int)? {
        let colon = text.lastIndex(of: ":")
        let digits = colon.map { String(text[text.index(after: $0)...]) } ?? text
        guard let port = number(digits) else { return nil }
        guard let colon else { return (nil, port) }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return (host.isEmpty || host == "::" ? nil : String(host), port)
    }

    private static let names = [
        "smtp": 25, "ssmtp": 465, "smtps": 465, "submissions": 465, "submission": 587, "pop3": 110, "pop3s": 995,
        "imap": 143, "imaps": 993,
    ]

    private static func number(_ text: String) -> Int? {
        guard let port = names[text] ?? Int(text), (1...65_535).contains(port) else { return nil }
        return port
    }
}
