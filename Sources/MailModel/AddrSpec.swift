// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A mailbox address: local part and domain, as `addr-spec` of RFC 5322 §3.4.1 and `Mailbox` of RFC 5321 §4.1.2.
///
/// ```text
/// protocollo@azienda.it    "rossi mario"@azienda.it    ufficio@[192.0.2.1]    però@città.it (RFC 6531)
/// ```
public struct AddrSpec: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The local part without its quotes: the meaning, not the spelling. Never empty.
    public let localPart: String
    /// The domain as it was written: labels, or an address literal with its brackets. Never empty.
    public let domain: String

    /// An address of parts that are already known to be right; nothing is checked.
    public init(localPart: String, domain: String) {
        self.localPart = localPart
        self.domain = domain
    }
}

extension AddrSpec {
    /// The address as it is put on the wire, the local part quoted where its characters ask for it (RFC 5321 §4.1.2).
    public var description: String {
        let bytes = localPart.utf8
        let isDotString =
            bytes.first != UInt8(ascii: ".") && bytes.last != UInt8(ascii: ".") && !localPart.contains("..")
            && bytes.allSatisfy { $0 == UInt8(ascii: ".") || Self.isAtomText($0) }
        guard !isDotString else { return "\(localPart)@\(domain)" }
        var quoted = "\""
        for character in localPart.unicodeScalars {
            if character == "\"" || character == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(character)
        }
        return "\(quoted)\"@\(domain)"
    }

    /// True for `atext` of RFC 5322 §3.2.3 and for every octet of a UTF-8 sequence beyond ASCII (RFC 6531 §3.3).
    static func isAtomText(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(octet)
        }
    }

    /// True when local part and domain are ASCII, so that no SMTPUTF8 is needed.
    public var isASCII: Bool { localPart.utf8.allSatisfy { $0 < 0x80 } && domain.utf8.allSatisfy { $0 < 0x80 } }
}
