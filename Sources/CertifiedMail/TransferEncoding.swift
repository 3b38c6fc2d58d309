// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The transfer encodings of MIME (RFC 2045 §6), decoded with tolerance.
enum TransferEncoding: Equatable {
    case identity
    case base64
    case quotedPrintable

    /// The encoding of a Content-Transfer-Encoding field; an unknown one leaves the octets as they are.
    init(_ fieldBody: String?) {
        switch fieldBody?.prefix(while: { $0 != ";" && $0 != "(" }).trimmingSpace.lowercased() {
        case "base64": self = .base64
        case "quoted-printable": self = .quotedPrintable
        default: self = .identity
        }
    }

    /// The octets behind the encoding, and whether all that was there belonged to it.
    func decode(_ octets: some Collection<UInt8>) -> (octets: [UInt8], isClean: Bool) {
        switch self {
        case .identity: (Array(octets), true)
        case .base64: Self.decodeBase64(octets)
        case .quotedPrintable: Self.decodeQuotedPrintable(Array(octets))
        }
    }

    /// Reads on after padding, because some writers encode piece by piece; passes over what is no letter of the alphabet.
    private static func decodeBase64(_ octets: some Collection<UInt8>) -> (octets: [UInt8], isClean: Bool) {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count / 4 * 3)
        var bits: UInt32 = 0
        var digits = 0
        var isClean = true
        func flush() {
            switch digits {
            case 0: break
            case 2: result.append(UInt8(truncatingIfNeeded: bits >> 4))
            case 3:
                result.append(UInt8(truncatingIfNeeded: bits >> 10))
                result.append(UInt8(truncatingIfNeeded: bits >> 2))
            default: isClean = false
            }
            bits = 0
            digits = 0
        }
        for octet in octets {
            let value: UInt32
            switch octet {
            case 0x41...0x5A: value = UInt32(octet) - 0x41
            case 0x61...0x7A: value = UInt32(octet) - 0x61 + 26
            case 0x30...0x39: value = UInt32(octet) - 0x30 + 52
            case 0x2B: value = 62
            case 0x2F: value = 63
            case 0x3D:
                flush()
                continue
            case 0x20, 0x09, 0x0D, 0x0A: continue
            default:
                isClean = false
                continue
            }
            bits = bits << 6 | value
            digits += 1
            if digits == 4 {
                result.append(UInt8(truncatingIfNeeded: bits >> 16))
                result.append(UInt8(truncatingIfNeeded: bits >> 8))
                result.append(UInt8(truncatingIfNeeded: bits))
                bits = 0
                digits = 0
            }
        }
        flush()
        return (result, isClean)
    }

    private static func decodeQuotedPrintable(_ octets: [UInt8]) -> (octets: [UInt8], isClean: Bool) {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count)
        var isClean = true
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            index += 1
            guard octet == UInt8(ascii: "=") else {
                result.append(octet)
                continue
            }
            if index + 1 < octets.count, let high = hex(octets[index]), let low = hex(octets[index + 1]) {
                result.append(high << 4 | low)
                index += 2
                continue
            }
            var end = index
            while end < octets.count, octets[end] == 0x20 || octets[end] == 0x09 || octets[end] == 0x0D { end += 1 }
            if end == octets.count || octets[end] == 0x0A {
                index = min(end + 1, octets.count)
            } else {
                isClean = false
                result.append(octet)
            }
        }
        return (result, isClean)
    }

    private static func hex(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x41 + 10
        case 0x61...0x66: octet - 0x61 + 10
        default: nil
        }
    }
}
