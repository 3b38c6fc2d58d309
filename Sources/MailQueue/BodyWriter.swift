// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Takes the octets of one message too large for memory, piece by piece.
public protocol BodyWriter: Sendable {
    /// Appends `octets`; returns when the writer can take more (backpressure).
    func write(_ octets: ByteBuffer) async throws(QueueError)
    /// Makes all that was written durable (fsync of data and directory entry).
    func finish() async throws(QueueError) -> StoredBody
    /// Throws away what was written; harmless after `finish` failed.
    func abandon() async
}
