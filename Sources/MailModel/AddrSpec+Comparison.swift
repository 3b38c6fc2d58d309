// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension AddrSpec {
    /// The form in which two addresses are compared: local part and domain in lower case, the domain in A-labels (RFC 5890 §2.3.2.1).
    ///
    /// `Però@CITTÀ.it` gives `però@xn--citt-3na.it`. Local parts are case-sensitive by RFC 5321 §2.4, but no provider tells two boxes apart by case.
    /// The key is for comparison and storage; it is not quoted and not meant for the wire.
    public var comparisonKey: String {
        "\(Self.lowercased(localPart))@\(comparisonDomain)"
    }

    /// The domain in the form in which two domains are compared: lower case, A-labels.
    public var comparisonDomain: String { Self.comparisonDomain(domain) }

    /// `domain` in the form in which two domains are compared: lower case, A-labels; a label that has no A-label stays in lower case.
    public static func comparisonDomain(_ domain: String) -> String {
        guard !domain.utf8.allSatisfy({ $0 < 0x80 }) else { return lowercased(domain) }
        return lowercased(domain).split(separator: ".", omittingEmptySubsequences: false)
            .map { aLabel(String($0)) }.joined(separator: ".")
    }

    private static func aLabel(_ label: String) -> String {
        guard !label.utf8.allSatisfy({ $0 < 0x80 }), let encoded = Punycode.encode(label.unicodeScalars),
            encoded.utf8.count <= 59
        else { return label }
        return "xn--\(encoded)"
    }

    /// `text` in lower case; letters with marks in their composed form (NFC) for the scripts of Europe.
    private static func lowercased(_ text: String) -> String {
        var text = text
        let isASCII = text.withUTF8 { octets in octets.allSatisfy { $0 < 0x80 } }
        guard isASCII else { return String(text.lowercased().map(composed)) }
        return text.withUTF8 { octets in
            String(unsafeUninitializedCapacity: octets.count) { target in
                for (index, octet) in octets.enumerated() {
                    target.initializeElement(at: index, to: (0x41...0x5A).contains(octet) ? octet | 0x20 : octet)
                }
                return octets.count
            }
        }
    }

    private static func composed(_ character: Character) -> Character {
        guard character.unicodeScalars.count > 1, let index = composedLetters.firstIndex(of: character) else {
            return character
        }
        return composedLetters[index]
    }

    /// Letters of Latin, Greek and Cyrillic in their composed form: `Character` compares by canonical equivalence, so that a
    /// decomposed letter finds its composed twin here.
    private static let composedLetters = Set(
        [0xC0...0x24F, 0x386...0x3CE, 0x400...0x45F, 0x1E00...0x1FFC].joined()
            .compactMap { Unicode.Scalar(UInt32($0)) }.map(Character.init)
    )
}
