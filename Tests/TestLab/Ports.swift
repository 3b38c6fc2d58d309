// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
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
        return loopback(port) { bind(descriptor, $0, $1) } == 0
    }

    /// True when something answers on `port` of 127.0.0.1.
    package static func answers(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return loopback(port) { connect(descriptor, $0, $1) } == 0
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
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    static func loopback<R>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
