// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import MailModel
public import NIOSSL
import Synchronization

/// The TLS contexts of outgoing connections, made once for each set of demands and again when a trust file changes on disk.
public final class TLSContexts: Sendable {
    private struct Key: Hashable {
        var verifies: Bool
        var isJudged: Bool
        var minimum: MailModel.TLSVersion
        var trust: String?
        var trustModified: Int
        var identity: ClientIdentity?
        var identityModified: [Int]
    }

    private let contexts = Mutex<[Key: NIOSSLContext]>([:])
    private let identities = Mutex<[Endpoint: ClientIdentity]>([:])

    /// No contexts yet.
    public init() {}

    /// Shows `identity` to these endpoints from now on where they ask for a certificate, and to no others.
    func show(_ identity: ClientIdentity?, to endpoints: [Endpoint]) {
        identities.withLock { known in
            known = [:]
            for endpoint in endpoints { known[endpoint] = identity }
        }
    }

    /// The context for connections to `endpoint`; of those that are judged, a judge decides whether a certificate does.
    /// - Throws: `TransportError.tls` when the trust file cannot be read, or the gateway's own certificate not be used.
    public func context(for endpoint: Endpoint, isJudged: Bool = false) throws(TransportError) -> NIOSSLContext {
        let modified =
            try endpoint.trust.map { path throws(TransportError) in
                try Self.modificationTime(of: path, "trusted roots")
            } ?? 0
        let identity = identities.withLock { $0[endpoint] }
        var identityModified: [Int] = []
        if let identity {
            identityModified.append(try Self.modificationTime(of: identity.certificate, "gateway's certificate"))
            identityModified.append(try Self.modificationTime(of: identity.key, "key of the gateway's certificate"))
        }
        let key = Key(
            verifies: endpoint.tls == .verify,
            isJudged: isJudged,
            minimum: endpoint.minimumTLS,
            trust: endpoint.trust,
            trustModified: modified,
            identity: identity,
            identityModified: identityModified
        )
        if let known = contexts.withLock({ $0[key] }) { return known }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = key.minimum.configured
        // With full verification the library would ask for the host's name behind the judge's back.
        configuration.certificateVerification =
            key.isJudged ? .noHostnameVerification : key.verifies ? .fullVerification : .none
        if let path = endpoint.trust { configuration.trustRoots = .file(path) }
        try identity?.put(into: &configuration)
        do {
            let context = try NIOSSLContext(configuration: configuration)
            contexts.withLock { known in
                known = known.filter { $0.key.trust != key.trust || $0.key.trustModified == modified }
                    .filter { $0.key.identity != identity || $0.key.identityModified == identityModified }
                known[key] = context
            }
            return context
        } catch {
            throw TransportError(
                .tls,
                "cannot use the trusted roots in \(endpoint.trust ?? "the system"): \(TLSWords.text(error))"
            )
        }
    }

    private static func modificationTime(of path: String, _ what: String) throws(TransportError) -> Int {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            throw TransportError(.tls, "cannot read the \(what) in \(path): \(String(cString: strerror(errno)))")
        }
        return facts.st_mtim.tv_sec
    }
}

extension MailModel.TLSVersion {
    /// The same version in the TLS library's words.
    public var configured: NIOSSL.TLSVersion {
        switch self {
        case .v10: .tlsv1
        case .v11: .tlsv11
        case .v12: .tlsv12
        case .v13: .tlsv13
        }
    }
}
