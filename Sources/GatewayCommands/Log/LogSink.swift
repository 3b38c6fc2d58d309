// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Where log lines go.
protocol LogSink: Sendable {
    /// Writes one line, whole, before it returns.
    func write(_ line: String)
}

/// Standard error: a line a `write`, lines of several threads never mixed.
final class StandardErrorSink: LogSink {
    static let shared = StandardErrorSink()
    private let lock = Mutex<Void>(())

    func write(_ line: String) {
        lock.withLock { _ in
            do { try CommandEnvironment.writeAll(Array(line.utf8), to: STDERR_FILENO) } catch {
                // There is no place left to say it.
            }
        }
    }
}
