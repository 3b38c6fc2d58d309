// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What an attempt's history says beside its reply.
struct AttemptFacts: Sendable {
    /// `host:port (address)`; empty when no server was asked.
    var server = ""
    var duration = Duration.zero
    var offersDSN = true
}
