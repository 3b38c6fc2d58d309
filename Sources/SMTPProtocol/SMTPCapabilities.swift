// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What a server offers, as its reply to EHLO says (RFC 5321 §4.1.1.1). Unknown keywords are passed over.
public struct SMTPCapabilities: Hashable, Sendable {
    /// PIPELINING (RFC 2920).
    public var pipelining = false
    /// CHUNKING (RFC 3030): BDAT.
    public var chunking = false
    /// 8BITMIME (RFC 6152).
    public var eightBitMIME = false
    /// SMTPUTF8 (RFC 6531).
    public var smtpUTF8 = false
    /// DSN (RFC 3461).
    public var deliveryStatusNotification = false
    /// STARTTLS (RFC 3207).
    public var startTLS = false
    /// SIZE (RFC 1870): true when the keyword is offered, with or without a figure.
    public var size = false
    /// The largest message that the server takes, in octets; nil when it states none.
    public var maximumSize: Int?
    /// The mechanisms of AUTH (RFC 4954), upper case, in the server's order.
    public var authentication: [String] = []

    /// What a server offers that knows HELO alone: nothing.
    public init() {}

    /// What the reply to EHLO offers.
    public init(_ ehlo: SMTPReply) {
        for line in ehlo.lines.dropFirst() {
            let words = line.uppercased().split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let keyword = words.first else { continue }
            take(keyword, words.dropFirst())
        }
    }

    private mutating func take(_ keyword: Substring, _ arguments: ArraySlice<Substring>) {
        switch keyword {
        case "PIPELINING": pipelining = true
        case "CHUNKING": chunking = true
        case "8BITMIME": eightBitMIME = true
        case "SMTPUTF8": smtpUTF8 = true
        case "DSN": deliveryStatusNotification = true
        case "STARTTLS": startTLS = true
        case "SIZE":
            size = true
            if let figure = arguments.first.flatMap({ Int($0) }), figure > 0 { maximumSize = figure }
        case "AUTH": addMechanisms(arguments)
        default:
            // The spelling of servers older than RFC 2554: AUTH=LOGIN PLAIN.
            guard keyword.hasPrefix("AUTH=") else { return }
            addMechanisms([keyword.dropFirst(5)] + arguments)
        }
    }

    private mutating func addMechanisms(_ names: ArraySlice<Substring>) {
        for name in names.map(String.init) where !authentication.contains(name) { authentication.append(name) }
    }
}
