// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How much of the original a delivery receipt returns (RFC 6109 §3.3.2): `X-TipoRicevuta` and `ricevuta`.
public enum ReceiptType: String, CaseIterable, Sendable {
    /// The whole original.
    case complete = "completa"
    /// The original with its attachments replaced by their digests.
    case brief = "breve"
    /// Certification data alone.
    case concise = "sintetica"

    init?(word: String) { self.init(rawValue: word.trimmingSpace.lowercased()) }
}
