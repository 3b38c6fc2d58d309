// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import MailModel
import Synchronization
public import TransportPolicy

/// Counts what comes of TLS with the Internet's servers, by day and domain, in a small file of the state directory.
///
/// It is written once a minute: what a power cut takes away is a minute's counts, and no message depends on them.
public final class TLSReportLedger: Sendable {
    private struct State {
        var report: TLSReport
        var isChanged = false
    }

    /// Days that are kept.
    private static let days = 30
    private static let maximumOctets = 64 << 20

    private let path: String
    private let clock: any WallClock
    private let logger: Logger
    private let state: Mutex<State>

    /// The ledger in the directory `directory`, with what it holds from earlier runs.
    init(state directory: String, clock: any WallClock, logger: Logger) {
        path = Self.path(directory)
        self.clock = clock
        self.logger = logger
        state = Mutex(State(report: Self.read(state: directory)))
    }

    private static func path(_ directory: String) -> String { "\(directory)/tls-report.tsv" }

    /// What the ledger in the directory `directory` holds; nothing when there is none.
    public static func read(state directory: String) -> TLSReport {
        var report = TLSReport()
        let descriptor = open(path(directory), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return report }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while octets.count < maximumOctets {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            octets += piece[..<count]
        }
        report.add(String(decoding: octets, as: UTF8.self))
        return report
    }

    /// Counts one session.
    func count(_ result: TLSResult, _ domain: String, _ policy: TLSPolicyKind) {
        let key = TLSReportKey(day: Self.day(clock.now()), domain: domain, policy: policy)
        state.withLock { state in
            state.report.count(result, key)
            state.isChanged = true
        }
    }

    /// Writes what was counted since the last time, and forgets what is old.
    func write() {
        let oldest = Self.day(clock.now() - .seconds(Self.days * 86_400))
        let text: String? = state.withLock { state in
            guard state.isChanged else { return nil }
            state.isChanged = false
            state.report.forget(before: oldest)
            return state.report.text
        }
        guard let text, let failure = replace(with: text) else { return }
        state.withLock { $0.isChanged = true }
        logger.warning("the counts of TLS are not written", metadata: ["error": "\(failure)"])
    }

    /// - Returns: why the file could not be written; nil when it was.
    private func replace(with text: String) -> String? {
        let new = path + ".new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return String(cString: strerror(errno)) }
            rest = rest.dropFirst(count)
        }
        return rename(new, path) == 0 ? nil : String(cString: strerror(errno))
    }

    /// The UTC day of a moment, `2026-01-31`.
    private static func day(_ moment: Timestamp) -> String { String(MailDate.formatISO8601(moment).prefix(10)) }
}
