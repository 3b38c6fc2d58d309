// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension POP3ServerMachine {
    mutating func transact(_ command: POP3Command, _ maildrop: Maildrop) -> [Action] {
        switch command {
        case .capabilities: return [.sendListing(status: "+OK capability list follows", lines: capabilities)]
        case .status:
            let present = maildrop.present
            return [.send("+OK \(present.count) \(present.reduce(0) { $0 + $1.octets })")]
        case .list(nil):
            let lines = maildrop.present.map { "\($0.number) \($0.octets)" }
            return [.sendListing(status: "+OK \(lines.count) messages", lines: lines)]
        case .list(let number?):
            return [.send(maildrop.message(number).map { "+OK \(number) \($0.octets)" } ?? Self.noSuchMessage)]
        case .uniqueIDs(let number): return [uniqueIDs(number, maildrop)]
        case .retrieve(let number):
            guard let message = maildrop.message(number) else { return [.send(Self.noSuchMessage)] }
            return [.sendMessage(status: "+OK \(message.octets) octets", number: number, lines: nil)]
        case .top(let number, let lines):
            guard maildrop.message(number) != nil else { return [.send(Self.noSuchMessage)] }
            return [.sendMessage(status: "+OK", number: number, lines: lines)]
        case .delete(let number):
            guard maildrop.message(number) != nil else { return [.send(Self.noSuchMessage)] }
            var maildrop = maildrop
            maildrop.deleted.insert(number)
            state = .transaction(maildrop)
            return [.send("+OK message \(number) deleted")]
        case .reset:
            state = .transaction(Maildrop(messages: maildrop.messages))
            return [.send("+OK maildrop has \(maildrop.messages.count) messages")]
        case .noOperation: return [.send("+OK")]
        case .quit:
            state = .update  // RFC 1939 §6: nothing is removed before this point
            return [.remove(maildrop.deleted.sorted())]
        case .malformed(let keyword): return failed("\(keyword): wrong arguments")
        case .unknown(let keyword): return failed("\(Self.printable(keyword)): no such command")
        case .startTLS, .user, .pass, .authenticate: return failed("you are logged in")
        }
    }

    private static let noSuchMessage = "-ERR no such message"

    private func uniqueIDs(_ number: Int?, _ maildrop: Maildrop) -> Action {
        guard settings.offersUniqueIDs else { return .send("-ERR UIDL is not served") }
        guard let number else {
            let lines = maildrop.present.compactMap { message in message.uniqueID.map { "\(message.number) \($0)" } }
            return .sendListing(status: "+OK", lines: lines)
        }
        guard let uniqueID = maildrop.message(number)?.uniqueID else { return .send(Self.noSuchMessage) }
        return .send("+OK \(number) \(uniqueID)")
    }
}
