// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPServer
import Synchronization

/// A receiver that keeps what it is given, and answers as a test wants.
final class RecordingReceiver: MessageReceiving {
    struct Message: Equatable, Sendable {
        var envelope: Envelope
        var content: String
        var facts: ContentFacts
        var session: SessionFacts
        var appends: Int
    }

    struct State: Sendable {
        var messages: [Message] = []
        var begun = 0
        var abandoned = 0
        var refusedSenders: [String: SMTPReply] = [:]
        var refusedRecipients: [String: SMTPReply] = [:]
        var finishReply: SMTPReply?
        /// Octets are counted and not kept: for large messages.
        var keepsContent = true
        var octets = 0
        var largestAppend = 0
    }

    let state = Mutex(State())
    /// Holds `finish` until it is opened.
    let finishGate: Gate
    /// Holds `append` until it is opened.
    let appendGate: Gate
    /// Opens with the first abandoned intake.
    let abandonGate = Gate(isOpen: false)

    init(finishGate: Gate = Gate(isOpen: true), appendGate: Gate = Gate(isOpen: true)) {
        self.finishGate = finishGate
        self.appendGate = appendGate
    }

    var messages: [Message] { state.withLock { $0.messages } }
    var begun: Int { state.withLock { $0.begun } }
    var abandoned: Int { state.withLock { $0.abandoned } }

    func judgeSender(_ reversePath: ReversePath, declaredSize: Int?, session: SessionFacts) async -> SMTPReply? {
        state.withLock { $0.refusedSenders["\(reversePath)"] }
    }

    func judgeRecipient(_ recipient: EnvelopeRecipient, session: SessionFacts) -> SMTPReply? {
        state.withLock { $0.refusedRecipients["\(recipient.forwardPath)"] }
    }

    func begin(_ envelope: Envelope, session: SessionFacts) async -> any MessageIntake {
        state.withLock { $0.begun += 1 }
        return Intake(receiver: self, envelope: envelope, session: session)
    }
}

/// An intake of the recording receiver.
final class Intake: MessageIntake {
    private let receiver: RecordingReceiver
    private let envelope: Envelope
    private let session: SessionFacts
    private let content = Mutex((octets: ByteBuffer(), appends: 0))

    init(receiver: RecordingReceiver, envelope: Envelope, session: SessionFacts) {
        self.receiver = receiver
        self.envelope = envelope
        self.session = session
    }

    func append(_ octets: ByteBuffer) async {
        await receiver.appendGate.pass()
        receiver.state.withLock { state in
            state.octets += octets.readableBytes
            state.largestAppend = max(state.largestAppend, octets.readableBytes)
        }
        let keeps = receiver.state.withLock { $0.keepsContent }
        content.withLock { content in
            content.appends += 1
            if keeps { content.octets.writeImmutableBuffer(octets) }
        }
    }

    func finish(_ facts: ContentFacts) async -> SMTPReply {
        await receiver.finishGate.pass()
        let (octets, appends) = content.withLock { ($0.octets, $0.appends) }
        let message = RecordingReceiver.Message(
            envelope: envelope,
            content: String(buffer: octets),
            facts: facts,
            session: session,
            appends: appends
        )
        return receiver.state.withLock { state in
            if let reply = state.finishReply { return reply }
            state.messages.append(message)
            return SMTPReply(250, EnhancedStatus(2, 0, 0), "queued as \(state.messages.count)")
        }
    }

    func abandon() async {
        receiver.state.withLock { $0.abandoned += 1 }
        receiver.abandonGate.open()
    }
}

/// A door that opens once.
final class Gate: Sendable {
    private struct State {
        var isOpen: Bool
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(isOpen: Bool) {
        state = Mutex(State(isOpen: isOpen))
    }

    /// Returns once the door is open.
    func pass() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watchers) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
                if state.isOpen { return (true, []) }
                state.waiting.append(continuation)
                defer { state.watchers = [] }
                return (false, state.watchers)
            }
            for watcher in watchers { watcher.resume() }
            if isOpen { continuation.resume() }
        }
    }

    /// Returns once somebody stands before the door.
    func somebodyWaits() async {
        await withCheckedContinuation { continuation in
            let isSo = state.withLock { state in
                if !state.waiting.isEmpty { return true }
                state.watchers.append(continuation)
                return false
            }
            if isSo { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
