// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

import struct NIOCore.ByteBuffer

extension POP3ClientMachine {
    private var isPipelining: Bool { capabilities?.contains("PIPELINING") ?? false }
    private var windowCommands: Int { isPipelining ? max(1, settings.windowCommands) : 1 }

    mutating func beginListing() -> [Action] {
        state = .listing
        listing = POP3Listing()
        let first = send(.list(nil))
        return isPipelining ? [first, send(.uniqueIDs(nil))] : [first]
    }

    mutating func list(_ frame: POP3ResponseDecoder.Frame, answering command: POP3Command) -> [Action] {
        switch (frame, command) {
        case (.status(let status), .list):
            guard !status.isPositive else { return [] }
            return fail(POP3Failure(status.failureCode(answersPassword: false), "LIST was refused: \(status)"))
        case (.status(let status), .uniqueIDs):
            guard !status.isPositive else { return [] }
            return listed()  // no UIDL: the messages have no identifiers
        case (.piece(let octets), _):
            return collect(octets, limit: settings.maximumMessages, of: "messages")
        case (.end, .list):
            listing.endSizes()
            answered()
            return isPipelining ? [] : [send(.uniqueIDs(nil))]
        case (.end, _):
            listing.endUniqueIDs()
            return listed()
        case (.status, _), (.challenge, _): return unexpected(frame)
        }
    }

    /// Adds to the listing that is being received.
    mutating func collect(_ octets: ByteBuffer, limit: Int, of what: String) -> [Action] {
        do throws(POP3Failure) {
            try listing.append(octets, limit: limit, of: what)
            return []
        } catch {
            return fail(error)
        }
    }

    private mutating func listed() -> [Action] {
        answered()
        state = .idle
        let messages = listing.messages
        let hasUniqueIDs = listing.hasUniqueIDs
        listing = POP3Listing()
        return [.ready(messages, hasUniqueIDs: hasUniqueIDs)]
    }

    /// Puts as many commands in flight as the window has room for; refilled when half of it is answered, so that commands go
    /// out in bulk.
    mutating func fillWindow() -> [Action] {
        guard pending.count * 2 <= windowCommands || pending.isEmpty else { return [] }
        var actions: [Action] = []
        switch state {
        case .retrieving(var waiting):
            var octets = pending.reduce(0) { $0 + $1.octets }
            while let message = waiting.first, pending.count < windowCommands,
                pending.isEmpty || octets + message.octets <= settings.windowOctets
            {
                octets += message.octets
                waiting = waiting.dropFirst()
                pending.append(.retrieval(message))
                actions.append(.send(.retrieve(message.number)))
            }
            state = pending.isEmpty ? .idle : .retrieving(waiting)
            return pending.isEmpty ? [.retrieved] : actions
        case .deleting(var waiting):
            while let number = waiting.first, pending.count < windowCommands {
                waiting = waiting.dropFirst()
                actions.append(send(.delete(number)))
            }
            state = pending.isEmpty ? .idle : .deleting(waiting)
            return pending.isEmpty ? [.deletionsDone] : actions
        case .greeting, .capabilities, .startingTLS, .login, .listing, .idle, .quitting, .over: return []
        }
    }

    mutating func retrieval(_ frame: POP3ResponseDecoder.Frame, of message: POP3Message) -> [Action] {
        switch frame {
        case .status(let status) where status.isPositive: return [.messageBegan(message)]
        case .status(let status):
            answered()
            return [.messageRefused(message, status)] + fillWindow()
        case .piece(let octets): return [.messagePiece(octets)]
        case .end:
            answered()
            return [.messageEnded] + fillWindow()
        case .challenge: return unexpected(frame)
        }
    }

    mutating func deletion(_ frame: POP3ResponseDecoder.Frame, of number: Int) -> [Action] {
        guard case .status(let status) = frame else { return unexpected(frame) }
        answered()
        return [status.isPositive ? .deleted(number) : .deleteRefused(number, status)] + fillWindow()
    }
}

extension POP3ClientMachine.Pending {
    /// Octets that the scan listing promises for the answer.
    fileprivate var octets: Int {
        switch self {
        case .retrieval(let message): message.octets
        case .greeting, .command: 0
        }
    }
}
