// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import POP3Protocol

extension POP3Session: MaildropSession {
    var protocolName: String { isSecure ? "POP3S" : "POP3" }
    var unopened: String? { nil }

    mutating func list() async throws(RetrievalFailure) -> [ListedMessage] { messages.map(ListedMessage.init) }

    mutating func retrieve(_ messages: [ListedMessage]) async throws(RetrievalFailure) -> [RetrievalEvent] {
        events(try await step(.retrieve(messages.map(POP3Message.init))))
    }

    mutating func nextEvents() async throws(RetrievalFailure) -> [RetrievalEvent] {
        events(try await step())
    }

    private func events(_ actions: [POP3ClientMachine.Action]) -> [RetrievalEvent] {
        actions.compactMap { action in
            switch action {
            case .messageBegan(let message): .began(ListedMessage(message))
            case .messagePiece(let octets): .piece(octets)
            case .messageEnded: .ended
            case .messageRefused(let message, let status): .refused(ListedMessage(message), status.description)
            case .retrieved: .finished
            case .failed(let failure): .failed(self.failure(failure))
            case .send, .sendResponse, .startTLS, .ready, .deleted, .deleteRefused, .deletionsDone, .quitDone: nil
            }
        }
    }

    /// DELE; it is done once QUIT went well (RFC 1939 §6).
    mutating func delete(_ numbers: [Int]) async throws(RetrievalFailure) -> DeletionAnswer {
        var answer = DeletionAnswer()
        guard !numbers.isEmpty else { return answer }
        try await run(.delete(numbers)) { action -> Void? in
            switch action {
            case .deleted(let number):
                answer.numbers.insert(number)
                return nil
            case .deleteRefused(let number, let status):
                answer.refusal = "message \(number): \(status)"
                return nil
            case .deletionsDone: return ()
            default: return nil
            }
        }
        deleted.formUnion(answer.numbers)
        return answer
    }

    /// QUIT.
    mutating func finish() async throws(RetrievalFailure) -> DeletionAnswer {
        let status = try await run(.quit) { action -> POP3Status? in
            guard case .quitDone(let status) = action else { return nil }
            return status
        }
        if status.isPositive { return DeletionAnswer(numbers: deleted) }
        return DeletionAnswer(refusal: deleted.isEmpty ? nil : status.description)
    }
}

extension ListedMessage {
    fileprivate init(_ message: POP3Message) {
        self.init(number: message.number, octets: message.octets, uniqueID: message.uniqueID)
    }
}

extension POP3Message {
    fileprivate init(_ message: ListedMessage) {
        self.init(number: message.number, octets: message.octets, uniqueID: message.uniqueID)
    }
}
