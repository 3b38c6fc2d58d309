// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The header field that names the account by which a message came, on top of what its provider handed over.
///
/// ```text
/// X-Ceralacca-Account: azienda@pec.example.it
/// ```
package enum AccountField {
    /// The field with its CRLF; in ASCII, as the next hop need not take UTF-8 in a header (RFC 6532): where the address cannot be
    /// written so, not even with its domain in A-labels, it is an encoded word (RFC 2047 §2).
    package static func compose(_ address: AddrSpec) -> String {
        "X-Ceralacca-Account: \(ascii(address) ?? "=?utf-8?B?\(Base64.encode(address.comparisonKey.utf8))?=")\r\n"
    }

    /// The address in ASCII; nil when its local part is not.
    package static func ascii(_ address: AddrSpec) -> String? {
        if address.isASCII { return address.description }
        let key = address.comparisonKey
        return key.utf8.allSatisfy { $0 < 0x80 } ? key : nil
    }
}
