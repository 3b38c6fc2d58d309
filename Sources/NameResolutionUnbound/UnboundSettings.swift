// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Whom to ask, and what proves an answer.
public struct UnboundSettings: Hashable, Sendable {
    /// A DNS server that resolves for us.
    public struct Server: Hashable, Sendable {
        /// Its IP address.
        public var address: String
        /// Its port.
        public var port: Int

        /// A server; port 53 unless given.
        public init(address: String, port: Int = 53) {
            self.address = address
            self.port = port
        }
    }

    /// The servers that are asked; empty: those of the file `resolverFile`.
    public var servers: [Server]
    /// The file that names the servers, unless some are given (resolv.conf(5)).
    public var resolverFile: String
    /// The file with the keys or digests of keys that DNSSEC begins with (DNSKEY or DS records); nil: nothing is validated, and no answer
    /// is ever secure.
    public var trustAnchor: String?
    /// How long an answer may take.
    public var timeout: Duration
    /// Questions that are open at the same time, equal ones counted once.
    public var maximumQuestions: Int

    /// Settings; the system's servers, no validation, 10 seconds and 2000 questions unless given.
    public init(
        servers: [Server] = [],
        resolverFile: String = "/etc/resolv.conf",
        trustAnchor: String? = nil,
        timeout: Duration = .seconds(10),
        maximumQuestions: Int = 2000
    ) {
        self.servers = servers
        self.resolverFile = resolverFile
        self.trustAnchor = trustAnchor
        self.timeout = timeout
        self.maximumQuestions = maximumQuestions
    }
}
