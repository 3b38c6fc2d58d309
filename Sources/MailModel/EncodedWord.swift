// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The encoded words of RFC 2047 in unstructured text, made readable for listings. Never used where a decision or a signature hangs on it.
public enum EncodedWord {
    /// The text with its encoded words decoded.
    ///
    /// Charsets: utf-8, us-ascii, iso-8859-1, iso-8859-15, windows-1252 and their aliases; a word in another one, or a broken one, stays as it is;
    /// blanks within a word, which RFC 2047 §2 forbids and some senders write, are part of it. White space
    /// between two decoded words goes; words of one charset are joined before they are decoded, because some senders cut inside a letter.
    /// Control characters become spaces: what a stranger wrote must not steer a terminal.
    public static func decode(_ text: String) -> String { decode(text, unknown: nil) }

    /// The same; a word in a charset that is not known reads in `unknown`, or stays as it is without one.
    static func decode(_ text: String, unknown: Charset?) -> String {
        let octets = Array(text.utf8)
        guard text.contains("=?") else { return printable(text) }
        var output = ""
        var pending: (charset: Charset, octets: [UInt8])?
        var plainStart = 0
        var index = 0
        while index < octets.count {
            guard octets[index] == UInt8(ascii: "="), let word = word(octets, at: index, unknown) else {
                index += 1
                continue
            }
            let between = octets[plainStart..<index]
            let isJoined = pending != nil && between.allSatisfy(isSpace)
            if isJoined, pending?.charset == word.charset {
                pending?.octets += word.octets
            } else {
                if let held = pending { output += held.charset.decode(held.octets) }
                if !isJoined { output += String(decoding: between, as: UTF8.self) }
                pending = (word.charset, word.octets)
            }
            index = word.end
            plainStart = index
        }
        if let held = pending { output += held.charset.decode(held.octets) }
        return printable(output + String(decoding: octets[plainStart...], as: UTF8.self))
    }

    /// The encoded word that begins at `start`, decoded into octets; nil when there is none or it is broken.
    private static func word(
        _ octets: [UInt8],
        at start: Int,
        _ unknown: Charset?
    ) -> (charset: Charset, octets: [UInt8], end: Int)? {
        let question = UInt8(ascii: "?")
        guard start + 1 < octets.count, octets[start + 1] == question else { return nil }
        let charsetEnd = tokenEnd(octets, from: start + 2)
        guard charsetEnd + 2 < octets.count, octets[charsetEnd] == question, octets[charsetEnd + 2] == question,
            let charset = Charset(octets[start + 2..<charsetEnd]) ?? unknown
        else { return nil }
        let textEnd = tokenEnd(octets, from: charsetEnd + 3, passesBlanks: true)
        guard textEnd + 1 < octets.count, octets[textEnd] == question, octets[textEnd + 1] == UInt8(ascii: "=") else {
            return nil
        }
        let encoded = octets[charsetEnd + 3..<textEnd]
        let decoded: [UInt8]? =
            switch octets[charsetEnd + 1] {
            case UInt8(ascii: "B"), UInt8(ascii: "b"): base64(encoded)
            case UInt8(ascii: "Q"), UInt8(ascii: "q"): quotedPrintable(encoded)
            default: nil
            }
        return decoded.map { (charset, $0, textEnd + 2) }
    }

    /// The first `?`, control character, blank unless it is passed, or end from `start` on.
    private static func tokenEnd(_ octets: [UInt8], from start: Int, passesBlanks: Bool = false) -> Int {
        var index = start
        while index < octets.count, octets[index] != UInt8(ascii: "?"),
            octets[index] > 0x20 || passesBlanks && (octets[index] == 0x20 || octets[index] == 0x09)
        {
            index += 1
        }
        return index
    }

    private static func base64(_ octets: ArraySlice<UInt8>) -> [UInt8]? {
        let letters = octets.filter { $0 > 0x20 }
        let text = String(decoding: letters, as: UTF8.self)
        return Base64.decode(text + String(repeating: "=", count: (4 - letters.count % 4) % 4))
    }

    /// The Q encoding (RFC 2047 §4.2).
    private static func quotedPrintable(_ octets: ArraySlice<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        var index = octets.startIndex
        while index < octets.endIndex {
            switch octets[index] {
            case UInt8(ascii: "_"): decoded.append(0x20)
            case UInt8(ascii: "="):
                guard index + 2 < octets.endIndex, let high = Hexadecimal.value(octets[index + 1]),
                    let low = Hexadecimal.value(octets[index + 2])
                else { return nil }
                decoded.append(high << 4 | low)
                index += 2
            case let octet: decoded.append(octet)
            }
            index += 1
        }
        return decoded
    }

    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var printable = ""
        printable.unicodeScalars.append(contentsOf: text.unicodeScalars.map { isControl($0) ? " " : $0 })
        return printable
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        octet == 0x20 || octet == 0x09 || octet == 0x0A || octet == 0x0D
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
