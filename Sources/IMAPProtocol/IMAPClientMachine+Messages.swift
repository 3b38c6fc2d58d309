// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

import struct NIOCore.ByteBuffer

extension IMAPClientMachine {
    mutating func begin(_ command: IMAPCommand) -> [Action] {
        switch command {
        case .select(let name, _): mailbox = IMAPMailbox(name)
        case .list: listed = 0
        case .capability, .startTLS, .authenticate, .login, .retrieve, .markDeleted, .expunge, .expungeOnly, .move,
            .copy,
            .create, .quotaRoot, .idle, .logout:
            break
        }
        state = .commanding
        return send(command)
    }

    /// Puts as many commands in flight as the window has room for; refilled when half of it is answered, so that commands go out
    /// in bulk.
    mutating func fillWindow() -> [Action] {
        guard case .retrieving(var waiting) = state, pending.count * 2 <= settings.windowCommands || pending.isEmpty
        else {
            return []
        }
        var actions: [Action] = []
        var octets = pending.reduce(0) { $0 &+ ($1.message?.octets ?? 0) }
        while let message = waiting.first, pending.count < max(1, settings.windowCommands),
            pending.isEmpty || octets &+ message.octets <= settings.windowOctets
        {
            octets &+= message.octets
            waiting = waiting.dropFirst()
            actions += send(.retrieve(message.uid), of: message)
        }
        state = pending.isEmpty ? .ready : .retrieving(waiting)
        return pending.isEmpty ? [.retrieved] : actions
    }

    /// The content of a message begins. Without an identifier in front it is that of the oldest command; its end will tell.
    /// No octets of a message that was listed with some are what servers give of one that is expunged by now (RFC 2180 §4.1).
    mutating func bodyBegan(_ uid: IMAPUID?, octets: Int) -> [Action] {
        guard case .retrieving = state, coming == nil else {
            return fail(.malformed, "the server sent a message that was not asked for")
        }
        let index = pending.firstIndex { !$0.hasCome && (uid == nil || $0.message?.uid == uid) }
        guard let index, let message = pending[index].message else {
            return fail(.malformed, "the server sent a message that was not asked for")
        }
        guard octets > 0 || message.octets == 0 else {
            return fail(
                .malformed,
                "the server sent no octets of the message \(message.uid), which it listed with \(message.octets)"
            )
        }
        coming = index
        return [.messageBegan(message)]
    }

    mutating func fetched(_ data: IMAPFetchData) -> [Action] {
        switch (state, data.body) {
        case (.retrieving, .streamed?): return bodyEnded(data)
        case (.retrieving, .octets(let octets)?):
            let actions = bodyBegan(data.uid, octets: octets.count)
            guard coming != nil else { return actions }
            return actions + [.messagePiece(ByteBuffer(bytes: octets))] + bodyEnded(data)
        case (.commanding, nil): return listed(data)
        // Changed flags, or a message without content: its command's end will tell.
        case (_, .missing?), (_, nil): return []
        case (_, .streamed?), (_, .octets?): return fail(.malformed, "the server sent a message that was not asked for")
        }
    }

    private mutating func bodyEnded(_ data: IMAPFetchData) -> [Action] {
        guard let index = coming, let message = pending[index].message else {
            return fail(.malformed, "the server ended a message that had not begun")
        }
        guard data.uid == message.uid else {
            return fail(.malformed, "the server sent another message than \(message.uid)")
        }
        coming = nil
        pending[index].hasCome = true
        return [.messageEnded]
    }

    mutating func retrievalEnded(_ command: Pending, _ status: IMAPStatus) -> [Action] {
        guard let message = command.message else {
            return fail(.malformed, "the server answered out of turn: \(shown(status))")
        }
        if command.hasCome { return fillWindow() }
        let words = status.isOK ? IMAPStatus(.no, "the server ended the command without the message") : status
        return [.messageRefused(message, words)] + fillWindow()
    }

    private mutating func listed(_ data: IMAPFetchData) -> [Action] {
        guard case .list = pending.first?.command, let uid = data.uid, let octets = data.octets else { return [] }
        listed += 1
        guard listed <= settings.maximumMessages else {
            return fail(.limit, "the mailbox has more than \(settings.maximumMessages) messages")
        }
        let isDeleted = data.flags?.contains { $0.lowercased() == "\\deleted" } ?? false
        return [.listed(IMAPMessage(uid: uid, octets: octets, isDeleted: isDeleted))]
    }
}

extension IMAPClientMachine {
    /// Nothing is known of a selected mailbox any more, as behind a SELECT that was refused (RFC 3501 §6.3.1).
    public mutating func forgetMailbox() { mailbox = nil }
}
