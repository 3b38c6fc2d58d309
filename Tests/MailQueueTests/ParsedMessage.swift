// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import NIOCore
import Testing

/// A message taken apart just far enough for the tests.
struct ParsedMessage {
    let fields: [(name: String, body: String)]
    let body: String

    init(_ text: String) {
        let (header, rest) = Self.split(text)
        var fields: [(name: String, body: String)] = []
        for line in header.components(ofLines: ()) {
            if line.first == " " || line.first == "\t", !fields.isEmpty {
                fields[fields.count - 1].body += line
            } else if let colon = line.firstIndex(of: ":") {
                let body = line[line.index(after: colon)...].drop { $0 == " " }
                fields.append((String(line[..<colon]), String(body)))
            }
        }
        self.fields = fields
        body = rest
    }

    func first(_ name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.body }

    /// The parts of a multipart body, by the boundary of its Content-Type.
    var parts: [ParsedMessage] {
        guard let type = first("Content-Type"), let mark = type.firstRange(of: "boundary=\"") else { return [] }
        let boundary = type[mark.upperBound...].prefix { $0 != "\"" }
        let pieces = ("\r\n" + body).split(separator: "\r\n--\(boundary)", omittingEmptySubsequences: false)
        return pieces.dropFirst().prefix { !$0.hasPrefix("--") }.map { ParsedMessage(String($0.dropFirst())) }
    }

    private static func split(_ text: String) -> (String, String) {
        guard let empty = text.firstRange(of: "\r\n\r\n") else { return (text, "") }
        return (String(text[..<empty.lowerBound]), String(text[empty.upperBound...]))
    }
}

extension String {
    /// The lines that CRLF separates.
    func components(ofLines: ()) -> [String] {
        split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Quoted-printable undone.
    var quotedPrintableDecoded: String {
        var octets: [UInt8] = []
        var source = Array(utf8)[...]
        while let octet = source.popFirst() {
            guard octet == UInt8(ascii: "=") else {
                octets.append(octet)
                continue
            }
            let pair = String(decoding: source.prefix(2), as: UTF8.self)
            source = source.dropFirst(2)
            if pair != "\r\n", let value = UInt8(pair, radix: 16) { octets.append(value) }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

/// The octets of an arrival's body.
func octets(of arrival: Arrival) -> [UInt8] {
    switch arrival.body {
    case .octets(let buffer): Array(buffer.readableBytesView)
    case .stored: []
    }
}

/// What RFC 5322 asks of every line: it ends with CRLF, holds no other CR or LF and no NUL, and at most 998 octets.
func lineFaults(_ octets: [UInt8]) -> [String] {
    var faults: [String] = []
    var length = 0
    for (index, octet) in octets.enumerated() {
        switch octet {
        case 0x0A:
            if index == 0 || octets[index - 1] != 0x0D { faults.append("bare LF at \(index)") }
            if length - 1 > 998 { faults.append("a line of \(length - 1) octets before \(index)") }
            length = 0
        case 0: faults.append("NUL at \(index)")
        default:
            if index > 0, octets[index - 1] == 0x0D { faults.append("bare CR at \(index - 1)") }
            length += 1
        }
    }
    if length > 0 { faults.append("no CRLF at the end") }
    return faults
}
