// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import NIOCore

/// Carries out what scanners ask to change: all that one of them asks for, or nothing of it.
///
/// | mail | fields on top | other fields | recipients, reverse-path | body |
/// | --- | --- | --- | --- | --- |
/// | ordinary | yes | yes | yes | unless it is signed |
/// | retrieved, certified | yes, none that a sender writes | no | no | no |
/// | certified submission | no | no | no | no |
///
/// Fields of the gateway's own are nobody else's to write. On its way out a message keeps its From, by which its way was chosen, and its
/// reverse-path (P4). What is not allowed is left out and logged.
struct MessageEditor: Sendable {
    /// What scanners are told, with the header and the fields on top as they are now.
    private(set) var subject: ScanSubject

    private let store: any QueueStore
    private let logger: Logger

    init(_ subject: ScanSubject, store: any QueueStore, logger: Logger) {
        self.subject = subject
        self.store = store
        self.logger = logger
    }

    /// What the next scanner reads.
    func content(_ arrival: Arrival) -> ScannedContent {
        ScannedContent(
            trace: arrival.message.traceBehind(subject.addedFields.joined()),
            body: arrival.body,
            store: store
        )
    }

    /// Carries out `edits`.
    ///
    /// - Throws: when the changed message cannot be written; nothing is changed then.
    mutating func apply(
        _ edits: [MessageEdit],
        of scanner: String,
        to arrival: inout Arrival
    ) async throws(ScannerError) {
        guard !edits.isEmpty else { return }
        let isLeaving = arrival.recipients.first?.route != .exchange
        let (allowed, refused) = allowed(edits, isLeaving: isLeaving)
        if !refused.isEmpty {
            logger.notice(
                "a scanner asked for changes that are not made",
                metadata: [
                    "queueID": "\(subject.id)", "scanner": "\(scanner)",
                    "changes": "\(refused.joined(separator: ", "))",
                ]
            )
        }
        var changes = HeaderChanges(header: subject.header, added: subject.addedFields)
        for edit in allowed { changes.take(edit) }
        if !changes.isOwnUntouched || allowed.contains(where: \.isReplacement) {
            try await rewrite(&arrival, changes, allowed.replacement)
        }
        subject.addedFields = changes.addedFields
        for edit in allowed { change(&arrival, edit) }
    }

    /// Gives back what edits hold that are not carried out.
    func drop(_ edits: [MessageEdit]) async {
        guard case .stored(let body) = edits.replacement else { return }
        await store.discardStored(body)
    }

    // MARK: What is allowed

    private func allowed(_ edits: [MessageEdit], isLeaving: Bool) -> (allowed: [MessageEdit], refused: [String]) {
        var (allowed, refused): ([MessageEdit], [String]) = ([], [])
        for edit in edits {
            if isAllowed(edit, isLeaving: isLeaving) { allowed.append(edit) } else { refused.append(edit.words) }
        }
        return (allowed, refused)
    }

    private func isAllowed(_ edit: MessageEdit, isLeaving: Bool) -> Bool {
        switch edit {
        case .addField(let name, _):
            subject.mail == .ordinary
                ? isFree(name, isLeaving) : subject.mail != .certifiedSubmission && !Self.isWritten(name)
        case .changeField(let name, _, _), .removeField(let name, _):
            subject.mail == .ordinary && isFree(name, isLeaving)
        case .addRecipient(let address): subject.mail == .ordinary && subject.way(address) != nil
        case .removeRecipient: subject.mail == .ordinary
        case .changeSender: subject.mail == .ordinary && !isLeaving
        case .replaceBody: subject.allowsReplacement
        }
    }

    private func isFree(_ name: String, _ isLeaving: Bool) -> Bool {
        let name = name.lowercased()
        return !name.hasPrefix(Self.own) && !(isLeaving && name == "from")
    }

    private static let own = "x-ceralacca-"

    /// True for what a sender or a certified provider writes: on top of their mail it would speak in their place.
    private static func isWritten(_ name: String) -> Bool {
        let name = name.lowercased()
        return written.contains(name)
            || [own, "content-", "resent-", "x-ricevuta", "x-trasporto", "x-tipo", "x-riferimento", "x-rem"]
                .contains { name.hasPrefix($0) }
    }

    private static let written: Set<String> = [
        "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "in-reply-to", "references",
        "comments", "keywords", "mime-version", "return-path", "x-verificasicurezza", "disposition-notification-to",
    ]

    // MARK: Changes

    /// Writes the message anew, header and body, beside the old one, which it replaces when it is whole.
    private mutating func rewrite(
        _ arrival: inout Arrival,
        _ changes: HeaderChanges,
        _ replacement: MessageBody?
    ) async throws(ScannerError) {
        let start = subject.header.octets
        let old = ScannedContent(trace: "", body: arrival.body, store: store)
        let new = replacement.map { ScannedContent(trace: "", body: $0, store: store) }
        var builder = BodyBuilder(store: store)
        let result: BodyBuilder.Result
        let header: ByteBuffer
        do throws(ScannerError) {
            header = changes.rewritten(try await Self.head(of: old, start))
            try await builder.append(header)
            var pieces = (new?.pieces(from: 0) ?? old.pieces(from: start)).makeAsyncIterator()
            while let piece = try await pieces.piece() { try await builder.append(piece) }
            result = try await builder.finish()
        } catch {
            await builder.abandon()
            if let replacement { await drop([.replaceBody(replacement)]) }
            throw error
        }
        if let replacement { await drop([.replaceBody(replacement)]) }
        if case .stored(let body) = arrival.body { await store.discardStored(body) }
        arrival.message.size += result.body.size - arrival.body.size
        arrival.body = result.body
        arrival.message.isEightBit = result.isEightBit
        arrival.message.hasBareLineEnds = result.hasBareLineEnds
        subject.header = HeaderSection(header)
        arrival.message.headerFrom = subject.header.first("From").map { String($0.prefix(200)) }
        arrival.message.subject = subject.header.first("Subject").map { String($0.prefix(200)) }
        arrival.message.messageID = subject.header.messageID
    }

    private static func head(of content: ScannedContent, _ length: Int) async throws(ScannerError) -> ByteBuffer {
        var head = ByteBuffer()
        var pieces = content.pieces(from: 0).makeAsyncIterator()
        while head.readableBytes < length, let piece = try await pieces.piece() { head.writeImmutableBuffer(piece) }
        return head.readSlice(length: min(length, head.readableBytes)) ?? ByteBuffer()
    }

    private mutating func change(_ arrival: inout Arrival, _ edit: MessageEdit) {
        switch edit {
        case .addField, .changeField, .removeField, .replaceBody: return
        case .addRecipient(let address):
            let isThere = arrival.recipients.contains {
                $0.recipient.forwardPath.comparisonKey == address.comparisonKey
            }
            guard !isThere, let way = subject.way(address), var recipient = arrival.recipients.first else { return }
            recipient.recipient = EnvelopeRecipient(address)
            recipient.route = way
            arrival.recipients.append(recipient)
            if !address.isASCII { arrival.message.requiresSMTPUTF8 = true }
        case .removeRecipient(let address):
            arrival.recipients.removeAll { $0.recipient.forwardPath.comparisonKey == address.comparisonKey }
        case .changeSender(let reversePath):
            arrival.message.reversePath = reversePath
            arrival.message.reportTo = reversePath.mailbox.map { [$0] } ?? []
            subject.reversePath = reversePath
        }
        for index in arrival.recipients.indices { arrival.recipients[index].number = index }
        subject.recipients = arrival.recipients.map(\.recipient)
    }
}

extension [MessageEdit] {
    /// The last body that replaces the message's own.
    fileprivate var replacement: MessageBody? {
        for case .replaceBody(let body) in self.reversed() { return body }
        return nil
    }
}

extension MessageEdit {
    fileprivate var isReplacement: Bool {
        if case .replaceBody = self { true } else { false }
    }

    /// What is asked for, for the log.
    fileprivate var words: String {
        switch self {
        case .addField(let name, _): "add \(name)"
        case .changeField(let name, _, _): "change \(name)"
        case .removeField(let name, _): "remove \(name)"
        case .addRecipient(let address): "add recipient \(address)"
        case .removeRecipient(let address): "remove recipient \(address)"
        case .changeSender(let path): "change reverse-path to <\(path)>"
        case .replaceBody: "replace body"
        }
    }
}
