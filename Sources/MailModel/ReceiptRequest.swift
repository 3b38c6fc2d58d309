// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How much of a certified message its delivery receipts are asked to return (RFC 6109 §3.3.2), under the names of the configuration.
public enum ReceiptRequest: String, Hashable, Sendable, CaseIterable {
    /// The whole message: what providers return when nothing is asked for. `Ricevuta completa`.
    case full
    /// The message with its attachments replaced by their digests. `Ricevuta breve`.
    case brief
    /// Certification data alone. `Ricevuta sintetica`.
    case summary

    /// The header field that asks for it.
    public static let fieldName = "X-TipoRicevuta"

    /// The body of that field.
    public var fieldBody: String {
        switch self {
        case .full: "completa"
        case .brief: "breve"
        case .summary: "sintetica"
        }
    }
}
