// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import struct NIOCore.ByteBuffer

/// Collects the lines of CAPA, LIST and UIDL and makes a maildrop of them.
struct POP3Listing: Sendable {
    /// Octets of the longest line that is looked at (RFC 2449 §4).
    static let maximumLine = 512
    /// Octets of a whole listing, what is passed over included.
    static let maximumOctets = 64_000_000
    /// Octets of the longest identifier; RFC 1939 §7 allows 70.
    static let maximumUniqueID = 256

    private var decoder = POP3LineDecoder(limit: maximumLine)
    private var octets = 0
    private var lines: [String] = []
    private var sizes: [(number: Int, octets: Int)] = []
    private var uniqueIDs: [Int: String]?

    /// Adds content of the listing that is being received.
    /// - Throws: `limit` when it has more than `limit` lines, of which `what` says what they stand for, or too many octets.
    mutating func append(_ octets: ByteBuffer, limit: Int, of what: String) throws(POP3Failure) {
        self.octets += octets.readableBytes
        guard self.octets <= Self.maximumOctets else {
            throw POP3Failure(.limit, "the server's list of \(what) has more than \(Self.maximumOctets) octets")
        }
        decoder.append(octets)
        while let line = decoder.next() {
            guard lines.count < limit else {
                throw POP3Failure(.limit, "the server lists more than \(limit) \(what)")
            }
            switch line {
            case .text(let text): lines.append(text)
            case .tooLong: break  // no entry of ours is that long; a message without one is seen as having none
            }
        }
    }

    /// The lines of the listing that has just ended.
    mutating func takeLines() -> [String] {
        defer {
            lines = []
            octets = 0
            decoder = POP3LineDecoder(limit: Self.maximumLine)
        }
        return lines
    }

    /// The listing that has just ended was LIST.
    mutating func endSizes() {
        sizes = takeLines().compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 2, let number = POP3Command.number(String(words[0])), number > 0 else { return nil }
            return (number, Self.size(words[1]))
        }
    }

    /// The listing that has just ended was UIDL.
    mutating func endUniqueIDs() {
        var found: [Int: String] = [:]
        for line in takeLines() {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let number = POP3Command.number(String(words[0])) else { continue }
            let uniqueID = POP3ServerMachine.printable(words[1].trimmingBlanks())
            // One that is absurd is as none: the message is known by its octets then.
            if !uniqueID.isEmpty, uniqueID.utf8.count <= Self.maximumUniqueID { found[number] = uniqueID }
        }
        uniqueIDs = found
    }

    /// True when the server has UIDL.
    var hasUniqueIDs: Bool { uniqueIDs != nil }

    /// The maildrop: every message of LIST once, with its identifier where UIDL has one.
    var messages: [POP3Message] {
        var seen: Set<Int> = []
        return sizes.filter { seen.insert($0.number).inserted }.map { entry in
            POP3Message(number: entry.number, octets: entry.octets, uniqueID: uniqueIDs?[entry.number])
        }
    }

    /// A size; what is no number, or absurd, counts as 0: nothing rests on it.
    private static func size(_ word: Substring) -> Int {
        guard word.utf8.count <= 15, let size = Int(word), size >= 0 else { return 0 }
        return size
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> String {
        var text = self
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text.drop { $0 == " " || $0 == "\t" })
    }
}
