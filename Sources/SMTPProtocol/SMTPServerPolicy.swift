// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import MailModel

/// What a server offers its clients and asks of them; fixed for the length of a session.
package struct SMTPServerPolicy: Equatable, Sendable {
    /// The name in greeting and EHLO reply.
    package var hostname: String
    /// STARTTLS is announced outside TLS.
    package var offersStartTLS = false
    /// MAIL before TLS is refused with 530 5.7.0.
    package var requiresTLS = false
    /// MAIL without a verified client certificate is refused.
    package var requiresClientCertificate = false
    /// AUTH is announced, in TLS only.
    package var offersAuthentication = false
    /// MAIL before AUTH is refused with 530 5.7.0.
    package var requiresAuthentication = false
    /// DSN is announced.
    package var offersDeliveryReports = true
    /// The client may say for whom it speaks: XCLIENT is announced.
    package var offersXCLIENT = false
    /// The limits.
    package var limits = SMTPServerLimits()

    /// A server that asks for nothing, and offers neither TLS nor AUTH.
    package init(hostname: String) {
        self.hostname = hostname
    }

    /// The reply to EHLO (RFC 5321 §4.1.1.1): the same for every session, so that a driver may encode it once.
    package func capabilities(isSecure: Bool) -> SMTPReply {
        var lines = [
            hostname, "PIPELINING", "SIZE \(limits.messageOctets)", "8BITMIME", "CHUNKING", "ENHANCEDSTATUSCODES",
        ]
        if offersDeliveryReports { lines.append("DSN") }
        lines.append("SMTPUTF8")
        if offersStartTLS, !isSecure { lines.append("STARTTLS") }
        if offersAuthentication, isSecure { lines.append("AUTH PLAIN LOGIN") }
        if offersXCLIENT { lines.append("XCLIENT \(SMTPClientAttributes.keywords)") }
        return SMTPReply(250, nil, lines: lines + ["HELP"])
    }

    /// The greeting.
    package var greeting: SMTPReply { SMTPReply(220, nil, "\(hostname) ESMTP Ceralacca") }
}
