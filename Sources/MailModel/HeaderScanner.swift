// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Splits a header section into its fields while the octets arrive (RFC 5322 §2.2), tolerant of what real messages hold.
///
/// Offsets count from the first octet of the message. The scanner holds no octets: its owner passes all that it has, each time.
struct HeaderScanner: Sendable {
    /// Where one field lies.
    struct Field: Sendable {
        /// First octet of the name.
        var start: Int
        /// After the name.
        var nameEnd: Int
        /// After the colon.
        var bodyStart: Int
        /// After the last octet of the body, its line end excluded.
        var end: Int
        /// After the line end.
        var next: Int
    }

    /// The most fields of a section: their places are kept in memory, and no honest message has a tenth of them.
    static let maximumFields = 4096

    private(set) var fields: [Field] = []
    /// True when a section has more fields than are read.
    private(set) var isFull = false
    /// True once the section ended: with the empty line, or with a line that is no part of one.
    private(set) var isDone = false
    /// True once a line that is no part of a section ended it.
    private(set) var isBroken = false
    /// True while every line was a field, a continuation or the empty line.
    private(set) var isWellFormed = true
    /// Where the section ends so far, the empty line included.
    private(set) var end = 0

    private var lineStart = 0
    private var scanned = 0

    init() {
        fields.reserveCapacity(32)
    }

    /// Reads on.
    ///
    /// `isFinal` takes a last line without its line end for a line.
    mutating func scan(_ octets: UnsafeRawBufferPointer, isFinal: Bool) {
        while !isDone {
            var index = scanned
            while index < octets.count, octets[index] != 0x0A { index += 1 }
            scanned = index
            if index < octets.count {
                let hasReturn = index > lineStart && octets[index - 1] == 0x0D
                take(octets, lineStart..<(hasReturn ? index - 1 : index), next: index + 1)
            } else {
                guard isFinal, lineStart < index else { return }
                take(octets, lineStart..<index, next: index)
            }
        }
    }

    private mutating func take(_ octets: UnsafeRawBufferPointer, _ line: Range<Int>, next: Int) {
        lineStart = next
        scanned = next
        if line.isEmpty {
            isDone = true
            end = next
        } else if octets[line.lowerBound] == 0x20 || octets[line.lowerBound] == 0x09 {
            guard !fields.isEmpty else { return stop(at: line.lowerBound) }
            fields[fields.count - 1].end = line.upperBound
            fields[fields.count - 1].next = next
            end = next
        } else if fields.count == Self.maximumFields {
            isFull = true
            stop(at: line.lowerBound)
        } else if let field = Self.field(octets, line, next: next) {
            fields.append(field)
            end = next
        } else if line.lowerBound == 0, Self.isMailboxSeparator(octets, line) {
            isWellFormed = false  // a line of a mailbox file that a store left in front: no field, and not the end
            end = next
        } else {
            stop(at: line.lowerBound)
        }
    }

    private mutating func stop(at offset: Int) {
        isDone = true
        isBroken = true
        isWellFormed = false
        end = offset
    }

    private static func field(_ octets: UnsafeRawBufferPointer, _ line: Range<Int>, next: Int) -> Field? {
        var index = line.lowerBound
        while index < line.upperBound, (33...126).contains(octets[index]), octets[index] != 0x3A { index += 1 }
        let nameEnd = index
        while index < line.upperBound, octets[index] == 0x20 || octets[index] == 0x09 { index += 1 }
        guard nameEnd > line.lowerBound, index < line.upperBound, octets[index] == 0x3A else { return nil }
        return Field(start: line.lowerBound, nameEnd: nameEnd, bodyStart: index + 1, end: line.upperBound, next: next)
    }

    private static func isMailboxSeparator(_ octets: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
        let bytes = octets[line]
        return bytes.starts(with: "From ".utf8) || bytes.starts(with: ">From ".utf8)
    }
}
