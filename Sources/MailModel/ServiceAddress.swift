// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Where a service of this machine or network listens: `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:783`.
public enum ServiceAddress: Hashable, Sendable, CustomStringConvertible {
    /// A socket in the file system, by its absolute path.
    case unix(String)
    /// A host name or an address literal without brackets, and a port of 1...65535.
    case tcp(host: String, port: Int)

    /// Reads `unix:PATH` or `tcp:HOST:PORT`; an IPv6 address stands in brackets. Nil for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst(5)
            // sockaddr_un holds 107 octets and a NUL.
            guard path.hasPrefix("/"), path.utf8.count <= 107, !path.utf8.contains(0) else { return nil }
            self = .unix(String(path))
            return
        }
        guard text.hasPrefix("tcp:") else { return nil }
        let rest = text.dropFirst(4)
        guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
            (1...65535).contains(port)
        else { return nil }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { return nil }
        self = .tcp(host: String(host), port: port)
    }

    /// As `init(_:)` reads it.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        }
    }
}
