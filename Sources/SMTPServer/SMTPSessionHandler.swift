// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailTransport
import NIOCore
import NIOSSL
import NIOTLS
import SMTPProtocol
import SenderScreening

/// Drives an `SMTPServerMachine` on the event loop of its connection.
///
/// Commands are answered in the tick that read them, and the replies to all commands of one read go out in one write.
/// Only what waits becomes a task: the judgement of a sender, the content of a message, a password. Meanwhile the
/// machine asks for nothing to be read, and the socket is not read either once `maximumBuffered` octets lie here.
final class SMTPSessionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Octets that may wait for the end of what is being done.
    static let maximumBuffered = 131_072
    let profile: ListenerProfile
    let receiver: any MessageReceiving
    let registry: SessionRegistry
    let logins: LoginGuard
    let executor: EventLoopExecutor
    let loop: any EventLoop
    let logger: Logger
    /// True once the listener serves other organisations of Exchange Online than those of this session.
    let isOutdated: @Sendable () -> Bool
    /// The client; another one after XCLIENT.
    var peer: PeerAddress
    /// How the client is screened; nil when it is not.
    var screen: SessionScreen?
    /// Who judges the client's certificate where the TLS library does not.
    var judge: CertificateJudge?
    /// The client's name as a filter gave it by XCLIENT.
    var nameByFilter: String?
    /// The greeting is held back.
    var isPausing = false
    /// The machine's errors that were counted.
    private var countedErrors = 0
    /// The client is to go as soon as nothing is under way.
    var dismissal: SMTPReply?
    let id = SessionID.make()

    var machine: SMTPServerMachine
    var reader: SMTPServerReader
    var outbound = ByteBuffer()
    var context: ChannelHandlerContext?
    var intake: (any MessageIntake)?
    /// What a refusal is about, for the log.
    var subject: Logger.Metadata = [:]
    /// The machine ended the session; what comes in from now on is dropped.
    var isClosing = false
    var hasSentLast = false
    private var hasPendingRead = false
    var lastHeard = NIODeadline.now()
    var contentBegan: NIODeadline?
    var timer: Scheduled<Void>?
    var timerDeadline = NIODeadline.distantFuture

    init(
        profile: ListenerProfile,
        receiver: any MessageReceiving,
        registry: SessionRegistry,
        logins: LoginGuard = LoginGuard(),
        executor: EventLoopExecutor,
        loop: any EventLoop,
        peer: PeerAddress,
        screen: SessionScreen? = nil,
        logger: Logger,
        isOutdated: @escaping @Sendable () -> Bool = { false }
    ) {
        self.profile = profile
        self.receiver = receiver
        self.registry = registry
        self.logins = logins
        self.executor = executor
        self.loop = loop
        self.peer = peer
        self.screen = screen
        self.logger = logger
        self.isOutdated = isOutdated
        machine = SMTPServerMachine(policy: profile.policy(for: peer))
        reader = SMTPServerReader(limits: profile.policy.limits)
    }

    // MARK: What the channel reports

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Behind the header of a proxy the connection is up already.
        if context.channel.isActive { begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin()
        context.fireChannelActive()
    }

    private func begin() {
        log(.debug, "session began", [:])
        screen?.beginLookup()
        guard let pause = screen?.greetingPause, pause > .zero, !profile.settings.hasImplicitTLS else {
            armTimer()
            if !profile.settings.hasImplicitTLS { report(.connected) }
            return
        }
        pauseGreeting(pause)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        timer?.cancel()
        timer = nil
        screen?.lookup?.cancel()
        guard let channel = context?.channel else { return }
        registry.release(channel, from: peer)
        handle(.disconnected)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        guard !isPausing else { return spokeTooEarly() }
        // Within content every octet is a sign of life; a command is one when it is complete.
        if isReadingContent { lastHeard = .now() }
        reader.receive(unwrapInboundIn(data))
        process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        resume()
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if mayRead(context) {
            context.read()
        } else {
            hasPendingRead = true
        }
    }

    /// A closing session goes on reading, to see the client's end; what it reads is dropped.
    private func mayRead(_ context: ChannelHandlerContext) -> Bool {
        isClosing || (reader.bufferedOctets < Self.maximumBuffered && context.channel.isWritable)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: report(.tlsEstablished(security(context)))
        case SessionOrder.stop: report(.shutdown)
        case SessionOrder.end: context.close(promise: nil)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isHandshake = machine.stage == .negotiatingTLS || machine.stage == .waitingForGreeting
        let words = judge?.refusal ?? TLSWords.text(error)
        log(isHandshake ? .notice : .debug, "connection failed", ["error": "\(words)"])
        context.close(promise: nil)
    }

    // MARK: The machine's turn

    /// Reports something that did not come from the client's octets, and goes on with those.
    func report(_ event: SMTPServerMachine.Event) {
        lastHeard = .now()
        handle(event)
        resume()
    }

    private func resume() {
        process()
        flush()
        if hasPendingRead, let context, mayRead(context) {
            hasPendingRead = false
            context.read()
        }
    }

    private func process() {
        while !isClosing, let context, context.channel.isWritable, let event = reader.next(for: machine.stage) {
            lastHeard = .now()
            handle(event)
        }
        watchContent()
    }

    func handle(_ event: SMTPServerMachine.Event) {
        for action in machine.handle(event) { perform(action) }
        if machine.errors != countedErrors { countErrors() }
        if let dismissal, !isClosing {
            for action in machine.handle(.dismissed(dismissal)) { perform(action) }
        }
    }

    private func countErrors() {
        if machine.errors > countedErrors { count(.error) }
        countedErrors = machine.errors
    }

    /// Counts a deed; who has done too much of it is dismissed.
    func count(_ deed: ClientDeed) {
        if let reply = screen?.note(deed) { dismissal = reply }
    }

    func flush() {
        guard let context, outbound.readableBytes > 0 || isClosing else { return }
        let replies = outbound
        outbound = ByteBuffer()
        guard isClosing else { return context.writeAndFlush(wrapOutboundOut(replies), promise: nil) }
        sendLast(replies, context)
    }
}

/// What the listener tells its sessions.
enum SessionOrder: Sendable {
    /// End as soon as nothing is lost by it.
    case stop
    /// End now.
    case end
}
