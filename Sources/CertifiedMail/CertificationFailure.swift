// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why a message was not taken or not delivered: `errore` of the certification data (RFC 6109 §4.4).
public enum CertificationFailure: String, CaseIterable, Sendable {
    /// Nothing went wrong.
    case none = "nessuno"
    /// The recipient does not exist. Some providers say `other` in this case.
    case unknownRecipient = "no-dest"
    /// The recipient's domain does not exist, or its provider cannot be found.
    case unknownDomain = "no-dominio"
    /// A virus was found.
    case virus = "virus"
    /// Something else: the words of `errore-esteso` tell.
    case other = "altro"
}
