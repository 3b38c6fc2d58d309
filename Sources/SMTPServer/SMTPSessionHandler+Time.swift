// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import SenderScreening

/// Time limits, and the end of the connection.
extension SMTPSessionHandler {
    /// How long a client may take to read the last reply and to close.
    private static let lingering = TimeAmount.seconds(2)

    private var idle: TimeAmount { TimeAmount(profile.settings.limits.idle) }
    private var contentTime: TimeAmount { TimeAmount(profile.settings.limits.content) }

    /// True while the client's octets are content.
    var isReadingContent: Bool {
        switch machine.stage {
        case .data, .chunk, .swallowing: true
        case .waitingForGreeting, .commands, .authentication, .judgingSender, .judgingRecipient, .checkingPassword,
            .negotiatingTLS, .adoptingClient, .taking, .finishing, .abandoning, .closed:
            false
        }
    }

    /// True while the server, not the client, is the one to be waited for.
    private var isBusy: Bool {
        switch machine.stage {
        case .judgingSender, .judgingRecipient, .checkingPassword, .adoptingClient, .taking, .finishing, .abandoning:
            true
        case .waitingForGreeting, .commands, .authentication, .negotiatingTLS, .data, .chunk, .swallowing, .closed:
            false
        }
    }

    /// One timer a connection: it is not moved with each command but looks, when it fires, how long the silence was.
    func armTimer() {
        var deadline = lastHeard + idle
        // While the server is waited for, its client's time does not count.
        if let contentBegan, !isBusy { deadline = min(deadline, contentBegan + contentTime) }
        timerDeadline = deadline
        timer = loop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: deadline) { self.timerFired() }
    }

    /// Holds the greeting back for `pause`; a client that follows the protocol waits for it (RFC 5321 §3.1). The one timer of the connection does it.
    func pauseGreeting(_ pause: Duration) {
        isPausing = true
        let delay = TimeAmount(pause)
        timer = loop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: delay) {
            self.isPausing = false
            self.armTimer()
            self.report(.connected)
        }
    }

    /// The client did not wait for its greeting.
    func spokeTooEarly() {
        isPausing = false
        timer?.cancel()
        timer = nil
        count(.earlyTalk)
        handle(.spokeTooEarly)
        flush()
    }

    private func timerFired() {
        let now = NIODeadline.now()
        if let contentBegan, now >= contentBegan + contentTime, !isBusy {
            handle(.timedOut(.content))
        } else if isBusy {
            lastHeard = now
        } else if now >= lastHeard + idle {
            handle(.timedOut(.idle))
        }
        flush()
        if !isClosing { armTimer() }
    }

    /// Starts the clock of the content, and stops it with the transaction.
    func watchContent() {
        if contentBegan == nil {
            guard isReadingContent else { return }
            let now = NIODeadline.now()
            contentBegan = now
            guard now + contentTime < timerDeadline, timer != nil else { return }
            timer?.cancel()
            armTimer()
        } else if machine.envelope == nil, !isReadingContent {
            contentBegan = nil
        }
    }

    /// Sends the last replies and closes.
    ///
    /// To close while octets of the client lie unread would reset the connection, and the reply might never be seen: so
    /// only this side is closed at first, and what still comes is dropped, for a short time.
    func sendLast(_ replies: ByteBuffer, _ context: ChannelHandlerContext) {
        guard !hasSentLast else { return }
        hasSentLast = true
        timer?.cancel()
        timer = nil
        guard replies.readableBytes > 0 else { return context.close(promise: nil) }
        timer = loop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.lingering) { context.close(promise: nil) }
        let isQuiet = reader.bufferedOctets == 0 && machine.hasQuit
        context.writeAndFlush(wrapOutboundOut(replies)).assumeIsolatedUnsafeUnchecked().whenComplete { _ in
            if isQuiet {
                context.close(promise: nil)
            } else {
                context.close(mode: .output, promise: nil)
                context.read()
            }
        }
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds.multipliedSaturating(1_000_000_000) + attoseconds / 1_000_000_000)
    }
}

extension Int64 {
    /// The product, or a very long time.
    fileprivate func multipliedSaturating(_ factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? Int64.max / 4 : Swift.min(product, Int64.max / 4)
    }
}
