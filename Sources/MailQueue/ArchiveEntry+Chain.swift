// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

extension ArchiveEntry {
    /// What stands in the place of the chain before the archive's very first entry.
    public static let firstChain = String(repeating: "0", count: 64)

    /// What `chain` is the SHA-256 of: `previous`, then what the entry says, each value in UTF-8 behind its length in octets and a colon,
    /// ended by a line feed; a lone `-` for a value that the entry lacks.
    ///
    /// - Parameter previous: the chain of the entry before it; of the last entry of the day before for the first of a day, `firstChain` where
    ///   there is none.
    /// - Returns: the text.
    public func chained(after previous: String) -> String {
        let values: [String?] = [
            previous, day, "\(number)", id.description, "\(arrival.milliseconds)", account, kind, digest, "\(size)",
            subject,
            messageID,
        ]
        return values.map { value in value.map { "\($0.utf8.count):\($0)\n" } ?? "-\n" }.joined()
    }
}
