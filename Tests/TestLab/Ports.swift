// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import Synchronization

/// Hands out loopback ports that nothing listens on, each once, below the range of outgoing connections.
package enum Ports {
    private static let given = Mutex<Set<Int>>([])

    /// A free port.
    package static func take() -> Int {
        while true {
            let port = Int.random(in: 10_240..<32_000)
            guard given.withLock({ $0.insert(port).inserted }) else { continue }
            if isFree(port) { return port }
        }
    }

    /// True when nothing listens on `port` of 127.0.0.1.
    package static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        return (try? SocketAddress.loopback(port))?.bind(descriptor) ?? false
    }

    /// True when something answers on `port` of 127.0.0.1.
    package static func answers(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return (try? SocketAddress.loopback(port))?.connect(descriptor) ?? false
    }

    /// Waits until something answers on `port`, at most `limit`; false when nothing does, or when `stop` says true.
    package static func waitForAnswer(
        _ port: Int,
        within limit: Duration = .seconds(60),
        unless stop: () -> Bool = { false }
    ) async throws -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end, !stop() {
            if answers(port) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Waits until something answers on the socket at `path`, at most `limit`; false when nothing does, or when `stop` says true.
    package static func waitForAnswer(
        socket path: String,
        within limit: Duration = .seconds(60),
        unless stop: () -> Bool = { false }
    ) async throws -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end, !stop() {
            if answers(socket: path) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    private static func answers(socket path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return (try? SocketAddress(unixDomainSocketPath: path))?.connect(descriptor) ?? false
    }
}
