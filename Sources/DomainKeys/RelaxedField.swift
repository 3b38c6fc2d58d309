// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A header field in "relaxed" form (RFC 6376 §3.4.2): the name in lower case, unfolded, runs of blanks as one, none at the ends.
enum RelaxedField {
    /// `octets` as the field was written, with or without its line end.
    static func canonical(_ octets: some Sequence<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var (hasName, hasBlank, hasBody) = (false, false, false)
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"): continue
            case UInt8(ascii: " "), UInt8(ascii: "\t"): hasBlank = true
            case UInt8(ascii: ":") where !hasName:
                hasName = true
                hasBlank = false
                result.append(octet)
            default:
                // Blanks behind the name, and in front of the body, count for nothing.
                if hasBlank, hasBody { result.append(UInt8(ascii: " ")) }
                hasBlank = false
                hasBody = hasName
                result.append(hasName ? octet : lower(octet))
            }
        }
        return result
    }

    private static func lower(_ octet: UInt8) -> UInt8 { (0x41...0x5A).contains(octet) ? octet | 0x20 : octet }
}
