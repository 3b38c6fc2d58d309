// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailModel
import NIOCore
import SASLMechanisms

/// A machine and what it said and did.
struct Conversation {
    var machine: IMAPClientMachine
    /// Lines that it sent, all together.
    var sent = ""
    /// What it did but sending.
    var actions: [IMAPClientMachine.Action] = []

    init(
        isSecure: Bool = true,
        tls: TLSPolicy = .verify,
        login: String = "azienda",
        password: String = "segreto",
        credential: SASLCredential? = nil,
        window: Int = 64,
        maximumMessages: Int = 1000,
        maximumMessageOctets: Int = 1_000_000
    ) {
        machine = IMAPClientMachine(
            settings: .init(
                login: login,
                credential: credential ?? .password(Secret(password)),
                hasImplicitTLS: isSecure,
                tls: tls,
                windowCommands: window,
                maximumMessages: maximumMessages,
                maximumMessageOctets: maximumMessageOctets,
                nonce: "rOprNGfwEbeRWgbNEkqO"
            )
        )
    }

    /// A session that is logged in at a server with these capabilities.
    static func loggedIn(
        _ capabilities: String = "IDLE UIDPLUS MOVE",
        window: Int = 64,
        maximumMessages: Int = 1000
    ) -> Self {
        var conversation = Conversation(window: window, maximumMessages: maximumMessages)
        conversation.server("* OK ready\r\n")
        conversation.server("* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nA1 OK\r\n")
        conversation.server("A2 OK [CAPABILITY IMAP4rev1 \(capabilities)] logged in\r\n")
        conversation.forget()
        return conversation
    }

    mutating func server(_ text: String) { tell(.octets(ByteBuffer(string: text))) }

    mutating func tell(_ event: IMAPClientMachine.Event) {
        for action in machine.handle(event) {
            if case .send(let octets) = action { sent += octets.reveal() } else { actions.append(action) }
        }
    }

    /// Begins to listen anew.
    mutating func forget() { (sent, actions) = ("", []) }

    var failure: IMAPFailure? {
        for case .failed(let failure) in actions { return failure }
        return nil
    }
}

/// An identifier in a test.
func uid(_ number: UInt32) -> IMAPUID {
    guard let uid = IMAPUID(number) else { preconditionFailure("no identifier: \(number)") }
    return uid
}
