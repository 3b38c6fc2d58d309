// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

extension SMTPCommand {
    /// `FROM:<reverse-path> parameters` (RFC 5321 §4.1.1.2).
    static func mail(_ argument: Substring) throws(SMTPRefusal) -> SMTPCommand {
        guard let rest = argument.dropping("FROM:"), let (path, tail) = splitPath(rest) else {
            throw SMTPRefusal(501, EnhancedStatus(5, 5, 2), "the form is MAIL FROM:<address>, with the angle brackets")
        }
        var parameters = SMTPMailParameters()
        try forEachParameter(tail, of: "MAIL") { keyword, value throws(SMTPRefusal) in
            try parameters.set(keyword, value)
        }
        if path.isEmpty { return .mail(.null, parameters) }
        guard let address = mailbox(path) else {
            throw SMTPRefusal(501, EnhancedStatus(5, 1, 7), "the sender's address is not well formed")
        }
        return .mail(.mailbox(address), parameters)
    }

    /// `TO:<forward-path> parameters` (RFC 5321 §4.1.1.3).
    static func rcpt(_ argument: Substring, hostname: String) throws(SMTPRefusal) -> SMTPCommand {
        guard let rest = argument.dropping("TO:"), let (path, tail) = splitPath(rest) else {
            throw SMTPRefusal(501, EnhancedStatus(5, 5, 2), "the form is RCPT TO:<address>, with the angle brackets")
        }
        let address =
            path.lowercased() == "postmaster" ? AddrSpec(localPart: "postmaster", domain: hostname) : mailbox(path)
        guard let address else {
            throw SMTPRefusal(501, EnhancedStatus(5, 1, 3), "the recipient's address is not well formed")
        }
        var recipient = EnvelopeRecipient(address)
        try forEachParameter(tail, of: "RCPT") { keyword, value throws(SMTPRefusal) in
            try recipient.set(keyword, value)
        }
        return .rcpt(recipient)
    }

    /// What stands between the angle brackets, and what follows them; quoted strings may hold an angle bracket.
    private static func splitPath(_ text: Substring) -> (path: Substring, tail: Substring)? {
        let text = text.trimmingSpaces()
        guard text.utf8.first == UInt8(ascii: "<") else { return nil }
        var isQuoted = false
        var isEscaped = false
        for index in text.utf8.indices.dropFirst() {
            let octet = text.utf8[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, octet == UInt8(ascii: "\\") {
                isEscaped = true
            } else if octet == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if octet == UInt8(ascii: ">"), !isQuoted {
                let tail = text[text.utf8.index(after: index)...]
                guard tail.isEmpty || tail.utf8.first == 0x20 else { return nil }
                return (text[text.utf8.index(after: text.startIndex)..<index], tail)
            }
        }
        return nil
    }

    /// The mailbox of a path; a source route before it is read over (RFC 5321 §4.1.1.3, appendix C).
    private static func mailbox(_ path: Substring) -> AddrSpec? {
        guard path.utf8.count <= 512 else { return nil }
        guard path.utf8.first == UInt8(ascii: "@") else { return AddrSpec(String(path)) }
        guard let colon = path.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        return AddrSpec(String(path[path.utf8.index(after: colon)...]))
    }

    private static func forEachParameter(
        _ tail: Substring,
        of verb: String,
        _ take: (String, Substring?) throws(SMTPRefusal) -> Void
    ) throws(SMTPRefusal) {
        var seen: [String] = []
        for word in tail.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let keyword = parts[0].uppercased()
            guard !seen.contains(keyword) else { throw .arguments("\(verb) has the parameter \(keyword) twice") }
            seen.append(keyword)
            try take(keyword, parts.count == 2 ? parts[1] : nil)
        }
    }
}

extension SMTPRefusal {
    fileprivate static func unknown(_ keyword: String, of verb: String) -> Self {
        let shown = keyword.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? " \(keyword.prefix(40))" : ""
        return Self(555, EnhancedStatus(5, 5, 4), "\(verb) has no parameter\(shown) here")
    }
}

extension SMTPMailParameters {
    fileprivate mutating func set(_ keyword: String, _ value: Substring?) throws(SMTPRefusal) {
        switch (keyword, value) {
        case ("SIZE", let value?):
            guard let octets = SMTPCommand.decimal(value) else { throw .arguments("SIZE wants a number of octets") }
            size = octets
        case ("BODY", let value?):
            switch value.uppercased() {
            case "7BIT": isEightBit = false
            case "8BITMIME": isEightBit = true
            default: throw .arguments("BODY is 7BIT or 8BITMIME here; BINARYMIME is not offered")
            }
        case ("RET", let value?):
            guard let content = ReturnContent(rawValue: value.uppercased()) else {
                throw .arguments("RET is FULL or HDRS")
            }
            returnContent = content
        case ("ENVID", let value?):
            guard !value.isEmpty, value.utf8.count <= 100, let decoded = XText.decode(value) else {
                throw .arguments("ENVID is not well-formed xtext of at most 100 characters (RFC 3461 section 4.4)")
            }
            envelopeID = decoded
        case ("SMTPUTF8", nil): requiresSMTPUTF8 = true
        case ("AUTH", let value?):
            // Who submitted the message elsewhere (RFC 4954 §5): nobody here relies on it.
            guard value == "<>" || XText.decode(value) != nil else { throw .arguments("AUTH is not well-formed xtext") }
        case ("SIZE", nil), ("BODY", nil), ("RET", nil), ("ENVID", nil), ("AUTH", nil):
            throw .arguments("\(keyword) wants a value: \(keyword)=...")
        case ("SMTPUTF8", _?): throw .arguments("SMTPUTF8 takes no value")
        default: throw .unknown(keyword, of: "MAIL")
        }
    }
}

extension EnvelopeRecipient {
    fileprivate mutating func set(_ keyword: String, _ value: Substring?) throws(SMTPRefusal) {
        switch (keyword, value) {
        case ("NOTIFY", let value?): notify = try Self.conditions(value)
        case ("ORCPT", let value?):
            guard value.utf8.count <= 500, let decoded = Self.originalRecipient(value) else {
                throw .arguments("ORCPT is not a type, a semicolon and well-formed xtext (RFC 3461 section 4.2)")
            }
            originalRecipient = decoded
        case ("NOTIFY", nil), ("ORCPT", nil): throw .arguments("\(keyword) wants a value: \(keyword)=...")
        default: throw .unknown(keyword, of: "RCPT")
        }
    }

    private static func conditions(_ value: Substring) throws(SMTPRefusal) -> NotifyConditions {
        if value.uppercased() == "NEVER" { return .never }
        var conditions: NotifyConditions = []
        for word in value.split(separator: ",", omittingEmptySubsequences: false) {
            switch word.uppercased() {
            case "SUCCESS": conditions.insert(.success)
            case "FAILURE": conditions.insert(.failure)
            case "DELAY": conditions.insert(.delay)
            default: throw .arguments("NOTIFY is NEVER, or a list of SUCCESS, FAILURE and DELAY")
            }
        }
        return conditions
    }

    /// `addr-type ";" xtext`, or for the type utf-8 the forms of RFC 6533 §3.
    private static func originalRecipient(_ value: Substring) -> String? {
        let parts = value.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        let isType = { (octet: UInt8) in (0x21...0x7E).contains(octet) && !"()<>@,;:\\\"/[]?=+".utf8.contains(octet) }
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, parts[0].utf8.allSatisfy(isType) else {
            return nil
        }
        let address = parts[0].lowercased() == "utf-8" ? UnicodeXText.decode(parts[1]) : XText.decode(parts[1])
        return address.map { "\(parts[0]);\($0)" }
    }
}

extension Substring {
    /// The rest behind `prefix`, whose case does not matter; nil when the text does not begin with it.
    fileprivate func dropping(_ prefix: String) -> Substring? {
        guard utf8.count >= prefix.utf8.count,
            zip(utf8, prefix.utf8).allSatisfy({ ($0 >= 0x61 && $0 <= 0x7A ? $0 - 0x20 : $0) == $1 })
        else { return nil }
        return self[utf8.index(startIndex, offsetBy: prefix.utf8.count)...]
    }
}
