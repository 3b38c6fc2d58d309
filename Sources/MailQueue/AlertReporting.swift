// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Where agents report what a person must act on. The gateway turns it into a mail to `postmaster`, a line in the log and an entry
/// of the store; reporting the same key again while it is open changes nothing.
public protocol AlertReporting: Sendable {
    /// Opens the alert `key` unless it is open.
    func raise(key: String, summary: String, affects: String, remedy: String) async
    /// Ends the alert `key` if it is open.
    func clear(key: String) async
}
