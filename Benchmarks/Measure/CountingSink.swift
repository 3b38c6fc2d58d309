// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestLab

/// The measuring sink as a process: it takes everything and counts, at next to no cost.
struct CountingSink {
    let port = Ports.take()
    private let counters: String
    private let process: ChildProcess

    /// Starts one in `directory`: with `authority` a provider, in TLS and with AUTH; without it an Exchange, which offers CHUNKING.
    init(named name: String, in directory: String, authority: CertificateAuthority?) async throws {
        guard let program = ProcessInfo.processInfo.environment["CERALACCA_SINK"] else {
            throw LabError("CERALACCA_SINK does not name the measuring sink: run scripts/bench")
        }
        counters = "\(directory)/\(name).counters"
        let secure = authority.map { ["-t", $0.certificate, $0.key, "-a"] } ?? ["-c"]
        process = try ChildProcess(program, ["\(port)", counters] + secure, log: "\(directory)/\(name).log")
        guard try await Ports.waitForAnswer(port) else { throw LabError("the sink does not start: \(process.tail())") }
    }

    func stop() { process.signal(SIGTERM) }

    /// Messages so far, and when the last one ended in seconds of the monotonic clock.
    var now: (messages: Int, last: Double) {
        let octets = Files.read(counters)
        guard octets.count == 24 else { return (0, 0) }
        func number(_ at: Int) -> UInt64 {
            octets[at..<(at + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        return (Int(number(0)), Double(number(16)) / 1e9)
    }

    /// Waits until `count` messages more than `before` have come, at most `limit`.
    /// - Returns: when the last one ended.
    func wait(for count: Int, after before: Int, within limit: Duration, _ whom: String) async throws -> Double {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let seen = now
            if seen.messages - before >= count { return seen.last }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw LabError("\(whom): \(now.messages - before) of \(count) messages arrived within \(limit)")
    }

    /// The monotonic clock that the sink stamps with, in seconds.
    static var clock: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
