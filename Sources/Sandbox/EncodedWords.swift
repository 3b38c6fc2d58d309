// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Writes encoded words (RFC 2047): text beyond ASCII in header fields.
enum EncodedWords {
    /// `text` as it may stand in an unstructured field: itself when it is plain ASCII that can be folded, encoded words otherwise.
    static func encode(_ text: String) -> String {
        let isPlain =
            text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            && text.utf8.split(separator: 0x20).allSatisfy { $0.count <= 900 }
        guard !isPlain else { return text }
        var words: [String] = []
        var piece: [UInt8] = []
        for scalar in text.unicodeScalars {
            let octets = Array(String(scalar).utf8)
            if piece.count + octets.count > 45 {
                words.append("=?UTF-8?B?\(Base64.encode(piece))?=")
                piece = []
            }
            piece += octets
        }
        if !piece.isEmpty { words.append("=?UTF-8?B?\(Base64.encode(piece))?=") }
        return words.joined(separator: " ")
    }
}
