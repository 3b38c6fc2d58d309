// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What one session of an SMTP server may ask for; the limits of time and of connections are the driver's.
package struct SMTPServerLimits: Equatable, Sendable {
    /// The largest message in octets; 0 sets no limit, and is announced so (RFC 1870 §4).
    package var messageOctets = 157_286_400
    /// The longest command line with its CRLF.
    package var commandOctets = 4096
    /// RCPT commands of one transaction.
    package var recipients = 1000
    /// Commands that went wrong before the session is ended with 421.
    package var errors = 20
    /// Recipients refused for good before the session is ended with 421.
    package var refusedRecipients = 200
    /// Transactions in one session before it is ended with 421.
    package var transactions = 10_000
    /// Commands that go on with no transaction, one behind the other, before the session is ended with 421: each renews the time of silence.
    package var idleCommands = 100

    /// The defaults.
    package init() {}
}
