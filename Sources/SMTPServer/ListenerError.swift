// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// Why a listener cannot serve.
public struct ListenerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    public enum Code: Equatable, Sendable {
        /// The address cannot be bound: taken, not of this host, or not for this user.
        case bind
        /// Implicit TLS was asked for without a certificate.
        case settings
    }

    /// What went wrong, for programs.
    public let code: Code
    /// What went wrong, where, and what to do.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// Why an address cannot be bound, and what to do about it.
    package static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)." }
        let words = String(cString: strerror(error.errnoCode))
        switch error.errnoCode {
        case EADDRINUSE: return "\(words). Another program is on this port: `ss -ltnp` shows which."
        case EADDRNOTAVAIL: return "\(words). The address is not on this host: `ip addr` shows those that are."
        case EACCES: return "\(words). A port below 1024 needs CAP_NET_BIND_SERVICE, which the systemd unit gives."
        default: return "\(words)."
        }
    }
}
