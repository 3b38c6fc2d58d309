// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import CertifiedMail
internal import CertifiedMailSignatures
internal import MailModel
internal import NIOCore

/// What one file is, and whether its signature holds.
struct Inspection {
    let path: String
    let message: CertifiedMessage
    let signature: SignatureFinding

    /// Reads the file twice: what it is, then the signed entity alone. Memory does not follow its size.
    init(of path: String, trusting judges: Judges, at now: Timestamp) throws(CommandFailure) {
        self.path = path
        let file = try MessageFile(path)
        var reader = CertifiedMessageReader()
        try file.read { reader.append($0) }
        message = reader.finish()
        signature = try Self.check(message, in: file, judges, now)
    }

    private static func check(
        _ message: CertifiedMessage,
        in file: borrowing MessageFile,
        _ judges: Judges,
        _ now: Timestamp
    ) throws(CommandFailure) -> SignatureFinding {
        guard let structure = message.structure, let entity = structure.entity, let octets = structure.signature else {
            return SignatureFinding()
        }
        guard let checker = SignatureChecker(signature: octets, hasBareLineFeeds: structure.hasBareLineFeeds) else {
            return .unreadable
        }
        try file.read(entity) { piece in piece.withUnsafeReadableBytes { checker.append($0) } }
        return checker.finish(
            from: message.from,
            trusting: judges.anchors,
            providers: judges.providers,
            at: message.time?.timestamp ?? now
        )
    }

    private var warnings: [Warning] { message.warnings + message.warnings(about: signature) }

    /// The object of `inspect --json`.
    var json: JSONValue {
        .object([
            ("file", .string(path)), ("kind", .string(message.kind.rawValue)),
            ("error", .optional(message.failure?.rawValue)), ("sender", .optional(message.sender)),
            (
                "recipients",
                .array(
                    message.recipients.map { recipient in
                        .object([
                            ("address", .string(recipient.address)),
                            ("certified", recipient.isCertified.map { .bool($0) } ?? .null),
                        ])
                    }
                )
            ),
            ("subject", .optional(message.subject)), ("provider", .optional(message.provider)),
            ("identifier", .optional(message.identifier)), ("message_id", .optional(message.messageID)),
            ("time", .optional(message.time.map { "\($0)" })),
            ("receipt_type", .optional(message.receiptType?.rawValue)),
            ("delivered_to", .optional(message.deliveredTo)), ("error_detail", .optional(message.failureText)),
            (
                "signature",
                .object([
                    ("state", .string(signature.state.rawValue)), ("signer", .optional(signature.signer)),
                    ("digest", .optional(signature.digest)), ("chain", .optional(chain)),
                ])
            ),
            ("warnings", .array(warnings.map { .string("\($0)") })),
        ])
    }

    /// `trusted`, or why not; nil where no chain was looked at.
    private var chain: String? {
        switch signature.state {
        case .valid: "trusted"
        case .untrusted: signature.chainProblem
        case .invalid, .missing: nil
        }
    }

    /// The same for people: a line a value that the message has.
    var lines: [String] {
        var lines = ["\(PlainText.line(path)): \(message.kind.rawValue)"]
        func add(_ name: String, _ value: String?) {
            if let value { lines.append("  \(PlainText.line("\(name): \(value)"))") }
        }
        add("error", message.failure?.rawValue)
        add("reason", message.failureText)
        add("from", message.sender)
        for recipient in message.recipients {
            let word = recipient.isCertified.map { $0 ? " (certified)" : " (ordinary)" } ?? ""
            add("to", recipient.address + word)
        }
        add("delivered to", message.deliveredTo)
        add("subject", message.subject)
        add("time", message.time.map { "\($0)" })
        add("provider", message.provider)
        add("identifier", message.identifier)
        add("message id", message.messageID)
        add("receipt type", message.receiptType?.rawValue)
        let by = [signature.signer, signature.digest].compactMap { $0 }.joined(separator: ", ")
        let why = signature.chainProblem ?? signature.digestProblem
        add("signature", signature.state.rawValue + (by.isEmpty ? "" : " (\(by))") + (why.map { ": \($0)" } ?? ""))
        for warning in warnings { add("warning", "\(warning)") }
        return lines
    }
}
