// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import NIOCore
import Synchronization

/// What clamd can do by itself: messages streamed to it over several sessions at once, and nothing else done.
package enum ClamdLoad {
    /// Has a message of `octets` octets scanned `count` times over `sessions` sessions.
    /// - Returns: messages a second.
    package static func run(socket path: String, count: Int, octets: Int, sessions: Int) async throws -> Double {
        let next = Counter()
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<sessions {
                tasks.addTask { try await onThread { () throws(LabError) in try session(path, next, count, octets) } }
            }
            try await tasks.waitForAll()
        }
        let time = (ContinuousClock.now - begin) / .seconds(1)
        return Double(count) / time
    }

    private static func onThread(_ body: @escaping @Sendable () throws(LabError) -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread {
                do {
                    try body()
                    continuation.resume()
                } catch { continuation.resume(throwing: error) }
            }
        }
    }

    private static func session(
        _ path: String,
        _ next: Counter,
        _ count: Int,
        _ octets: Int
    ) throws(LabError) {
        let message = message(octets: octets)
        let descriptor = try connect(path)
        defer { close(descriptor) }
        try write(Array("zIDSESSION\0".utf8), descriptor)
        while true {
            let number = next.take()
            guard number < count else { return }
            let length = UInt32(message.count).bigEndian
            let head = Array("zINSTREAM\0".utf8) + withUnsafeBytes(of: length) { Array($0) }
            try write(head + message + [0, 0, 0, 0], descriptor)
            var reply = [UInt8](repeating: 0, count: 512)
            let received = recv(descriptor, &reply, reply.count, 0)
            guard received > 0, String(decoding: reply.prefix(received), as: UTF8.self).contains(": OK") else {
                throw LabError("clamd: \(String(decoding: reply.prefix(max(0, received)), as: UTF8.self))")
            }
        }
    }

    /// A message with an attachment in base 64 that has no two lines alike.
    package static func message(octets: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 2)
        let head =
            "From: <mario@fuori.test>\r\nTo: <ugo@azienda.test>\r\nMessage-Id: <1@fuori.test>\r\nMIME-Version: 1.0\r\n"
            + "Content-Type: application/octet-stream; name=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        let lines = (0..<octets / 78).map { _ in
            Data((0..<57).map { _ in UInt8.random(in: 0...255, using: &generator) }).base64EncodedString() + "\r\n"
        }
        return Array((head + lines.joined()).utf8)
    }

    private static func connect(_ path: String) throws(LabError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard let address = try? SocketAddress(unixDomainSocketPath: path), address.connect(descriptor) else {
            throw LabError("clamd's socket: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    private static func write(_ octets: [UInt8], _ descriptor: Int32) throws(LabError) {
        var sent = 0
        while sent < octets.count {
            let count = octets[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw LabError("clamd's socket: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }
}

private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func take() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}
