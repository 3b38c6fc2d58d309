// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The command lines of a mail transaction, CRLF included, with the parameters that the server offers.
enum SMTPClientCommand {
    /// `MAIL FROM:<mario@azienda.it> SIZE=1200 BODY=8BITMIME RET=HDRS ENVID=QQ314159`
    static func mail(_ transaction: SMTPTransaction, _ capabilities: SMTPCapabilities) -> String {
        let envelope = transaction.envelope
        var line = "MAIL FROM:<\(envelope.reversePath)>"
        if capabilities.size { line += " SIZE=\(transaction.size)" }
        if envelope.isEightBit, capabilities.eightBitMIME { line += " BODY=8BITMIME" }
        let hasUTF8 =
            envelope.reversePath.mailbox?.isASCII == false || envelope.recipients.contains { !$0.forwardPath.isASCII }
        if capabilities.smtpUTF8, envelope.requiresSMTPUTF8 || hasUTF8 { line += " SMTPUTF8" }
        if capabilities.deliveryStatusNotification {
            if let content = envelope.returnContent { line += " RET=\(content.rawValue)" }
            if let identifier = envelope.envelopeID, let text = xtext(identifier) { line += " ENVID=\(text)" }
        }
        return line + "\r\n"
    }

    /// `RCPT TO:<anna@example.it> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;anna@example.it`
    static func recipient(_ recipient: EnvelopeRecipient, _ capabilities: SMTPCapabilities) -> String {
        var line = "RCPT TO:<\(recipient.forwardPath)>"
        guard capabilities.deliveryStatusNotification else { return line + "\r\n" }
        if let notify = recipient.notify { line += " NOTIFY=\(words(notify))" }
        if let original = recipient.originalRecipient, let text = originalRecipient(original) {
            line += " ORCPT=\(text)"
        }
        return line + "\r\n"
    }

    private static func words(_ notify: NotifyConditions) -> String {
        guard !notify.isEmpty else { return "NEVER" }
        let names: [(NotifyConditions, String)] = [(.success, "SUCCESS"), (.failure, "FAILURE"), (.delay, "DELAY")]
        return names.filter { notify.contains($0.0) }.map(\.1).joined(separator: ",")
    }

    /// `type;address` with the address as xtext, or as `utf-8` type with its scalars spelt out (RFC 6533 §3); nil when it cannot be.
    private static func originalRecipient(_ original: String) -> String? {
        guard let semicolon = original.firstIndex(of: ";") else { return nil }
        let type = original[..<semicolon]
        let address = String(original[original.index(after: semicolon)...])
        guard !type.isEmpty, type.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "=") }) else {
            return nil
        }
        if let text = xtext(address) { return "\(type);\(text)" }
        guard address.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else { return nil }
        let spelt = address.unicodeScalars.map { scalar in
            let isPlain = scalar.value > 0x20 && scalar.value < 0x7F && !"+=\\".unicodeScalars.contains(scalar)
            return isPlain ? String(scalar) : "\\x{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
        return "utf-8;\(spelt.joined())"
    }

    /// xtext of RFC 3461 §4; nil for text with control characters or beyond ASCII, which no parameter may carry.
    private static func xtext(_ text: String) -> String? {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), !text.isEmpty else { return nil }
        return XText.encode(text)
    }
}
