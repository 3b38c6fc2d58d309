// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix
import NIOSSL

extension TransportError {
    /// The error of NIO or TLS on the connection to `peer`, in words.
    init(_ error: any Error, peer: String, during step: String) {
        switch error {
        case let error as TransportError:
            self = error
        case let error as NIOConnectionError:
            self.init(connecting: error, peer: peer)
        case ChannelError.connectTimeout:
            self.init(.timedOut, "\(peer) does not answer: no connection in time")
        case let error as NIOSSLError:
            self.init(.tls, "\(peer): \(step) failed: \(Self.words(error))")
        case let error as NIOSSLExtraError:
            self.init(.tls, "\(peer): \(step) failed: \(Self.words(error))")
        case let error as BoringSSLError:
            self.init(.tls, "\(peer): \(step) failed: \(Self.words(error))")
        case let error as IOError:
            self.init(.closed, "\(peer): \(step) failed: \(Self.reason(error))")
        case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.inputClosed, ChannelError.eof:
            self.init(.closed, "\(peer) closed the connection")
        default:
            self.init(.closed, "\(peer): \(step) failed: \(error)")
        }
    }

    private init(connecting error: NIOConnectionError, peer: String) {
        let causes = error.connectionErrors.map { $0.error }
        guard !causes.isEmpty else {
            let reason = error.dnsAError ?? error.dnsAAAAError
            let words =
                switch reason {
                case let reason as SocketAddressError.UnknownHost: reason.errorDescription
                case let reason?: "\(reason)"
                case nil: "no such host"
                }
            self.init(.name, "cannot find an address of \(error.host): \(words)")
            return
        }
        let words = causes.map { ($0 as? IOError).map(Self.reason) ?? "\($0)" }
        let isTimeout = causes.contains { if case ChannelError.connectTimeout = $0 { true } else { false } }
        self.init(
            isTimeout ? .timedOut : .refused,
            "cannot connect to \(peer): \(Set(words).sorted().joined(separator: "; "))"
        )
    }

    /// What the server side of TLS says, and what the configuration may have to do with it.
    private static func words(_ error: any Error) -> String {
        let words = TLSWords.text(error)
        return words == TLSWords.noTLS ? "\(words) (STARTTLS port instead of implicit TLS?)" : words
    }

    private static func reason(_ error: IOError) -> String { String(cString: strerror(error.errnoCode)) }
}
