// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import POP3Protocol

/// Drives one `POP3ServerMachine`: one task, one connection.
struct POP3Session {
    let core: ProviderCore
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// What the session has open.
    private struct Work {
        var machine: POP3ServerMachine
        var account: ProviderAccount?
        var messages: [MaildropMessage] = []
        var retrieved = 0
        var deleted = 0
        var isOver = false
    }

    /// Serves the session to its end; the lock on the maildrop is given back whatever happens.
    func run(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws {
        let settings = POP3ServerMachine.Settings(greeting: "\(core.profile.domain) POP3 ready")
        var work = Work(machine: POP3ServerMachine(settings: settings, isSecure: true))
        do {
            try await serve(inbound, &work)
        } catch {
            await end(work)
            throw error
        }
        await end(work)
    }

    private func serve(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ work: inout Work) async throws {
        var decoder = POP3LineDecoder()
        try await outbound.write(ByteBuffer(string: work.machine.greeting + "\r\n"))
        for try await octets in inbound {
            decoder.append(octets)
            while !work.isOver, let line = decoder.next() {
                var actions = work.machine.handle(.line(line))[...]
                while let action = actions.popFirst() {
                    guard let event = try await perform(action, &work) else { continue }
                    actions += work.machine.handle(event)
                }
            }
            if work.isOver { return }
        }
    }

    private func end(_ work: Work) async {
        guard let account = work.account else { return }
        await core.maildrops.close(account.address)
        core.events.add(.retrieved(by: account.address, messages: work.retrieved, deleted: work.deleted))
    }

    /// Does what the machine asks for; the event that it waits for, if any.
    private func perform(
        _ action: POP3ServerMachine.Action,
        _ work: inout Work
    ) async throws -> POP3ServerMachine.Event? {
        switch action {
        case .send(let line): try await outbound.write(ByteBuffer(string: line + "\r\n"))
        case .sendListing(let status, let lines):
            try await outbound.write(POP3MultiLine.response(status: status, lines: lines))
        case .sendMessage(let status, let number, let lines):
            let message = ByteBuffer(bytes: work.messages[number - 1].octets)
            if lines == nil { work.retrieved += 1 }
            try await outbound.write(POP3MultiLine.response(status: status, message: message, lines: lines))
        case .startTLS: work.isOver = true  // never offered: TLS is there from the first byte
        case .authenticate(let login, let password): return await authenticate(login, password, &work)
        case .remove(let numbers):
            guard let account = work.account else { return .updateFinished(kept: numbers.count) }
            await core.maildrops.remove(Set(numbers.map { work.messages[$0 - 1].uniqueID }), from: account.address)
            work.deleted = numbers.count
            return .updateFinished(kept: 0)
        case .close: work.isOver = true
        }
        return nil
    }

    private func authenticate(_ login: String, _ password: Secret, _ work: inout Work) async -> POP3ServerMachine.Event
    {
        guard core.accounts.hasPassword(login: login, password: password),
            let account = core.accounts.account(login: login)
        else { return .refused("[AUTH] login or password is wrong") }
        await core.issueDue()
        guard let messages = await core.maildrops.open(account.address) else {
            return .refused("[IN-USE] another session reads this maildrop")
        }
        work.account = account
        work.messages = messages
        return .accepted(
            maildrop: messages.enumerated().map { index, message in
                POP3Message(number: index + 1, octets: message.octets.count, uniqueID: message.uniqueID)
            }
        )
    }
}
