// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How far an endpoint insists on TLS.
public enum TLSPolicy: String, Hashable, Sendable, CaseIterable {
    /// Never TLS.
    case none
    /// STARTTLS when offered, whatever the certificate; in clear otherwise.
    case opportunistic
    /// TLS or nothing; the certificate is not judged.
    case require
    /// TLS with a certificate that chains to a trusted root and names the host (RFC 6125), or nothing.
    case verify
}
