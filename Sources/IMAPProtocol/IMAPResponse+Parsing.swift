// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension IMAPResponse {
    /// Reads the parts of one response.
    static func parse(_ parts: [IMAPPart]) throws(IMAPFailure) -> IMAPResponse {
        guard case .text(let octets)? = parts.first else { throw malformed("") }
        let line = String(decoding: octets, as: UTF8.self)
        if line.hasPrefix("+") { return .continuationRequest(String(line.dropFirst().drop { $0 == " " })) }
        guard let space = line.firstIndex(of: " ") else { throw malformed(line) }
        let tag = line[..<space]
        let rest = line[line.index(after: space)...]
        guard tag == "*" else {
            guard tag.utf8.allSatisfy(isTagCharacter), let status = IMAPStatus(line: rest),
                [.ok, .no, .bad].contains(status.condition)
            else { throw malformed(line) }
            return .tagged(String(tag), status)
        }
        if let status = IMAPStatus(line: rest) { return .status(status) }
        return try untagged(octets.dropFirst(2), parts.dropFirst(), line)
    }

    private static func isTagCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    private static func malformed(_ line: String) -> IMAPFailure {
        IMAPFailure(
            .malformed,
            "the server sent \"\(IMAPStatus.printable(String(line.prefix(100))))\", which is not IMAP4rev1"
        )
    }

    private static func untagged(
        _ text: ArraySlice<UInt8>,
        _ others: ArraySlice<IMAPPart>,
        _ line: String
    ) throws(IMAPFailure) -> IMAPResponse {
        let word = text.prefix { $0 != UInt8(ascii: " ") }
        let behind = text.dropFirst(word.count)
        let name = String(decoding: word, as: UTF8.self).uppercased()
        guard !name.isEmpty else { throw malformed(line) }
        switch name {
        case "CAPABILITY":
            let words = String(decoding: behind, as: UTF8.self).uppercased().split(separator: " ").map(String.init)
            return .capability(words)
        case "QUOTA": return .quota(quota(try IMAPValueReader.read([.text(Array(behind))] + others)))
        default: break
        }
        guard word.allSatisfy({ (0x30...0x39).contains($0) }) else { return .other(IMAPStatus.printable(name)) }
        guard let number = IMAPNumber.read(name), number <= UInt32.max else { throw malformed(line) }
        let values = try IMAPValueReader.read([.text(Array(behind))] + others)
        switch values.first?.text?.uppercased() {
        case "EXISTS" where values.count == 1: return .exists(number)
        case "EXPUNGE" where values.count == 1: return .expunge(number)
        case "FETCH":
            guard values.count == 2, case .list(let items) = values[1] else { throw malformed(line) }
            return .fetch(try fetch(items, line))
        case let other?: return .other(IMAPStatus.printable(other))
        case nil: throw malformed(line)
        }
    }

    private static func fetch(_ items: [IMAPValue], _ line: String) throws(IMAPFailure) -> IMAPFetchData {
        guard items.count.isMultiple(of: 2) else { throw malformed(line) }
        var data = IMAPFetchData()
        for index in stride(from: 0, to: items.count, by: 2) {
            guard case .atom(let name) = items[index] else { throw malformed(line) }
            let value = items[index + 1]
            switch name.uppercased() {
            case "UID":
                guard let uid = value.text.flatMap({ IMAPUID($0) }) else { throw malformed(line) }
                data.uid = uid
            case "RFC822.SIZE":
                guard let octets = value.number else { throw malformed(line) }
                data.octets = octets
            case "FLAGS":
                guard case .list(let flags) = value else { throw malformed(line) }
                data.flags = flags.compactMap(\.text)
            case "BODY[]":
                guard data.body == nil else { throw malformed(line) }
                data.body = try body(value, line)
            default:
                guard value != .streamed else { throw malformed(line) }
            }
        }
        return data
    }

    private static func body(_ value: IMAPValue, _ line: String) throws(IMAPFailure) -> IMAPFetchData.Body {
        switch value {
        case .streamed: return .streamed
        case .string(let octets): return .octets(octets)
        case .atom(let word) where word.uppercased() == "NIL": return .missing
        case .atom, .list: throw malformed(line)
        }
    }

    /// The resources of which name, usage and limit can be read.
    private static func quota(_ values: [IMAPValue]) -> IMAPQuota {
        guard case .list(let items)? = values.last else { return IMAPQuota([]) }
        return IMAPQuota(
            stride(from: 0, to: items.count - items.count % 3, by: 3).compactMap { index in
                guard let name = items[index].text, let usage = items[index + 1].number,
                    let limit = items[index + 2].number
                else { return nil }
                return IMAPQuota.Resource(
                    IMAPStatus.printable(String(name.unicodeScalars.prefix(60)).uppercased()),
                    usage: usage,
                    limit: limit
                )
            }
        )
    }
}
