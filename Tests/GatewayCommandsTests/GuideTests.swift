// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import GatewayConfiguration
import Testing

@testable import GatewayCommands

/// `docs/guida` and `docs/guide` show what the program takes and says, and the same in both languages.
struct GuideTests {
    static let languages = ["guida", "guide"]

    @Test(arguments: languages) func `every command that the guide shows is one of the program's`(
        _ language: String
    ) throws {
        let chapters = try GuideChapter.all(language)
        #expect(chapters.map(\.commands.count).reduce(0, +) > 80)
        for chapter in chapters {
            for command in chapter.commands {
                #expect(throws: Never.self, "\(chapter.name): \(command)") { try RootCommand.parseAsRoot(command) }
            }
        }
    }

    @Test func `both languages have the same headings, tables, commands and configurations`() throws {
        let (italian, english) = (try GuideChapter.all("guida"), try GuideChapter.all("guide"))
        #expect(italian.count == english.count)
        for (one, other) in zip(italian, english) {
            let pair: Comment = "\(one.name), \(other.name)"
            #expect(one.headings == other.headings, pair)
            #expect(one.rows.map(\.count) == other.rows.map(\.count), pair)
            #expect(one.blocks.map(\.language) == other.blocks.map(\.language), pair)
            #expect(one.commands.map(\.description).sorted() == other.commands.map(\.description).sorted(), pair)
            for (left, right) in zip(one.blocks, other.blocks) {
                switch left.language {
                case "console": #expect(left.lines == right.lines, pair)
                case "yaml": #expect(left.lines.map(Self.withoutRemark) == right.lines.map(Self.withoutRemark), pair)
                default: continue
                }
            }
        }
    }

    @Test(arguments: languages) func `every link of the guide leads to a page that is there`(_ language: String) throws
    {
        let folder = GuideChapter.folder(language)
        for chapter in try GuideChapter.all(language) {
            for line in chapter.prose + chapter.rows.flatMap(\.self) {
                for link in line.matches(of: /\]\(([^)#]+)(?:#[^)]*)?\)/) {
                    let file = folder.appending(path: String(link.1)).standardizedFileURL
                    #expect(FileManager.default.fileExists(atPath: file.path), "\(chapter.name): \(link.1)")
                }
            }
        }
    }

    @Test(arguments: languages) func `every configuration that the guide shows is right`(_ language: String) throws {
        let blocks = try GuideChapter.all(language).flatMap(\.blocks).filter { $0.language == "yaml" }
        let whole = try #require(blocks.first { $0.lines.first?.hasPrefix("hostname:") == true })
        let texts = blocks.map { block in
            block.lines.first?.hasPrefix("hostname:") == true
                ? block.text : whole.text.split(separator: "\naccounts:")[0] + "\n\(block.text)"
        }
        #expect(texts.count > 5)
        for text in texts {
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appending(path: "ceralacca.yaml").path
            let accounts = text.contains("accounts:") ? text : text + "accounts: []\n"
            try accounts.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(throws: Never.self, "\(text)") { try ConfigurationFile.load(file, checkingFiles: false) }
        }
    }

    @Test(arguments: languages) func `the words that the last chapter explains are the program's own`(
        _ language: String
    ) throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
            .standardizedFileURL
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var program = ""
        for case let file as URL in files where file.pathExtension == "swift" {
            program += try String(contentsOf: file, encoding: .utf8)
        }
        program = program.replacing(/"\n\s*\+ "/, with: "")
        let chapter = try #require(try GuideChapter.all(language).first { $0.name.contains("/07-") })
        let words = chapter.rows.compactMap(\.first).flatMap(GuideChapter.codes).filter { !$0.hasPrefix("ceralacca ") }
            .flatMap { $0.split(separator: "…") }.map { $0.trimmingCharacters(in: [" ", ":", ";", ",", "."]) }
            .filter { $0.count > 7 && !$0.contains("@") }
        #expect(words.count > 40)
        for word in words { #expect(program.contains(word), "\(chapter.name): \(word)") }
    }

    private static func withoutRemark(_ line: String) -> Substring {
        let text = line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line[...]
        return text.prefix(upTo: text.lastIndex { $0 != " " }.map { text.index(after: $0) } ?? text.startIndex)
    }
}
