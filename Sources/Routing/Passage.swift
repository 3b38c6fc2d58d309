// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a message once did here, by the queue's word, whose identifier a Received field of this gateway names in a message that comes in.
public enum Passage: Hashable, Sendable {
    /// It came in for this account, an address in comparison form, and went to Exchange.
    case cameIn(account: String)
    /// It left through this account, for these recipients; all in comparison form.
    case left(account: String, recipients: Set<String>)
    /// The queue does not know it, or not any more, or it was mail of another sort.
    case other
}
