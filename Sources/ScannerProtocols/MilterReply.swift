// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

public import struct NIOCore.ByteBuffer

/// One reply of a milter (SMFIR_*), protocol version 6 and those before it, as libmilter writes them.
public enum MilterReply: Hashable, Sendable {
    /// `O`: the version that it speaks, what it may change, what it goes without.
    case negotiated(version: UInt32, actions: MilterActions, steps: MilterSteps)
    /// `c`: go on.
    case `continue`
    /// `a`: the message passes, and nothing more of it is wanted.
    case accept
    /// `r`: it is refused.
    case reject
    /// `t`, and `4`, `f` with the connection: it is refused for now.
    case postpone
    /// `y`: it is refused with this reply.
    case reply(SMTPReply)
    /// `d`: it vanishes.
    case discard
    /// `s`: no more of this kind.
    case skip
    /// `p`: it is at work still.
    case progress
    /// `q`: it waits for a person: why.
    case quarantine(String)
    /// `h`, `i`, `m`, `+`, `2`, `-`, `e`: a change.
    case change(MilterChange)
    /// `b`: the next piece of the body that replaces the message's own.
    case body(ByteBuffer)

    /// Reads a reply without its length.
    ///
    /// - Throws: when it is none, or its data are not what its letter asks for.
    init(_ frame: ByteBuffer) throws(MilterError) {
        var data = frame
        guard let letter = data.readInteger(as: UInt8.self) else { throw MilterError("an empty reply") }
        switch letter {
        case UInt8(ascii: "O"):
            guard let version = data.readInteger(as: UInt32.self), let actions = data.readInteger(as: UInt32.self),
                let steps = data.readInteger(as: UInt32.self)
            else { throw MilterError("a negotiation cut short") }
            // What follows are the macros that it would like, which are sent all the same.
            self = .negotiated(version: version, actions: .init(rawValue: actions), steps: .init(rawValue: steps))
        case UInt8(ascii: "c"): self = try Self.bare(.continue, data)
        case UInt8(ascii: "a"): self = try Self.bare(.accept, data)
        case UInt8(ascii: "r"): self = try Self.bare(.reject, data)
        case UInt8(ascii: "t"), UInt8(ascii: "4"), UInt8(ascii: "f"): self = try Self.bare(.postpone, data)
        case UInt8(ascii: "d"): self = try Self.bare(.discard, data)
        case UInt8(ascii: "s"): self = try Self.bare(.skip, data)
        case UInt8(ascii: "p"): self = try Self.bare(.progress, data)
        case UInt8(ascii: "y"): self = .reply(try MilterText.reply(try MilterText.strings(data, 1...1)[0]))
        case UInt8(ascii: "q"):
            self = .quarantine(MilterText.printable(try MilterText.strings(data, 0...1).first ?? []))
        case UInt8(ascii: "b"): self = .body(data)
        default: self = .change(try MilterChange(letter, data))
        }
    }

    private static func bare(_ reply: Self, _ data: ByteBuffer) throws(MilterError) -> Self {
        guard data.readableBytes == 0 else { throw MilterError("\(reply) with data") }
        return reply
    }
}

/// A change that a milter asks for at the end of the message.
public enum MilterChange: Hashable, Sendable {
    /// `h`: a field at the end of the header.
    case addField(name: String, body: String)
    /// `i`: a field at `index` of the header, 0 being on top.
    case insertField(index: Int, name: String, body: String)
    /// `m`: another body for the field's `occurrence`, 1 being the first; an empty one takes it out.
    case changeField(name: String, occurrence: Int, body: String)
    /// `+`, `2`: a recipient.
    case addRecipient(AddrSpec)
    /// `-`: a recipient less.
    case removeRecipient(AddrSpec)
    /// `e`: another reverse-path.
    case changeSender(ReversePath)

    init(_ letter: UInt8, _ octets: ByteBuffer) throws(MilterError) {
        var data = octets
        switch letter {
        case UInt8(ascii: "h"):
            let strings = try MilterText.strings(data, 2...2)
            self = .addField(name: MilterText.printable(strings[0]), body: MilterText.text(strings[1]))
        case UInt8(ascii: "i"), UInt8(ascii: "m"):
            guard let index = data.readInteger(as: UInt32.self), index <= 65_535 else {
                throw MilterError("a change of a field without a place")
            }
            let strings = try MilterText.strings(data, 2...2)
            let (name, body) = (MilterText.printable(strings[0]), MilterText.text(strings[1]))
            self =
                letter == UInt8(ascii: "i")
                ? .insertField(index: Int(index), name: name, body: body)
                : .changeField(name: name, occurrence: Int(index), body: body)
        case UInt8(ascii: "+"): self = .addRecipient(try MilterText.address(try MilterText.strings(data, 1...1)[0]))
        case UInt8(ascii: "2"): self = .addRecipient(try MilterText.address(try MilterText.strings(data, 1...2)[0]))
        case UInt8(ascii: "-"): self = .removeRecipient(try MilterText.address(try MilterText.strings(data, 1...1)[0]))
        case UInt8(ascii: "e"):
            let path = try MilterText.strings(data, 1...2)[0]
            self = .changeSender(
                path.isEmpty || path == Array("<>".utf8) ? .null : .mailbox(try MilterText.address(path))
            )
        default: throw MilterError("an unknown reply (\(letter))")
        }
    }

    /// What the negotiation must have allowed.
    var action: MilterActions {
        switch self {
        case .addField, .insertField: .addFields
        case .changeField: .changeFields
        case .addRecipient: [.addRecipients, .addRecipientsWithParameters]
        case .removeRecipient: .removeRecipients
        case .changeSender: .changeSender
        }
    }

    /// Octets that it holds.
    var octets: Int {
        switch self {
        case .addField(let name, let body), .insertField(_, let name, let body), .changeField(let name, _, let body):
            name.utf8.count + body.utf8.count
        case .addRecipient(let address), .removeRecipient(let address): "\(address)".utf8.count
        case .changeSender(let path): "\(path)".utf8.count
        }
    }
}
