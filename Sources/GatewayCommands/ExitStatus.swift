// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How the process ends.
enum ExitStatus {
    /// Done.
    static let done: Int32 = 0
    /// It did not work.
    static let failed: Int32 = 1
    /// EX_USAGE of sysexits.h.
    static let usage: Int32 = 64
    /// EX_CONFIG of sysexits.h.
    static let configuration: Int32 = 78
}
