// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import MailModel

/// One event, before it is written.
struct LogLine {
    let moment: Timestamp
    let level: Logger.Level
    let label: String
    let message: String
    let fields: Logger.Metadata

    /// The longest value; what is longer ends in `…`.
    static let maximumCharacters = 4096

    /// The fields in order: the identifiers that follow a message and a session first, then by name.
    private var ordered: [(String, String)] {
        let first = ["queueID", "session"]
        let known = first.compactMap { key in fields[key].map { (key, Self.plain($0)) } }
        return known
            + fields.filter { !first.contains($0.key) }.sorted { $0.key < $1.key }.map {
                ($0.key, Self.plain($0.value))
            }
    }

    /// The line for people, with its line end.
    var text: String {
        var line = "\(MailDate.formatISO8601(moment)) \(level.rawValue.uppercased()) "
        Self.escape(message, to: &line)
        for (key, value) in ordered {
            line += " \(Self.safeKey(key))="
            if Self.isBare(value) {
                line += value
            } else {
                line += "\""
                Self.escape(value, to: &line, isQuoted: true)
                line += "\""
            }
        }
        return line + "\n"
    }

    /// The line for programs, with its line end.
    var json: String {
        var members: [(String, JSONValue)] = [
            ("time", .string(MailDate.formatISO8601(moment))), ("level", .string(level.rawValue)),
            ("message", .string(message)), ("logger", .string(label)),
        ]
        let taken = Set(members.map(\.0))
        for (key, value) in ordered { members.append((taken.contains(key) ? "\(key)_" : key, .string(value))) }
        return JSONValue.object(members).text + "\n"
    }

    private static func plain(_ value: Logger.MetadataValue) -> String {
        let text: String =
            switch value {
            case .string(let text): text
            case .stringConvertible(let value): value.description
            case .array(let values): "[\(values.map(plain).joined(separator: ", "))]"
            case .dictionary(let values):
                "{\(values.sorted { $0.key < $1.key }.map { "\($0.key): \(plain($0.value))" }.joined(separator: ", "))}"
            }
        guard text.utf8.count > maximumCharacters else { return text }
        return String(text.prefix(maximumCharacters)) + "…"
    }

    /// True for a value that needs no quotes. Nearly all are ASCII, which is decided octet by octet.
    private static func isBare(_ value: String) -> Bool {
        guard !value.isEmpty else { return false }
        var isASCII = true
        for octet in value.utf8 {
            switch octet {
            case UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "="), UInt8(ascii: "\\"), ..<0x21, 0x7F:
                return false
            case 0x80...: isASCII = false
            default: break
            }
        }
        return isASCII
            || value.unicodeScalars.allSatisfy { !PlainText.isHarmful($0) && !$0.properties.isWhitespace }
    }

    private static func safeKey(_ key: String) -> String {
        let isPlain = key.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard !isPlain else { return key }
        let scalars = key.unicodeScalars.map { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-".unicodeScalars.contains(scalar)
                ? scalar : "_"
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func escape(_ text: String, to line: inout String, isQuoted: Bool = false) {
        let isPlain = text.utf8.allSatisfy { octet in
            (0x20..<0x7F).contains(octet) && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\")
        }
        guard !isPlain else {
            line += text
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case "\"" where isQuoted: line += "\\\""
            case "\\" where isQuoted: line += "\\\\"
            case _ where PlainText.isHarmful(scalar): line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
    }
}
