// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What went wrong in the laboratory itself: a server that did not start, a command that failed.
package struct LabError: Error, CustomStringConvertible {
    /// What happened, with the end of the log that tells why.
    package var description: String

    /// An error that says `description`.
    package init(_ description: String) { self.description = description }
}
