// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How much may still be read, all files together: files name others, and may name the largest a thousand times.
final class ReadingAllowance: Sendable {
    private let rest: Mutex<Int>

    init(octets: Int) { rest = Mutex(octets) }

    /// Reads by way of `files`, until the allowance is used up.
    func read(_ path: String, of files: ClassicFiles) throws(ClassicFileError) -> [UInt8] {
        guard rest.withLock({ $0 > 0 }) else {
            throw ClassicFileError("the files before it were too large, all together")
        }
        let octets = try files.read(path)
        rest.withLock { $0 -= octets.count }
        return octets
    }
}
