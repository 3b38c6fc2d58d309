// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import Crypto
import MailModel
import MailQueue
import NIOCore

/// One message on its way from the provider into the store.
///
/// Small ones are collected in memory, larger ones go to a `BodyWriter` as they come; memory does not follow the size.
struct MessageDownload {
    let message: ListedMessage
    let id: QueueID
    let arrival: Timestamp
    /// Octets of the message as retrieved.
    private(set) var octets = 0

    private let store: any QueueStore
    private var trace: String
    private let maximum: Int
    /// Content that no writer has taken.
    private var buffer = ByteBuffer()
    private var writer: (any BodyWriter)?
    private var digest = SHA256()
    private var header = HeaderCollector()
    private var facts = ContentScanner()
    /// What a certified account's message is, while it streams by.
    private(set) var examination: Examination?
    /// By what it would be known if the provider forwards it as well.
    private var identity: ContentIdentity?
    /// The header section of what has come.
    var section: HeaderSection { header.section }

    init(
        message: ListedMessage,
        trace: TraceFields,
        store: any QueueStore,
        maximum: ByteCount,
        examination: Examination?,
        identity: ContentIdentity? = nil
    ) {
        self.message = message
        id = trace.id
        arrival = trace.moment
        self.store = store
        self.trace = trace.text
        self.maximum = maximum.octets
        self.examination = examination
        self.identity = identity
        buffer.reserveCapacity(min(max(message.octets, 0) + 512, store.inlineLimit))
    }

    /// Takes the next octets; returns when there is room for more.
    mutating func append(_ piece: ByteBuffer) async throws(RetrievalFailure) {
        octets += piece.readableBytes
        guard octets <= maximum else {
            throw RetrievalFailure(
                .session,
                "message \(message.number) (\(message.uniqueID ?? "no identifier")) is larger than \(ByteCount(octets: maximum))"
            )
        }
        piece.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
        facts.scan(piece)
        examination?.append(piece)
        identity?.append(piece)
        if !header.isComplete { header.append(piece) }
        buffer.writeImmutableBuffer(piece)
        guard buffer.readableBytes > (writer == nil ? store.inlineLimit : Self.chunk) else { return }
        do throws(QueueError) { try await spill() } catch { throw RetrievalFailure(error) }
    }

    /// What a writer is given at once.
    private static let chunk = 131_072

    private mutating func spill() async throws(QueueError) {
        let target: any BodyWriter
        if let writer {
            target = writer
        } else {
            completeTrace()
            target = try await store.makeBodyWriter()
            writer = target
        }
        let octets = buffer
        buffer.clear()
        try await target.write(octets)
    }

    /// Marks a certified field from outside, and puts the empty line behind the trace fields where the message needs it. The buffer still
    /// begins with the content's first octets, the header among them.
    private mutating func completeTrace() {
        if examination == nil, CertifiedField.mayBeForged(in: header.section) { trace += CertifiedField.foreign }
        if TraceFields.needsEmptyLine(before: buffer.readableBytesView) { trace += "\r\n" }
    }

    /// SHA-256 of what was retrieved, in lower-case hexadecimal.
    var digestText: String { Hexadecimal.lowerCase(digest.finalize()) }

    /// Makes the arrival; a body that went to a writer is durable then.
    mutating func finish(
        for account: RetrievalAccount,
        postmaster: AddrSpec,
        identity: RetrievedIdentity
    ) async throws(QueueError) -> Arrival {
        let body: MessageBody
        if let writer {
            if buffer.readableBytes > 0 { try await spill() }
            body = .stored(try await writer.finish())
            self.writer = nil
        } else {
            completeTrace()
            body = .octets(buffer)
        }
        let section = header.section
        let facts = QueuedMessage(
            id: id,
            origin: .account(account.key),
            arrival: arrival,
            reversePath: .mailbox(postmaster),
            requiresSMTPUTF8: !account.deliverTo.allSatisfy(\.isASCII),
            isEightBit: facts.isEightBit,
            hasBareLineEnds: facts.hasBareLineEnds,
            size: trace.utf8.count + octets,
            trace: trace,
            headerFrom: section.first("From").map(Self.shortened),
            subject: section.first("Subject").map(Self.shortened),
            messageID: section.messageID.map(Self.shortened),
            routeReason: "retrieved from the maildrop of \(account.key)"
        )
        let recipients = account.deliverTo.enumerated().map { number, address in
            QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(address),
                route: .exchange,
                nextAttempt: arrival
            )
        }
        let copyKey = self.identity?.finish().map { CopyKey(account: account.key, identity: $0) }
        return Arrival(message: facts, recipients: recipients, body: body, retrieved: identity, copyKey: copyKey)
    }

    /// Throws away what was written; harmless when nothing was.
    mutating func abandon() async {
        await writer?.abandon()
        writer = nil
    }

    private static func shortened(_ text: String) -> String {
        text.utf8.count <= 1000 ? text : String(text.unicodeScalars.prefix(250).map(Character.init))
    }
}
