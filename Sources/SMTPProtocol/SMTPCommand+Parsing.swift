// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

package import struct NIOCore.ByteBuffer

extension SMTPCommand {
    /// Reads one command line.
    ///
    /// - Parameters:
    ///   - line: the line without its CRLF.
    ///   - hostname: the server's own name: the domain of `RCPT TO:<Postmaster>` (RFC 5321 §4.5.1).
    /// - Throws: the refusal that is the reply to the line.
    package init(_ line: ByteBuffer, hostname: String) throws(SMTPRefusal) {
        let text = try Self.text(line)
        let end = text.firstIndex(of: " ") ?? text.endIndex
        let verb = text[..<end].uppercased()
        let argument = text[end...].trimmingSpaces()
        self = try Self.parse(verb, argument, hostname: hostname)
    }

    private static func parse(
        _ verb: String,
        _ argument: Substring,
        hostname: String
    ) throws(SMTPRefusal) -> SMTPCommand {
        switch verb {
        case "EHLO": return .ehlo(try clientName(argument, verb))
        case "HELO": return .helo(try clientName(argument, verb))
        case "MAIL": return try mail(argument)
        case "RCPT": return try rcpt(argument, hostname: hostname)
        case "DATA": return try bare(.data, verb, argument)
        case "BDAT": return try bdat(argument)
        case "RSET": return try bare(.rset, verb, argument)
        case "NOOP": return .noop
        case "QUIT": return try bare(.quit, verb, argument)
        case "HELP": return .help
        case "VRFY":
            guard !argument.isEmpty else { throw .arguments("VRFY wants an address or a name") }
            return .vrfy
        case "EXPN": return .expn
        case "STARTTLS": return try bare(.startTLS, verb, argument)
        case "AUTH": return try auth(argument)
        case "XCLIENT": return .xclient(argument)
        case "GET", "POST", "HEAD", "PUT", "CONNECT", "OPTIONS":
            // A browser or proxy made to talk to a mail server: what follows its request line may look like commands.
            throw SMTPRefusal(421, EnhancedStatus(4, 7, 0), "this is a mail server, it does not speak HTTP; closing")
        default:
            // Not the line itself: after an AUTH that was refused it may be a password in base 64, and replies are logged (P7).
            throw SMTPRefusal(500, EnhancedStatus(5, 5, 1), "there is no such command; HELP lists them")
        }
    }

    private static func text(_ line: ByteBuffer) throws(SMTPRefusal) -> Substring {
        let text = line.withUnsafeReadableBytes { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw SMTPRefusal(500, EnhancedStatus(5, 5, 2), "the command line is neither ASCII nor UTF-8")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw SMTPRefusal(500, EnhancedStatus(5, 5, 2), "a control character stands in the command line")
        }
        return text[...]
    }

    private static func bare(
        _ command: SMTPCommand,
        _ verb: String,
        _ argument: Substring
    ) throws(SMTPRefusal) -> SMTPCommand {
        guard argument.isEmpty else { throw .arguments("\(verb) takes no argument") }
        return command
    }

    /// The name a client gives itself: a domain or an address literal, not checked against DNS. It goes into trace
    /// fields, so its characters are those of names and literals, and the underscore that Windows hosts bear.
    private static func clientName(_ argument: Substring, _ verb: String) throws(SMTPRefusal) -> String {
        guard !argument.isEmpty else {
            throw .arguments("\(verb) wants the name of the client: \(verb) relay.azienda.it")
        }
        guard argument.utf8.count <= 255, argument.utf8.allSatisfy(isNameCharacter) else {
            throw .arguments("what follows \(verb) is neither a domain nor an address literal such as [192.0.2.1]")
        }
        return String(argument)
    }

    static func isNameCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._:[]%".utf8.contains(octet)
        }
    }

    /// `chunk-size [LAST]` (RFC 3030 §2). A size that cannot be read ends the session: where the chunk ends is not
    /// known.
    private static func bdat(_ argument: Substring) throws(SMTPRefusal) -> SMTPCommand {
        let words = argument.split(separator: " ")
        let isLast = words.count == 2 && words[1].uppercased() == "LAST"
        guard let size = words.first, words.count == 1 || isLast, let octets = decimal(size), octets < .max else {
            throw SMTPRefusal(
                421,
                EnhancedStatus(4, 5, 4),
                "BDAT wants a number of octets and perhaps LAST; where this chunk ends is not known; closing"
            )
        }
        return .bdat(octets: octets, isLast: isLast)
    }

    private static func auth(_ argument: Substring) throws(SMTPRefusal) -> SMTPCommand {
        let words = argument.split(separator: " ")
        guard let mechanism = words.first, words.count <= 2 else {
            throw .arguments("AUTH wants a mechanism and at most one initial response")
        }
        return .auth(mechanism: mechanism.uppercased(), initialResponse: words.count == 2 ? String(words[1]) : nil)
    }

    /// A number of decimal digits; the largest `Int` when it does not fit.
    static func decimal(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 40, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text) ?? .max
    }
}

extension Substring {
    /// The text without blanks at its ends.
    func trimmingSpaces() -> Substring {
        var result = self
        while result.utf8.first == 0x20 || result.utf8.first == 0x09 { result.removeFirst() }
        while result.utf8.last == 0x20 || result.utf8.last == 0x09 { result.removeLast() }
        return result
    }
}
