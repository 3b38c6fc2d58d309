// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The address lists of From, Sender, To, Cc and their like (RFC 5322 §3.4, obsolete forms of §4.4, UTF-8 of RFC 6532).
///
/// ```text
/// Mario Rossi <mario@azienda.it>, "Ufficio (2)" <ufficio@azienda.it>, Tutti: a@b.it, c@d.it;
/// ```
/// Read: comments, folding, quoted strings, obsolete routes, empty elements, groups wherever a mailbox may stand (RFC 6854), a group without
/// its semicolon at the end. Refused: an address without domain, an empty `<>`, an address followed by anything but a separator.
public enum AddressList {
    /// How deep comments may nest.
    public static let maximumCommentDepth = 50

    /// Reads the body of an address field; empty for a body without any address.
    ///
    /// - Throws: `AddressSyntaxError` for what is no list, and for more than `HeaderSection.maximumOctets`.
    public static func parse(_ fieldBody: String) throws(AddressSyntaxError) -> [AddressEntry] {
        guard fieldBody.utf8.count <= HeaderSection.maximumOctets else {
            throw AddressSyntaxError(message: "the list is too long", offset: HeaderSection.maximumOctets)
        }
        var parser = AddressListParser(lexer: AddressLexer(Array(fieldBody.utf8)))
        return try parser.parse()
    }
}
