// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import MailModel

/// A command of an SMTP client (RFC 5321 §4.1.1 and the extensions this server offers).
package enum SMTPCommand: Equatable, Sendable {
    /// `EHLO relay.azienda.it`
    case ehlo(String)
    /// `HELO relay.azienda.it`
    case helo(String)
    /// `MAIL FROM:<mario@azienda.it> SIZE=1024 BODY=8BITMIME RET=HDRS ENVID=QQ314159`
    case mail(ReversePath, SMTPMailParameters)
    /// `RCPT TO:<ufficio@pec.comune.it> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;ufficio@pec.comune.it`
    case rcpt(EnvelopeRecipient)
    /// `DATA`
    case data
    /// `BDAT 8192 LAST` (RFC 3030 §2)
    case bdat(octets: Int, isLast: Bool)
    /// `RSET`
    case rset
    /// `NOOP`, with or without an argument
    case noop
    /// `QUIT`
    case quit
    /// `HELP`, with or without an argument
    case help
    /// `VRFY mario`
    case vrfy
    /// `EXPN lista`
    case expn
    /// `STARTTLS` (RFC 3207)
    case startTLS
    /// `AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=` (RFC 4954 §4): the mechanism in upper case, the initial response still in base
    /// 64.
    case auth(mechanism: String, initialResponse: String?)
    /// `XCLIENT NAME=mail.example.org ADDR=198.51.100.7`: the attributes, to be read only when the client may say so.
    case xclient(Substring)
}

/// The parameters of MAIL.
package struct SMTPMailParameters: Equatable, Sendable {
    /// SIZE (RFC 1870 §5); a number too large for an `Int` is the largest one.
    package var size: Int?
    /// True for `BODY=8BITMIME` (RFC 6152).
    package var isEightBit = false
    /// RET (RFC 3461 §4.3).
    package var returnContent: ReturnContent?
    /// ENVID (RFC 3461 §4.4), xtext decoded.
    package var envelopeID: String?
    /// SMTPUTF8 (RFC 6531 §3.4).
    package var requiresSMTPUTF8 = false

    /// No parameters.
    package init() {}
}

/// Why a command was refused: the reply that says so.
package struct SMTPRefusal: Error, Equatable, Sendable {
    /// The reply, 4xx or 5xx.
    package let reply: SMTPReply

    /// A refusal with this reply.
    package init(_ code: Int, _ status: EnhancedStatus, _ text: String) {
        reply = SMTPReply(code, status, text)
    }

    /// The arguments of a command are wrong (RFC 3463 §3.6: X.5.4).
    static func arguments(_ text: String) -> Self { Self(501, EnhancedStatus(5, 5, 4), text) }
}
