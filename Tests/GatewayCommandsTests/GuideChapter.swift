// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A page of the guide, read as far as the tests need: its headings, tables, fenced blocks and commands.
struct GuideChapter {
    /// A fenced block.
    struct Block: Equatable {
        var language: String
        var lines: [String] = []

        var text: String { lines.joined(separator: "\n") + "\n" }
    }

    let name: String
    private(set) var headings: [Int] = []
    private(set) var blocks: [Block] = []
    /// The lines of tables, each as its cells.
    private(set) var rows: [[String]] = []
    private(set) var prose: [String] = []

    /// `docs/guida` (Italian) or `docs/guide` (English).
    static func folder(_ language: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../docs/\(language)")
            .standardizedFileURL
    }

    /// Its pages, by name.
    static func all(_ language: String) throws -> [GuideChapter] {
        try FileManager.default.contentsOfDirectory(at: folder(language), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "md" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map {
                GuideChapter(name: "\(language)/\($0.lastPathComponent)", try String(contentsOf: $0, encoding: .utf8))
            }
    }

    init(name: String, _ text: String) {
        self.name = name
        var (open, indentation): (Block?, Int) = (nil, 0)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            let trimmed = line.drop { $0 == " " }
            if trimmed.hasPrefix("```") {
                if let block = open { blocks.append(block) }
                indentation = line.count - trimmed.count
                open = open == nil ? Block(language: String(trimmed.dropFirst(3))) : nil
            } else if open != nil {
                open?.lines.append(String(line.dropFirst(min(indentation, line.count - trimmed.count))))
            } else if line.hasPrefix("#") {
                headings.append(line.prefix { $0 == "#" }.count)
            } else if line.hasPrefix("|") {
                rows.append(line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) })
            } else {
                prose.append(line)
            }
        }
    }

    /// The commands of the program that the page shows, without its name; words in capitals are filled with something fitting.
    var commands: [[String]] {
        let shown = blocks.filter { $0.language == "console" }.flatMap(\.lines).compactMap { line in
            line.firstMatch(of: /^[#$] (?:runuser -u ceralacca -- )?ceralacca (.+)$/).map { String($0.1) }
        }
        let named = (prose + rows.flatMap(\.self)).flatMap(Self.codes).filter { $0.hasPrefix("ceralacca ") }
            .map { String($0.dropFirst(10)) }
        return (shown + named).filter { !$0.hasPrefix("…") }.map(Self.arguments)
    }

    /// What stands in backticks.
    static func codes(_ text: String) -> [String] {
        text.matches(of: /`([^`]+)`/).map { String($0.1) }
    }

    private static func arguments(_ command: String) -> [String] {
        let placeholders = [
            "ID": "06H2FRPJY3BRWMB8", "NOME": "NAME", "INDIRIZZO": "192.0.2.1", "ADDRESS": "192.0.2.1",
        ]
        return command.split(separator: " ").map { word in
            let word = String(word).trimmingCharacters(in: ["'"])
            return placeholders[word] ?? word
        }
    }
}
