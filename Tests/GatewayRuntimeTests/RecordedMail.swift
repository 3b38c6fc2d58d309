// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPServer

/// A receiver that hands each message to the test that waits for it.
final class RecordedMail: MessageReceiving {
    struct Message: Sendable {
        var envelope: Envelope
        var content: String
    }

    private let stream: AsyncStream<Message>
    private let continuation: AsyncStream<Message>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func next() async -> Message {
        for await message in stream { return message }
        preconditionFailure("the stream never ends")
    }

    func judgeSender(_ reversePath: ReversePath, declaredSize: Int?, session: SessionFacts) async -> SMTPReply? { nil }

    func judgeRecipient(_ recipient: EnvelopeRecipient, session: SessionFacts) -> SMTPReply? { nil }

    func begin(_ envelope: Envelope, session: SessionFacts) async -> any MessageIntake {
        Intake(envelope: envelope, continuation: continuation)
    }

    private actor Intake: MessageIntake {
        private let envelope: Envelope
        private let continuation: AsyncStream<Message>.Continuation
        private var content = ""

        init(envelope: Envelope, continuation: AsyncStream<Message>.Continuation) {
            self.envelope = envelope
            self.continuation = continuation
        }

        func append(_ octets: ByteBuffer) { content += String(buffer: octets) }

        func finish(_ facts: ContentFacts) -> SMTPReply {
            continuation.yield(Message(envelope: envelope, content: content))
            return SMTPReply(250, EnhancedStatus(2, 0, 0), "taken")
        }

        func abandon() {}
    }
}
