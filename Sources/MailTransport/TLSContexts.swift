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
    }

    private let contexts = Mutex<[Key: NIOSSLContext]>([:])

    /// No contexts yet.
    public init() {}

    /// The context for connections to `endpoint`; of those that are judged, a judge decides whether a certificate does.
    /// - Throws: `TransportError.tls` when the trust file cannot be read.
    public func context(for endpoint: Endpoint, isJudged: Bool = false) throws(TransportError) -> NIOSSLContext {
        let modified =
            try endpoint.trust.map { path throws(TransportError) in try Self.modificationTime(of: path) } ?? 0
        let key = Key(
            verifies: endpoint.tls == .verify,
            isJudged: isJudged,
            minimum: endpoint.minimumTLS,
            trust: endpoint.trust,
            trustModified: modified
        )
        if let known = contexts.withLock({ $0[key] }) { return known }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = key.minimum.configured
        // With full verification the library would ask for the host's name behind the judge's back.
        configuration.certificateVerification =
            key.isJudged ? .noHostnameVerification : key.verifies ? .fullVerification : .none
        if let path = endpoint.trust { configuration.trustRoots = .file(path) }
        do {
            let context = try NIOSSLContext(configuration: configuration)
            contexts.withLock { known in
                known = known.filter { $0.key.trust != key.trust || $0.key.trustModified == modified }
                known[key] = context
            }
            return context
        } catch {
            throw TransportError(.tls, "cannot use the trusted roots in \(endpoint.trust ?? "the system"): \(error)")
        }
    }

    private static func modificationTime(of path: String) throws(TransportError) -> Int {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            throw TransportError(.tls, "cannot read the trusted roots in \(path): \(String(cString: strerror(errno)))")
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
