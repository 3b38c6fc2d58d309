// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What went wrong, as the attribute `errore` of the certification data says it (RFC 6109 §4.4).
public enum NoticeFailure: String, CaseIterable, Sendable {
    /// Nothing.
    case nothing = "nessuno"
    /// The mailbox does not exist.
    case unknownRecipient = "no-dest"
    /// The domain does not exist.
    case unknownDomain = "no-dominio"
    /// A virus was found.
    case virus
    /// Anything else; the words are in `errore-esteso`.
    case other = "altro"
}
