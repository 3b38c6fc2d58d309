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
            let isBare =
                !value.isEmpty
                && value.unicodeScalars.allSatisfy { scalar in
                    scalar != " " && scalar != "\"" && scalar != "=" && scalar != "\\" && !PlainText.isHarmful(scalar)
                        && !scalar.properties.isWhitespace
                }
            if isBare {
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

    private static func safeKey(_ key: String) -> String {
        let scalars = key.unicodeScalars.map { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-".unicodeScalars.contains(scalar)
                ? scalar : "_"
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func escape(_ text: String, to line: inout String, isQuoted: Bool = false) {
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
