// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Holds the process that runs now, if one does.
final class Box: Sendable {
    private let process = Mutex<ChildProcess?>(nil)

    var current: ChildProcess? { process.withLock(\.self) }
    func set(_ started: ChildProcess) { process.withLock { $0 = started } }
    func take() -> ChildProcess? {
        process.withLock { process in
            defer { process = nil }
            return process
        }
    }
}
