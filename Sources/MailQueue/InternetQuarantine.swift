// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The room that mail from the Internet may take in the quarantine: anybody can send it, and nobody's disk is to be filled by it.
public enum InternetQuarantine {
    /// Octets above which the `internet` listeners take no more mail until a person has made room.
    public static let maximumOctets = 1_000_000_000
}
