// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How much of the original a delivery receipt returns, as the sender asks for by `X-TipoRicevuta` (FORMATS §1.8).
public enum ReceiptType: String, CaseIterable, Sendable {
    /// The whole original.
    case complete = "completa"
    /// The original with its attachments replaced by their digests.
    case brief = "breve"
    /// Certification data alone.
    case concise = "sintetica"

    /// The type that a field body asks for; what is no type counts as `complete`, as providers do.
    public init(fieldBody: String?) {
        self = fieldBody.flatMap { Self(rawValue: $0.lowercased()) } ?? .complete
    }
}
