// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol

/// A server without a network: reader and machine, and a receiver that answers at once.
struct ScriptedServer {
    struct Message: Equatable {
        var envelope: Envelope
        var content: [UInt8]
        var summary: SMTPContentSummary
    }

    var machine: SMTPServerMachine
    var reader: SMTPServerReader
    /// All that was sent to the client.
    var sent = ByteBuffer()
    var messages: [Message] = []
    var abandoned = 0
    var isClosed = false
    var refusedSenders: [String: SMTPReply] = [:]
    var refusedRecipients: [String: SMTPReply] = [:]
    /// What XCLIENT said, and what the driver answers.
    var adopted: [SMTPClientAttributes] = []
    var adoption: SMTPReply?
    var finishReply = SMTPReply(250, EnhancedStatus(2, 0, 0), "queued")
    /// Pieces of content that were handed over, in octets.
    var pieces: [Int] = []
    /// The receiver does not answer: the test does.
    var answersItself = true
    private var intake: (envelope: Envelope, content: ByteBuffer)?

    init(_ configure: (inout SMTPServerPolicy) -> Void = { _ in }, inTLS: Bool = false) {
        var policy = SMTPServerPolicy(hostname: "relay.azienda.it")
        configure(&policy)
        machine = SMTPServerMachine(policy: policy)
        reader = SMTPServerReader(limits: policy.limits)
        report(inTLS ? .tlsEstablished(.init(version: "TLSv1.3")) : .connected)
    }

    /// Takes octets from the client.
    mutating func receive(_ octets: some Sequence<UInt8>) {
        guard !isClosed else { return }
        reader.receive(ByteBuffer(bytes: octets))
        run()
    }

    mutating func receive(_ text: String) { receive(text.utf8) }

    /// Sends a line and returns what was answered to it.
    mutating func say(_ line: String) -> String {
        let before = sent.writerIndex
        receive(line + "\r\n")
        return sent.getString(at: before, length: sent.writerIndex - before) ?? ""
    }

    var transcript: String { String(buffer: sent) }

    mutating func report(_ event: SMTPServerMachine.Event) {
        for action in machine.handle(event) { perform(action) }
    }

    mutating func run() {
        while !isClosed, let event = reader.next(for: machine.stage) { report(event) }
    }

    private mutating func perform(_ action: SMTPServerMachine.Action) {
        switch action {
        case .reply(let reply): reply.encode(into: &sent)
        case .announce(let isSecure): machine.policy.capabilities(isSecure: isSecure).encode(into: &sent)
        case .judgeSender(let path, _): if answersItself { report(.senderJudged(refusedSenders["\(path)"])) }
        case .judgeRecipient(let recipient): report(.recipientJudged(refusedRecipients["\(recipient.forwardPath)"]))
        case .checkPassword(let login, let password):
            report(.passwordChecked(login == "mario" && password.reveal() == "segreto"))
        case .startTLS(let reply):
            guard reader.bufferedOctets == 0 else { return report(.plaintextBehindStartTLS) }
            reply.encode(into: &sent)
            reader.forget()
            report(.tlsEstablished(.init(version: "TLSv1.3")))
        case .adoptClient(let attributes):
            adopted.append(attributes)
            report(.clientAdopted(adoption))
        case .take(let begin, let piece, let end): take(begin, piece, end)
        case .abandon:
            precondition(intake != nil, "abandoned without an intake")
            intake = nil
            abandoned += 1
        case .close: isClosed = true
        }
    }

    private mutating func take(_ begin: Envelope?, _ piece: ByteBuffer, _ end: SMTPContentSummary?) {
        precondition((begin == nil) == (intake != nil), "an intake is begun exactly once")
        if let begin { intake = (begin, ByteBuffer()) }
        intake?.content.writeImmutableBuffer(piece)
        pieces.append(piece.readableBytes)
        guard answersItself else { return }
        guard let end else { return report(.contentTaken) }
        if let intake, finishReply.isPositive {
            let content = Array(intake.content.readableBytesView)
            messages.append(Message(envelope: intake.envelope, content: content, summary: end))
        }
        intake = nil
        report(.messageFinished(finishReply))
    }
}

/// Octets as the result of splitting `octets` at `positions`.
func split(_ octets: [UInt8], at positions: [Int]) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    for position in positions where position > start {
        pieces.append(octets[start..<position])
        start = position
    }
    return pieces + [octets[start...]]
}

/// A small generator whose numbers are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
