// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why a command did not do what it was asked for: what, where, and what to do. The process then ends with 1.
struct CommandFailure: Error, CustomStringConvertible {
    let message: String
    let remedy: String

    init(_ message: String, remedy: String) {
        self.message = message
        self.remedy = remedy
    }

    var description: String { remedy.isEmpty ? message : "\(message)\n\(remedy)" }
}

/// Ends the process with this status, all being said.
struct SilentExit: Error {
    let status: Int32
}
