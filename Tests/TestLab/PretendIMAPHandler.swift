// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// One session of a `PretendIMAPServer`.
final class PretendIMAPHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: PretendIMAPServer
    private var received = ByteBuffer()
    private var selected = "INBOX"
    private var idleTag: String?
    /// True once an answer without an end has begun: nothing else is answered.
    private var isEndless = false

    init(server: PretendIMAPServer) { self.server = server }

    func channelActive(context: ChannelHandlerContext) {
        write(server.state.withLock { $0.behaviour.greeting }, context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        while let end = received.readableBytesView.firstIndex(of: 0x0A) {
            let line = received.readString(length: end - received.readerIndex) ?? ""
            received.moveReaderIndex(forwardBy: 1)
            take(line.hasSuffix("\r") ? String(line.dropLast()) : line, context)
        }
    }

    private func take(_ line: String, _ context: ChannelHandlerContext) {
        guard !isEndless else { return }
        if line == "DONE", let tag = idleTag { return endIdle(tag, context) }
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return write("* BAD line\r\n", context) }
        let (tag, command) = (parts[0], parts[1])
        let behaviour = server.state.withLock { state in
            state.commands.append(command)
            return state.behaviour
        }
        if let resets = behaviour.resets, command.hasPrefix(resets.command) {
            server.change { $0.resets = nil }
            server.mailbox(resets.mailbox) { $0.validity += 1 }
        }
        if behaviour.cuts.contains(where: command.hasPrefix) { return context.close(promise: nil) }
        if let endless = behaviour.endless, command.hasPrefix(endless.command) {
            isEndless = true
            // A few kilobytes at a time, as a server sends that is quick.
            let text = String(repeating: endless.text, count: 1 + 4096 / max(1, endless.text.utf8.count))
            return Self.flood(text, context.channel)
        }
        if behaviour.ignores.contains(where: command.hasPrefix) { return }
        if let (_, answer) = behaviour.answers.first(where: { command.hasPrefix($0.key) }) {
            return write(answer.replacing("TAG", with: tag), context)
        }
        answer(command, tag, behaviour, context)
    }

    private func endIdle(_ tag: String, _ context: ChannelHandlerContext) {
        let behaviour = server.state.withLock { state in
            state.waiting[ObjectIdentifier(context.channel)] = nil
            state.commands.append("DONE")
            return state.behaviour
        }
        idleTag = nil
        guard !behaviour.ignores.contains("DONE") else { return }
        write("\(tag) OK\r\n", context)
    }

    private func answer(
        _ command: String,
        _ tag: String,
        _ behaviour: PretendIMAPServer.Behaviour,
        _ context: ChannelHandlerContext
    ) {
        let words = command.split(separator: " ")
        let name = command.split(separator: "\"").dropFirst().first.map(String.init) ?? ""
        switch words[0] == "UID" ? "UID \(words[1])" : String(words[0]) {
        case "CAPABILITY": write("* CAPABILITY \(behaviour.capabilities)\r\n\(tag) OK\r\n", context)
        case "AUTHENTICATE", "LOGIN": write("\(tag) OK [CAPABILITY \(behaviour.capabilities)] in\r\n", context)
        case "SELECT": select(name, tag, context)
        case "UID FETCH" where words[2] == "1:*": list(tag, context)
        case "UID FETCH": send(words[2], tag, behaviour, context)
        case "UID STORE":
            update(words[2], tag, context) { message in
                message.isDeleted = true
                return true
            }
        case "UID EXPUNGE": update(words[2], tag, context) { !$0.isDeleted }
        case "EXPUNGE": update("1:1000000", tag, context) { !$0.isDeleted }
        case "UID MOVE", "UID COPY": move(words[2], to: name, isCopy: words[1] == "COPY", tag, context)
        case "CREATE":
            server.mailbox(name) { _ in }
            write("\(tag) OK\r\n", context)
        case "IDLE":
            idleTag = tag
            let (key, waiting) = (ObjectIdentifier(context.channel), (context.channel, selected))
            write("+ idling\r\n", context)
            server.state.withLock { $0.waiting[key] = waiting }
        case "LOGOUT":
            write("* BYE\r\n\(tag) OK\r\n", context)
            context.close(promise: nil)
        default: write("\(tag) BAD unknown\r\n", context)
        }
    }

    private func select(_ name: String, _ tag: String, _ context: ChannelHandlerContext) {
        guard let mailbox = server.state.withLock({ $0.mailboxes[name] }) else {
            return write("\(tag) NO [NONEXISTENT] no such mailbox\r\n", context)
        }
        selected = name
        write(
            "* \(mailbox.messages.count) EXISTS\r\n* OK [UIDVALIDITY \(mailbox.validity)] x\r\n* OK [UIDNEXT \(mailbox.next)] x\r\n"
                + "* OK [HIGHESTMODSEQ \(mailbox.changes)] x\r\n\(tag) OK [READ-WRITE] selected\r\n",
            context
        )
    }

    private func list(_ tag: String, _ context: ChannelHandlerContext) {
        let messages = server.state.withLock { [selected] in $0.mailboxes[selected]?.messages ?? [] }
        let lines = messages.enumerated().map { index, message in
            let flags = message.isDeleted ? "\\Deleted" : ""
            return "* \(index + 1) FETCH (UID \(message.uid) RFC822.SIZE \(message.octets.count) FLAGS (\(flags)))\r\n"
        }
        write(lines.joined() + "\(tag) OK\r\n", context)
    }

    private func send(
        _ uid: Substring,
        _ tag: String,
        _ behaviour: PretendIMAPServer.Behaviour,
        _ context: ChannelHandlerContext
    ) {
        let (messages, sent) = server.state.withLock { [selected] state in
            state.sent += 1
            return (state.mailboxes[selected]?.messages ?? [], state.sent)
        }
        guard let index = messages.firstIndex(where: { "\($0.uid)" == uid }) else {
            return write("\(tag) OK\r\n", context)
        }
        let octets = messages[index].octets
        var answer = ByteBuffer(string: "* \(index + 1) FETCH (UID \(uid) BODY[] {\(octets.count)}\r\n")
        if let limit = behaviour.cutsAfter, sent > limit {
            answer.writeBytes(octets.prefix(octets.count / 2))
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            return context.close(promise: nil)
        }
        answer.writeBytes(octets)
        answer.writeString(")\r\n\(tag) OK\r\n")
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
    }

    private func update(
        _ set: Substring,
        _ tag: String,
        _ context: ChannelHandlerContext,
        _ keeps: (inout PretendMailbox.Message) -> Bool
    ) {
        server.mailbox(selected) { $0.update(set, keeps) }
        write("\(tag) OK\r\n", context)
    }

    private func move(_ set: Substring, to name: String, isCopy: Bool, _ tag: String, _ context: ChannelHandlerContext)
    {
        let isThere = server.state.withLock { [selected] state in
            guard var target = state.mailboxes[name] else { return false }
            state.mailboxes[selected, default: PretendMailbox()].update(set) { message in
                target.add(message.octets)
                return isCopy
            }
            state.mailboxes[name] = target
            return true
        }
        write(isThere ? "\(tag) OK\r\n" : "\(tag) NO [TRYCREATE] no such mailbox\r\n", context)
    }

    /// Sends `text` until the client has enough, each time after a rest, which leaves turns of the loop to others.
    private static func flood(_ text: String, _ channel: any Channel) {
        channel.writeAndFlush(ByteBuffer(string: text)).whenSuccess {
            channel.eventLoop.scheduleTask(in: .milliseconds(1)) { flood(text, channel) }
        }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        guard !text.isEmpty else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
