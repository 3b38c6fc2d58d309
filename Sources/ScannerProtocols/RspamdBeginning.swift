// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The members at the beginning of a JSON object (RFC 8259 §4) of which the rest is not there.
struct RspamdBeginning {
    private let whole: [UInt8]
    private var rest: ArraySlice<UInt8>
    /// What the object's own members say, those that are whole; strings without their quotes, escapes as they are written.
    private(set) var members: [String: ArraySlice<UInt8>] = [:]

    /// Reads the members of `names`, each the first time that it stands there, and looks no further than it must.
    init(_ octets: some Collection<UInt8>, names: Set<String>) {
        whole = Array(octets)
        rest = whole[...]
        guard take("{") else { return }
        repeat {
            skipSpace()
            guard let name = string().map({ String(decoding: $0, as: UTF8.self) }), take(":"), let value = value()
            else {
                return
            }
            if names.contains(name), members[name] == nil { members[name] = value }
        } while members.count < names.count && take(",")
    }

    private mutating func skipSpace() {
        rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// A string that is whole.
    private mutating func string() -> ArraySlice<UInt8>? {
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        var place = rest.startIndex + 1
        while place < rest.endIndex, rest[place] != UInt8(ascii: "\"") {
            place += rest[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < rest.endIndex else { return nil }
        defer { rest = rest[(place + 1)...] }
        return rest[(rest.startIndex + 1)..<place]
    }

    /// A value that is whole, however deep it is.
    private mutating func value() -> ArraySlice<UInt8>? {
        skipSpace()
        if rest.first == UInt8(ascii: "\"") { return string() }
        let start = rest.startIndex
        var depth = 0
        while let octet = rest.first {
            switch octet {
            case UInt8(ascii: "\""):
                guard string() != nil else { return nil }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { return whole[start..<rest.startIndex] }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return whole[start..<rest.startIndex]
            default: break
            }
            rest.removeFirst()
        }
        return nil
    }
}
