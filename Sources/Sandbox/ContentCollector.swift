// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPServer

/// Takes the content of one transaction into memory and hands it on when it is complete.
actor ContentCollector: MessageIntake {
    private var octets: [UInt8] = []
    private var size = 0
    private let limit: Int
    private let keeps: Bool
    private let take: @Sendable ([UInt8], ContentFacts) async -> SMTPReply

    /// A collector of at most `limit` octets; `take` answers for a whole message. Without `keeps` the octets are dropped as they
    /// come, and `take` gets none of them.
    init(
        limit: Int,
        keeps: Bool = true,
        take: @escaping @Sendable ([UInt8], ContentFacts) async -> SMTPReply
    ) {
        self.limit = limit
        self.keeps = keeps
        self.take = take
    }

    func append(_ piece: ByteBuffer) async {
        size += piece.readableBytes
        if size > limit {
            octets = []
        } else if keeps {
            octets.append(contentsOf: piece.readableBytesView)
        }
    }

    func finish(_ facts: ContentFacts) async -> SMTPReply {
        guard size <= limit else {
            return SMTPReply(552, EnhancedStatus(5, 3, 4), "The message is larger than the \(limit) octets taken here")
        }
        return await take(octets, facts)
    }

    func abandon() async { octets = [] }
}
