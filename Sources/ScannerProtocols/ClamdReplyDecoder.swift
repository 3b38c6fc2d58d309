// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Cuts what clamd sends into replies, each ended by a NUL. Octets beyond ASCII and control characters become `?`: the words go into logs
/// and fields.
public struct ClamdReplyDecoder: Sendable {
    /// Octets of the longest reply; a virus name is far shorter.
    public static let maximumOctets = 4096

    private var pending: [UInt8] = []

    /// A decoder at the beginning of a session.
    public init() {}

    /// Takes what has come.
    ///
    /// - Parameter octets: as they were read from the connection.
    /// - Returns: the replies that are whole now, in order; nil when one is longer than `maximumOctets`, and the connection is of no use.
    public mutating func append(_ octets: ByteBuffer) -> [ClamdReply]? {
        var replies: [ClamdReply] = []
        for octet in octets.readableBytesView {
            guard octet != 0 else {
                replies.append(ClamdReply(String(decoding: pending, as: UTF8.self)))
                pending.removeAll(keepingCapacity: true)
                continue
            }
            guard pending.count < Self.maximumOctets else { return nil }
            pending.append((0x20...0x7E).contains(octet) ? octet : UInt8(ascii: "?"))
        }
        return replies
    }
}
