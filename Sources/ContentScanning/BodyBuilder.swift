// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import NIOCore

/// Takes octets that are written anew: in memory up to the store's `inlineLimit`, in a body writer beyond it.
struct BodyBuilder: Sendable {
    /// What was built.
    struct Result: Sendable {
        let body: MessageBody
        let isEightBit: Bool
        let hasBareLineEnds: Bool
    }

    private let store: any QueueStore
    private var octets = ByteBuffer()
    private var writer: (any BodyWriter)?
    private var facts = ContentScanner()
    /// Octets so far.
    private(set) var size = 0

    init(store: any QueueStore) {
        self.store = store
    }

    mutating func append(_ piece: ByteBuffer) async throws(ScannerError) {
        size += piece.readableBytes
        facts.scan(piece)
        do throws(QueueError) {
            if let writer { return try await writer.write(piece) }
            octets.writeImmutableBuffer(piece)
            guard octets.readableBytes > store.inlineLimit else { return }
            let writer = try await store.makeBodyWriter()
            self.writer = writer
            try await writer.write(octets)
            octets = ByteBuffer()
        } catch {
            throw ScannerError("the changed message could not be written: \(error)")
        }
    }

    /// The body, durable where it is in a file.
    mutating func finish() async throws(ScannerError) -> Result {
        do throws(QueueError) {
            let body: MessageBody = if let writer { .stored(try await writer.finish()) } else { .octets(octets) }
            writer = nil
            return Result(body: body, isEightBit: facts.isEightBit, hasBareLineEnds: facts.hasBareLineEnds)
        } catch {
            throw ScannerError("the changed message could not be written: \(error)")
        }
    }

    /// Throws away what was written.
    mutating func abandon() async {
        await writer?.abandon()
        writer = nil
        octets = ByteBuffer()
    }
}
