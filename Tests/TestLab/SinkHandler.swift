// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOSSL

/// The sink's side of one SMTP connection. It is a test's tool: it trusts its peer's syntax and never refuses out of pedantry.
final class SinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Stage {
        case command
        case loginName
        case loginPassword(login: String)
        case plainResponse
        case data
        case chunk(remaining: Int, isLast: Bool)
        case closed
    }

    private let sink: RecordingSink
    private let tls: NIOSSLContext?
    private var behaviour: SinkBehaviour
    private var session = 0
    private var began = ContinuousClock.now
    private var stage = Stage.command
    private var pending: [UInt8] = []
    private var isSecure: Bool
    private var login: String?
    private var sender: (path: String, parameters: String)?
    private var recipients: [String] = []
    private var dots = DotDecoder()
    private var recorder = ContentRecorder()
    private var isChunked = false

    init(sink: RecordingSink, tls: NIOSSLContext?) {
        self.sink = sink
        self.tls = tls
        behaviour = sink.current
        isSecure = behaviour.hasImplicitTLS
    }

    func channelActive(context: ChannelHandlerContext) {
        session = sink.journal.sessionBegan()
        began = .now
        say("220 sink.test ESMTP", context)
        context.flush()
    }

    func channelInactive(context: ChannelHandlerContext) { sink.journal.sessionEnded() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = Array(unwrapInboundIn(data).readableBytesView)
        if !pending.isEmpty {
            octets = pending + octets
            pending = []
        }
        var rest: [UInt8]? = octets
        while let octets = rest, !octets.isEmpty { rest = take(octets, context) }
        context.flush()
    }

    /// Takes what it can of `octets`; returns what is left to take, nil when more must come first.
    private func take(_ octets: [UInt8], _ context: ChannelHandlerContext) -> [UInt8]? {
        switch stage {
        case .closed: return nil
        case .data:
            if sink.happens(behaviour.earlyCutChance / 4) { return cut(context) }
            let rest = dots.decode(octets) { recorder.take($0) }
            if rest != nil { endOfData(context) }
            return rest
        case .chunk(let remaining, let isLast):
            let count = min(remaining, octets.count)
            octets.withUnsafeBytes { recorder.take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            stage = .chunk(remaining: remaining - count, isLast: isLast)
            if count == remaining { endOfChunk(isLast: isLast, context) }
            return Array(octets[count...])
        case .command, .loginName, .loginPassword, .plainResponse:
            guard let end = octets.firstIndex(of: 10) else {
                pending = octets
                return nil
            }
            let line = octets[..<end].last == 13 ? octets[..<(end - 1)] : octets[..<end]
            handle(String(decoding: line, as: UTF8.self), context)
            return Array(octets[(end + 1)...])
        }
    }

    private func handle(_ line: String, _ context: ChannelHandlerContext) {
        switch stage {
        case .loginName:
            stage = .loginPassword(login: decoded(line))
            say("334 UGFzc3dvcmQ6", context)
        case .loginPassword(let login): judge(login: login, password: decoded(line), context)
        case .plainResponse: judgePlain(line, context)
        case .command: command(line, context)
        case .data, .chunk, .closed: break
        }
    }

    private func command(_ line: String, _ context: ChannelHandlerContext) {
        if sink.happens(behaviour.earlyCutChance / 8) {
            _ = cut(context)
            return
        }
        let words = line.split(separator: " ", maxSplits: 1)
        let rest = words.count > 1 ? String(words[1]) : ""
        switch words.first?.uppercased() {
        case "EHLO": greet(context)
        case "HELO": say("250 sink.test", context)
        case "STARTTLS": startTLS(context)
        case "AUTH": authenticate(rest, context)
        case "MAIL": mail(rest, context)
        case "RCPT": recipient(rest, context)
        case "DATA":
            guard !recipients.isEmpty else { return say("554 5.5.1 no valid recipients", context) }
            isChunked = false
            dots = DotDecoder()
            stage = .data
            say("354 go", context)
        case "BDAT": chunk(rest, context)
        case "RSET":
            forget()
            say("250 2.0.0 forgotten", context)
        case "NOOP": say("250 2.0.0 yes", context)
        case "QUIT":
            say("221 2.0.0 bye", context)
            stage = .closed
            context.flush()
            context.close(promise: nil)
        default: say("502 5.5.1 not known here", context)
        }
    }

    private func greet(_ context: ChannelHandlerContext) {
        behaviour = sink.current
        var lines = ["sink.test", "PIPELINING", "8BITMIME", "SIZE 209715200", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8"]
        if behaviour.offersChunking { lines.append("CHUNKING") }
        if behaviour.offersStartTLS, !isSecure, tls != nil { lines.append("STARTTLS") }
        if behaviour.passwords != nil, isSecure || tls == nil { lines.append("AUTH PLAIN LOGIN") }
        for line in lines.dropLast() { say("250-\(line)", context) }
        say("250 \(lines[lines.count - 1])", context)
    }

    private func startTLS(_ context: ChannelHandlerContext) {
        guard let tls, !isSecure else { return say("502 5.5.1 not here", context) }
        say("220 2.0.0 go ahead", context)
        context.flush()
        do {
            try context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
            isSecure = true
        } catch { context.close(promise: nil) }
    }

    private func mail(_ rest: String, _ context: ChannelHandlerContext) {
        if behaviour.passwords != nil, login == nil { return say("530 5.7.0 Authentication required", context) }
        forget()
        behaviour = sink.current
        sender = (path(rest), rest.split(separator: ">", maxSplits: 1).dropFirst().joined())
        say("250 2.1.0 fine", context)
    }

    private func recipient(_ rest: String, _ context: ChannelHandlerContext) {
        guard let sender else { return say("503 5.5.1 MAIL first", context) }
        let recipient = path(rest)
        if let refusal = behaviour.refuseRecipient?(sender.path, recipient) { return say(refusal, context) }
        recipients.append(recipient)
        say("250 2.1.5 fine", context)
    }

    private func chunk(_ rest: String, _ context: ChannelHandlerContext) {
        let words = rest.split(separator: " ")
        let size = words.first.flatMap { Int($0) } ?? 0
        let isLast = words.count > 1
        isChunked = true
        if size == 0 { return endOfChunk(isLast: isLast, context) }
        stage = .chunk(remaining: size, isLast: isLast)
    }

    private func endOfChunk(isLast: Bool, _ context: ChannelHandlerContext) {
        stage = .command
        if recipients.isEmpty { return say("554 5.5.1 no valid recipients", context) }
        if isLast { endOfData(context) } else { say("250 2.0.0 more", context) }
    }

    private func endOfData(_ context: ChannelHandlerContext) {
        stage = .command
        var record = SinkRecord(
            time: .now,
            session: session,
            sessionBegan: began,
            login: login,
            sender: sender?.path ?? "",
            parameters: sender?.parameters ?? "",
            recipients: recipients,
            isChunked: isChunked,
            octets: recorder.octets,
            trace: String(decoding: recorder.trace, as: UTF8.self),
            header: String(decoding: headerSection(), as: UTF8.self),
            digest: recorder.digest(),
            answer: .accepted
        )
        record.isSecure = isSecure
        forget()
        if let refusal = behaviour.refuseContent?(record) {
            record.answer = .refused
            sink.journal.add(record)
            return say(refusal, context)
        }
        if sink.happens(behaviour.cutChance) {
            record.answer = .cut
            sink.journal.add(record)
            _ = cut(context)
            return
        }
        sink.journal.add(record)
        guard behaviour.delay > .zero else { return say("250 2.0.0 taken", context) }
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(behaviour.delay)) { [self] in
            say("250 2.0.0 taken", context)
            context.flush()
        }
    }

    private func headerSection() -> ArraySlice<UInt8> {
        let header = recorder.header
        let end = header.withUnsafeBytes { window in
            Octets.position(of: "\r\n\r\n", in: window).map { $0 + 2 } ?? window.count
        }
        return header[..<end]
    }

    private func authenticate(_ rest: String, _ context: ChannelHandlerContext) {
        let words = rest.split(separator: " ").map(String.init)
        switch words.first?.uppercased() {
        case "PLAIN" where words.count > 1: judgePlain(words[1], context)
        case "PLAIN":
            stage = .plainResponse
            say("334 ", context)
        case "LOGIN" where words.count > 1:
            stage = .loginPassword(login: decoded(words[1]))
            say("334 UGFzc3dvcmQ6", context)
        case "LOGIN":
            stage = .loginName
            say("334 VXNlcm5hbWU6", context)
        default: say("504 5.5.4 mechanism not known", context)
        }
    }

    private func judgePlain(_ response: String, _ context: ChannelHandlerContext) {
        let parts = decoded(response).split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
        judge(login: parts.count == 3 ? parts[1] : "", password: parts.count == 3 ? parts[2] : "", context)
    }

    private func judge(login: String, password: String, _ context: ChannelHandlerContext) {
        stage = .command
        let isRight = behaviour.passwords?[login] == password
        sink.journal.loggedIn(login, isRight: isRight)
        if isRight { self.login = login }
        say(isRight ? "235 2.7.0 welcome" : "535 5.7.8 user name or password wrong", context)
    }

    private func forget() {
        sender = nil
        recipients = []
        recorder = ContentRecorder()
    }

    private func cut(_ context: ChannelHandlerContext) -> [UInt8]? {
        stage = .closed
        context.flush()
        context.close(promise: nil)
        return nil
    }

    private func say(_ line: String, _ context: ChannelHandlerContext) {
        if case .closed = stage, !line.hasPrefix("221") { return }
        context.write(wrapOutboundOut(context.channel.allocator.buffer(string: line + "\r\n")), promise: nil)
    }

    private func path(_ rest: String) -> String {
        String(rest.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
    }

    private func decoded(_ base64: String) -> String { String(decoding: Base64Text.decode(base64), as: UTF8.self) }
}
