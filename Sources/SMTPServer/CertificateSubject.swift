// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the subject of an X.509 certificate (RFC 5280 §4.1.2.6) and writes it as RFC 4514 says:
/// `CN=exch1.azienda.lan,O=Azienda`.
///
/// The certificate has been verified by the TLS library before; what cannot be read here is left out, never guessed.
enum CertificateSubject {
    /// The subject of a certificate in DER; empty when it has none.
    static func read(_ der: [UInt8]) -> String {
        var certificate = DERReader(der[...])
        guard var body = certificate.enter(0x30), var fields = body.enter(0x30) else { return "" }
        // version [0], when there is one; serialNumber, signature, issuer, validity
        if fields.tag == 0xA0 { fields.skip() }
        for _ in 0..<4 { fields.skip() }
        guard var name = fields.enter(0x30) else { return "" }
        var parts: [String] = []
        while var set = name.enter(0x31) {
            while var attribute = set.enter(0x30) {
                guard let type = attribute.value(0x06), let value = attribute.value(nil) else { continue }
                let text = escape(String(decoding: value, as: UTF8.self))
                parts.append("\(names[Array(type)] ?? objectIdentifier(type))=\(text)")
            }
        }
        return parts.reversed().joined(separator: ",")
    }

    private static let names: [[UInt8]: String] = [
        [0x55, 4, 3]: "CN", [0x55, 4, 6]: "C", [0x55, 4, 7]: "L", [0x55, 4, 8]: "ST", [0x55, 4, 10]: "O",
        [0x55, 4, 11]: "OU", [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01]: "emailAddress",
    ]

    private static func objectIdentifier(_ octets: ArraySlice<UInt8>) -> String {
        var arcs: [UInt64] = []
        var arc: UInt64 = 0
        for octet in octets.prefix(64) {
            arc = arc << 7 | UInt64(octet & 0x7F)
            if octet & 0x80 == 0 {
                arcs += arcs.isEmpty ? [min(arc / 40, 2), arc - min(arc / 40, 2) * 40] : [arc]
                arc = 0
            }
        }
        return arcs.map(String.init).joined(separator: ".")
    }

    private static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case ",", "+", "\"", "\\", "<", ">", ";": result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// Walks over DER values (ITU-T X.690 §8.1), lengths up to four octets.
private struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ octets: ArraySlice<UInt8>) {
        rest = octets
    }

    var tag: UInt8? { rest.first }

    /// The contents of the next value, when it has this tag, as a reader of their own.
    mutating func enter(_ tag: UInt8) -> DERReader? { value(tag).map(DERReader.init) }

    mutating func skip() { _ = value(nil) }

    /// The contents of the next value, when it has this tag; of any value for nil.
    mutating func value(_ wanted: UInt8?) -> ArraySlice<UInt8>? {
        guard let tag = rest.first, wanted == nil || wanted == tag else { return nil }
        var octets = rest.dropFirst()
        guard let first = octets.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            guard (1...4).contains(first & 0x7F), octets.count >= Int(first & 0x7F) else { return nil }
            length = 0
            for _ in 0..<(first & 0x7F) { length = length << 8 | Int(octets.removeFirst()) }
        }
        guard octets.count >= length else { return nil }
        rest = octets.dropFirst(length)
        return octets.prefix(length)
    }
}
