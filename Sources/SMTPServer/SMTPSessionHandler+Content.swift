// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailTransport
import NIOCore
import SMTPProtocol
import SenderScreening

/// Content on its way to the receiver.
extension SMTPSessionHandler {
    /// Begins, feeds and ends the intake, as far as the machine asks; a small message in one go.
    func take(_ envelope: Envelope?, _ piece: ByteBuffer, _ end: SMTPContentSummary?) {
        let (receiver, facts, present) = (receiver, facts, intake)
        launch(on: executor) { () -> (any MessageIntake, SMTPReply?) in
            let intake: any MessageIntake
            if let present {
                intake = present
            } else {
                guard let envelope else { preconditionFailure("content without an intake") }
                intake = await receiver.begin(envelope, session: facts)
            }
            if piece.readableBytes > 0 { await intake.append(piece) }
            return (intake, await end.asyncMap { await intake.finish(ContentFacts($0)) })
        } then: { handler, result in
            let (intake, reply) = result
            guard let reply else {
                handler.intake = intake
                return handler.report(.contentTaken)
            }
            handler.intake = nil
            handler.finished(reply, end)
        }
    }

    private func finished(_ reply: SMTPReply, _ summary: SMTPContentSummary?) {
        subject = ["octets": "\(summary?.octets ?? 0)"]
        if let envelope = machine.envelope {
            subject["sender"] = "<\(shown(envelope.reversePath))>"
            subject["recipients"] = "\(envelope.recipients.count)"
        }
        if reply.isPositive {
            count(.acceptance)
            log(.debug, "transaction ended", subject.merging(["reply": "\(reply)"]) { $1 })
        }
        if machine.stage == .closed {
            // The window that SMTP itself has (RFC 1047): the client will send the message again.
            log(.notice, "client gone before the reply", subject.merging(["reply": "\(reply)"]) { $1 })
        }
        // RFC 3463 §3.8: the subject 7 is policy, so that a scanner refused the message.
        if reply.isPermanent, reply.status?.subject == 7 { count(.rejection) }
        report(.messageFinished(reply))
        subject = [:]
    }

    func abandon() {
        guard let intake else { return }
        self.intake = nil
        launch(on: executor) {
            await intake.abandon()
        } then: { _, _ in
        }
    }

    /// Runs `operation` in a task and `completion` on the event loop.
    ///
    /// Nobody cancels the task: it ends with the receiver's answer, whether or not the client is still there, because a
    /// message that is being made durable must not be left half way.
    func launch<Value: Sendable>(
        on executor: EventLoopExecutor?,
        _ operation: @escaping @Sendable () async -> Value,
        then completion: @escaping @Sendable (SMTPSessionHandler, Value) -> Void
    ) {
        let loop = loop
        let bound = NIOLoopBound(self, eventLoop: loop)
        Task(executorPreference: executor) {
            let value = await operation()
            if loop.inEventLoop {
                completion(bound.value, value)
            } else {
                loop.execute { completion(bound.value, value) }
            }
        }
    }
}

extension ContentFacts {
    fileprivate init(_ summary: SMTPContentSummary) {
        self.init(
            octets: summary.octets,
            hasBareLineEnds: summary.hasBareLineEnds,
            isEightBit: summary.isEightBit
        )
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncMap<Value: Sendable>(_ transform: @Sendable (Wrapped) async -> Value) async -> Value? {
        guard let value = self else { return nil }
        return await transform(value)
    }
}
