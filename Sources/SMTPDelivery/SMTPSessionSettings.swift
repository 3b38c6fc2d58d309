// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How a client's session behaves.
public struct SMTPSessionSettings: Hashable, Sendable {
    /// Our name in EHLO.
    public var hostname: String
    /// How long each step may take.
    public var timeouts: SMTPTimeouts
    /// Octets of content up to which all is written at once and, with BDAT, in the flight of MAIL and RCPT.
    public var smallContent: Int
    /// Octets of the pieces in which larger content is read and written.
    public var pieceOctets: Int

    /// Settings; timeouts of RFC 5321, 64 KiB of small content, pieces of 128 KiB unless given.
    public init(
        hostname: String,
        timeouts: SMTPTimeouts = SMTPTimeouts(),
        smallContent: Int = 65_536,
        pieceOctets: Int = 131_072
    ) {
        self.hostname = hostname
        self.timeouts = timeouts
        self.smallContent = smallContent
        self.pieceOctets = pieceOctets
    }
}

/// How long a client waits for each answer (RFC 5321 §4.5.3.2).
public struct SMTPTimeouts: Hashable, Sendable {
    /// TCP connection and TLS handshake.
    public var connect = Duration.seconds(30)
    /// The greeting: 5 minutes.
    public var greeting = Duration.seconds(300)
    /// EHLO, STARTTLS, AUTH, MAIL, RCPT, RSET: 5 minutes.
    public var command = Duration.seconds(300)
    /// DATA: 2 minutes.
    public var data = Duration.seconds(120)
    /// Each block of content to be taken: 3 minutes.
    public var block = Duration.seconds(180)
    /// The reply to the end of data: 10 minutes.
    public var endOfData = Duration.seconds(600)
    /// QUIT: 2 seconds; nothing depends on it.
    public var quit = Duration.seconds(2)

    /// The times of RFC 5321.
    public init() {}

    /// Shorter than RFC 5321 §4.5.3.2 asks for where nothing is lost by it: until the content is sent, a server that is given up is tried again.
    static let ofStrangers = {
        var times = SMTPTimeouts()
        (times.greeting, times.command) = (.seconds(90), .seconds(120))
        return times
    }()
}
