// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The mark that editors of Windows put in front of a text in UTF-8; it is no part of the text (RFC 3629 §6).
enum ByteOrderMark {
    private static let octets: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The text without its mark.
    static func removed(_ text: [UInt8]) -> [UInt8] { text.starts(with: octets) ? Array(text.dropFirst(3)) : text }
}
