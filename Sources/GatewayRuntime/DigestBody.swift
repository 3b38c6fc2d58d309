// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import NIOCore

/// Takes a message's octets piece by piece, into memory while they are few and into the store's file else.
struct DigestBody {
    private let store: any QueueStore
    private var writer: (any BodyWriter)?
    private var buffer = ByteBuffer()
    private(set) var size = 0

    init(_ store: any QueueStore) {
        self.store = store
    }

    mutating func append(_ text: String) async throws(QueueError) { try await append(ByteBuffer(string: text)) }

    mutating func append(_ octets: ByteBuffer) async throws(QueueError) {
        size += octets.readableBytes
        if let writer { return try await writer.write(octets) }
        var octets = octets
        buffer.writeBuffer(&octets)
        guard buffer.readableBytes > store.inlineLimit else { return }
        let writer = try await store.makeBodyWriter()
        self.writer = writer
        try await writer.write(buffer)
        buffer = ByteBuffer()
    }

    /// The body, durable where it is a file.
    func finish() async throws(QueueError) -> MessageBody {
        if let writer { .stored(try await writer.finish()) } else { .octets(buffer) }
    }

    /// Throws away what was written.
    func abandon() async { await writer?.abandon() }
}
