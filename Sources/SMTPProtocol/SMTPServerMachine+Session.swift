// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

import struct NIOCore.ByteBuffer

/// Greeting, commands outside a transaction, TLS, refusals and the end.
extension SMTPServerMachine {
    mutating func greet() -> [Action] {
        stage = .commands
        return [.reply(policy.greeting)]
    }

    mutating func command(_ line: ByteBuffer) -> [Action] {
        do throws(SMTPRefusal) {
            return try perform(try SMTPCommand(line, hostname: policy.hostname))
        } catch {
            return refuse(error.reply)
        }
    }

    private mutating func perform(_ command: SMTPCommand) throws(SMTPRefusal) -> [Action] {
        if command.isIdle {
            idleCommands += 1
            guard idleCommands <= policy.limits.idleCommands else {
                let words = "\(policy.limits.idleCommands) commands without a message are enough for one session"
                throw SMTPRefusal(421, EnhancedStatus(4, 7, 0), words)
            }
        }
        switch command {
        case .ehlo(let name): return hello(name, isExtended: true)
        case .helo(let name): return hello(name, isExtended: false)
        case .mail(let reversePath, let parameters): return try mail(reversePath, parameters)
        case .rcpt(let recipient): return try rcpt(recipient)
        case .data: return try data()
        case .bdat(let octets, let isLast): return bdat(octets, isLast: isLast)
        case .rset: return resetTransaction() + [.reply(SMTPReply(250, EnhancedStatus(2, 0, 0), "forgotten"))]
        case .noop: return [.reply(SMTPReply(250, EnhancedStatus(2, 0, 0), "OK"))]
        case .quit:
            hasQuit = true
            return close(SMTPReply(221, EnhancedStatus(2, 0, 0), "\(policy.hostname) closing"))
        case .help: return [.reply(Self.help)]
        case .vrfy: return [.reply(SMTPReply(252, EnhancedStatus(2, 0, 0), "not verified here; RCPT tells"))]
        case .expn: throw SMTPRefusal(502, EnhancedStatus(5, 5, 1), "lists are not expanded here")
        case .startTLS: return try startTLS()
        case .auth(let mechanism, let response): return try authenticate(mechanism, response)
        case .xclient(let arguments): return try xclient(arguments)
        }
    }

    private static let help = SMTPReply(
        214,
        EnhancedStatus(2, 0, 0),
        lines: [
            "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT HELP VRFY STARTTLS AUTH",
            "Postmaster: write to <postmaster> at this server",
        ]
    )

    /// EHLO and HELO abandon the mail transaction (RFC 5321 §4.1.4).
    private mutating func hello(_ name: String, isExtended: Bool) -> [Action] {
        let actions = resetTransaction()
        clientName = name
        self.isExtended = isExtended
        if isExtended { return actions + [.announce(isSecure: security != nil)] }
        return actions + [.reply(SMTPReply(250, nil, policy.hostname))]
    }

    private mutating func startTLS() throws(SMTPRefusal) -> [Action] {
        guard policy.offersStartTLS else { throw SMTPRefusal(502, EnhancedStatus(5, 5, 1), "TLS is not offered here") }
        guard security == nil else { throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "the session is in TLS already") }
        guard envelope == nil else {
            throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "not within a mail transaction: RSET first")
        }
        stage = .negotiatingTLS
        return [.startTLS(SMTPReply(220, EnhancedStatus(2, 0, 0), "begin TLS"))]
    }

    /// After the handshake the session begins anew: nothing that was said in clear counts (RFC 3207 §4.2).
    mutating func forgetAll(_ security: Security) -> [Action] {
        let actions = resetTransaction()
        clientName = nil
        isExtended = false
        authenticated = nil
        exchange = nil
        self.security = security
        stage = .commands
        return actions
    }

    private mutating func xclient(_ arguments: Substring) throws(SMTPRefusal) -> [Action] {
        guard policy.offersXCLIENT else {
            throw SMTPRefusal(550, EnhancedStatus(5, 7, 0), "you may not speak for others here")
        }
        guard envelope == nil else {
            throw SMTPRefusal(503, EnhancedStatus(5, 5, 1), "not within a mail transaction: RSET first")
        }
        let attributes = try SMTPClientAttributes(arguments)
        stage = .adoptingClient(attributes)
        return [.adoptClient(attributes)]
    }

    /// The session begins anew for the client that is spoken for; nothing that the filter has proved of itself counts for it.
    mutating func clientAdopted(_ attributes: SMTPClientAttributes, _ reply: SMTPReply?) -> [Action] {
        if let reply { return close(reply) }
        let actions = resetTransaction()
        if case .known(let name) = attributes.clientName { clientName = name } else { clientName = nil }
        isExtended = clientName != nil && attributes.isExtended ?? false
        authenticated = nil
        exchange = nil
        security?.clientCertificate = nil
        (errors, failedLogins, refusedRecipients, transactions, idleCommands) = (0, 0, 0, 0, 0)
        return actions + greet()
    }

    /// What is under way comes to its end first; the next event that counts dismisses the client then.
    mutating func dismissed(_ reply: SMTPReply) -> [Action] {
        switch stage {
        case .commands, .authentication: return close(reply)
        case .waitingForGreeting, .judgingSender, .judgingRecipient, .checkingPassword, .negotiatingTLS,
            .adoptingClient, .data, .chunk, .swallowing, .taking, .finishing, .abandoning, .closed:
            return []
        }
    }

    mutating func refuse(_ fault: SMTPLineDecoder.Fault) -> [Action] {
        exchange = nil
        stage = .commands
        let words =
            switch fault {
            case .bareLineFeed: "a LF stands alone: a command line ends with CRLF and nothing else"
            case .bareCarriageReturn: "a CR stands alone: a command line ends with CRLF and nothing else"
            case .tooLong: "the line is longer than \(policy.limits.commandOctets) octets"
            }
        return refuse(SMTPReply(500, EnhancedStatus(5, 5, 2), words))
    }

    /// Sends a refusal and counts it; the last one that is allowed ends the session, as does a 421.
    mutating func refuse(_ reply: SMTPReply, isCounted: Bool = true) -> [Action] {
        if reply.code == 421 { return close(reply) }
        if isCounted { errors += 1 }
        guard errors < policy.limits.errors else {
            let words = "closing after \(errors) errors, the last one: \(reply)"
            return close(SMTPReply(421, EnhancedStatus(4, 7, 0), words))
        }
        return [.reply(reply)]
    }

    mutating func timedOut(_ timeout: Timeout) -> [Action] {
        switch stage {
        case .judgingSender, .judgingRecipient, .checkingPassword, .adoptingClient, .taking, .finishing, .abandoning,
            .closed:
            return []
        case .waitingForGreeting, .negotiatingTLS:
            stage = .closed
            return [.close]
        case .commands, .authentication, .data, .chunk, .swallowing:
            let words =
                switch timeout {
                case .idle: "nothing was heard for too long; closing"
                case .content: "the content took too long; closing"
                }
            return close(SMTPReply(421, EnhancedStatus(4, 4, 2), words))
        }
    }

    mutating func close(_ reply: SMTPReply) -> [Action] {
        let actions = resetTransaction()
        stage = .closed
        return actions + [.reply(reply), .close]
    }
}

extension SMTPCommand {
    /// True for one that a client may say for ever without sending a message; the others have limits of their own.
    fileprivate var isIdle: Bool {
        switch self {
        case .ehlo, .helo, .rset, .noop, .help, .vrfy: true
        case .mail, .rcpt, .data, .bdat, .quit, .expn, .startTLS, .auth, .xclient: false
        }
    }
}
