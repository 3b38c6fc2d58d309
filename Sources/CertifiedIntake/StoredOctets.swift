// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailQueue

import struct NIOCore.ByteBuffer

/// Octets of a message that is about to be stored, read once more in pieces.
struct StoredOctets {
    private let body: MessageBody
    private let store: any QueueStore

    init(_ body: MessageBody, _ store: any QueueStore) {
        self.body = body
        self.store = store
    }

    /// Calls `take` with the octets of `range`, in order.
    func forEach(in range: Range<Int>, _ take: (ByteBuffer) -> Void) async throws(QueueError) {
        switch body {
        case .octets(let octets):
            let end = min(range.upperBound, octets.readableBytes)
            guard range.lowerBound < end else { return }
            let start = octets.readerIndex + range.lowerBound
            if let slice = octets.getSlice(at: start, length: end - range.lowerBound) { take(slice) }
        case .stored(let stored):
            let reader = try await store.readStored(stored)
            do throws(QueueError) {
                try await read(reader, range, take)
                await reader.close()
            } catch {
                await reader.close()
                throw error
            }
        }
    }

    private func read(
        _ reader: any BodyReader,
        _ range: Range<Int>,
        _ take: (ByteBuffer) -> Void
    ) async throws(QueueError) {
        var offset = 0
        while offset < range.upperBound, var piece = try await reader.read(upTo: 262_144) {
            let next = offset + piece.readableBytes
            if next > range.lowerBound {
                piece.moveReaderIndex(forwardBy: max(0, range.lowerBound - offset))
                if let wanted = piece.readSlice(
                    length: min(piece.readableBytes, range.upperBound - max(offset, range.lowerBound))
                ) {
                    take(wanted)
                }
            }
            offset = next
        }
    }
}
