// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The RET parameter of MAIL (RFC 3461 §4.3): what a failure report gives back of the message.
public enum ReturnContent: String, Hashable, Sendable {
    /// `FULL`: the whole message.
    case full = "FULL"
    /// `HDRS`: its header section alone.
    case headers = "HDRS"
}
