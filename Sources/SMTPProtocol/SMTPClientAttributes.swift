// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// What a trusted filter or proxy says of the client it speaks for (Postfix, XCLIENT_README).
///
/// ```text
/// C: XCLIENT NAME=mail.example.org ADDR=198.51.100.7 PROTO=ESMTP HELO=mail.example.org
/// S: 220 relay.azienda.it ESMTP Ceralacca
/// ```
/// LOGIN is read and not believed: rights come from AUTH in this session alone.
package struct SMTPClientAttributes: Equatable, Sendable {
    /// A value, or that there is none.
    package enum Value<Known: Equatable & Sendable>: Equatable, Sendable {
        /// It is this.
        case known(Known)
        /// There is none, or it cannot be found out ([UNAVAILABLE], [TEMPUNAVAIL]).
        case unavailable
    }

    /// The client's name in the DNS.
    package var name: Value<String>?
    /// Its address, 4 or 16 octets.
    package var address: Value<[UInt8]>?
    /// What it called itself in EHLO or HELO.
    package var clientName: Value<String>?
    /// True for ESMTP.
    package var isExtended: Bool?

    /// The attributes that are read, for EHLO.
    package static let keywords = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"

    /// Nothing is said.
    package init() {}

    /// Reads the arguments of XCLIENT.
    package init(_ arguments: Substring) throws(SMTPRefusal) {
        let words = arguments.split(separator: " ")
        guard !words.isEmpty else { throw .arguments("XCLIENT wants attributes: \(Self.keywords)") }
        for word in words {
            guard let equals = word.firstIndex(of: "=") else {
                throw .arguments("an attribute of XCLIENT is a name, = and a value")
            }
            let name = word[..<equals].uppercased()
            guard let value = XText.decode(word[word.index(after: equals)...]), value.utf8.count <= 255 else {
                throw .arguments("the value of \(name.prefix(20)) is not xtext")
            }
            try take(name, value)
        }
    }

    private mutating func take(_ keyword: String, _ text: String) throws(SMTPRefusal) {
        let word = text.uppercased()
        let isUnavailable = word == "[UNAVAILABLE]" || word == "[TEMPUNAVAIL]"
        switch keyword {
        case "NAME":
            guard isUnavailable || Self.isName(text) else { throw .arguments("NAME is no host name") }
            name = isUnavailable ? .unavailable : .known(text)
        case "ADDR":
            let octets = IPAddress.parse(word.hasPrefix("IPV6:") ? String(text.dropFirst(5)) : text)
            guard isUnavailable || octets != nil else { throw .arguments("ADDR is no IP address") }
            address = octets.map { .known($0) } ?? .unavailable
        case "HELO":
            guard isUnavailable || Self.isName(text) else { throw .arguments("HELO is no name of a client") }
            clientName = isUnavailable ? .unavailable : .known(text)
        case "PROTO":
            guard isUnavailable || word == "SMTP" || word == "ESMTP" else { throw .arguments("PROTO is SMTP or ESMTP") }
            isExtended = word == "ESMTP"
        case "PORT", "LOGIN", "DESTADDR", "DESTPORT": break
        default: throw .arguments("XCLIENT knows \(Self.keywords)")
        }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(SMTPCommand.isNameCharacter)
    }
}
