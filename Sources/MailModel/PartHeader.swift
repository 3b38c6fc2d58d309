// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of a part's header that tell what it is, picked out line by line; all others are passed over (RFC 2045 §3).
struct PartHeader: Sendable {
    /// Octets of these fields that are kept, together.
    static let maximumOctets = 65_536
    /// How many of these fields are kept.
    static let maximumFields = 100

    private enum Name: CaseIterable, Sendable {
        case type
        case disposition
        case encoding

        var octets: StaticString {
            switch self {
            case .type: "content-type"
            case .disposition: "content-disposition"
            case .encoding: "content-transfer-encoding"
            }
        }
    }

    private var fields: [(name: Name, octets: [UInt8])] = []
    private var kept = 0
    /// True while continuation lines belong to the last of `fields`.
    private var isOpen = false
    /// True when fields were longer than `maximumOctets`.
    private(set) var isCut = false

    /// Takes a line without its line feed.
    mutating func take(_ line: UnsafeRawBufferPointer) {
        let isContinuation = line.first == 0x20 || line.first == 0x09
        if isContinuation {
            guard isOpen else { return }
            keep(line, from: 0)
        } else {
            isOpen = false
            guard let (name, bodyStart) = Self.field(line) else { return }
            guard fields.count < Self.maximumFields else { return cut() }
            fields.append((name, []))
            isOpen = true
            keep(line, from: bodyStart)
        }
    }

    /// True when a line of which this is the beginning would be looked at.
    func isInteresting(_ line: UnsafeRawBufferPointer) -> Bool {
        line.first == 0x20 || line.first == 0x09 ? isOpen : Self.field(line) != nil
    }

    /// Says that a line could not be kept.
    mutating func cut() { isCut = true }

    private mutating func keep(_ line: UnsafeRawBufferPointer, from start: Int) {
        let end = line.last == 0x0D ? line.count - 1 : line.count
        guard start < end else { return }
        guard kept + end - start <= Self.maximumOctets else { return cut() }
        kept += end - start
        fields[fields.count - 1].octets.append(contentsOf: line[start..<end])
    }

    /// The name of a field of interest and where its body begins.
    private static func field(_ line: UnsafeRawBufferPointer) -> (Name, Int)? {
        guard let first = line.first, first | 0x20 == UInt8(ascii: "c") else { return nil }
        for name in Name.allCases {
            let length = name.octets.utf8CodeUnitCount
            guard line.count > length, equal(line, name.octets) else { continue }
            var index = length
            while index < line.count, line[index] == 0x20 || line[index] == 0x09 { index += 1 }
            if index < line.count, line[index] == UInt8(ascii: ":") { return (name, index + 1) }
        }
        return nil
    }

    private static func equal(_ line: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        name.withUTF8Buffer { wanted in
            for index in wanted.indices {
                let octet = line[index]
                guard (0x41...0x5A).contains(octet) ? octet | 0x20 == wanted[index] : octet == wanted[index] else {
                    return false
                }
            }
            return true
        }
    }
}

extension PartHeader {
    /// The first Content-Type; nil when there is none.
    var type: MIMEParameters? { bodies(.type).first.map { MIMEParameters($0) } }

    /// True when the content stands as it is: neither base64 nor quoted-printable.
    var isIdentity: Bool {
        guard let body = bodies(.encoding).first else { return true }
        return !["base64", "quoted-printable"].contains(MIMEParameters(body).value)
    }

    /// Every reading of the file name in any of the fields, each once.
    var fileNames: [String] {
        let names =
            bodies(.disposition).flatMap { MIMEParameters($0).readings("filename") }
            + bodies(.type).flatMap { MIMEParameters($0).readings("name") }
        // By octets: a header may hold thousands.
        var seen: Set<[UInt8]> = []
        return names.filter { seen.insert(Array($0.utf8)).inserted }
    }

    private func bodies(_ name: Name) -> [String] {
        fields.filter { $0.name == name }.map { field in
            if let text = String(validating: field.octets, as: UTF8.self) { return text }
            return Charset.latin1.decode(field.octets)
        }
    }
}
