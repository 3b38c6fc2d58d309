// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Gives the octets of a stored message, from the first to the last, in pieces; memory does not follow the message's size.
public protocol BodyReader: Sendable {
    /// Octets in all.
    var size: Int { get }
    /// The next octets, at most `limit`; nil at the end.
    func read(upTo limit: Int) async throws(QueueError) -> ByteBuffer?
    /// Gives back what the reader holds; reading on afterwards throws.
    func close() async
}
