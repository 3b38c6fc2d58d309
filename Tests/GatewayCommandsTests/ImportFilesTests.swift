// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import Testing

@testable import GatewayCommands

struct ImportFilesTests {
    let world: CommandWorld

    init() throws { world = try CommandWorld() }

    private var path: String { "\(world.directory)/made.yaml" }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private func write(
        _ text: String,
        replaces: Bool = false,
        synchronize: (String) throws(SystemFile.Failure) -> Void
    ) throws(CommandFailure) {
        try ImportFiles.write(
            text,
            to: path,
            state: world.directory,
            replaces: replaces,
            synchronize: synchronize
        )
    }

    @Test func `the directory is brought to the disk once the file is in its place`() throws {
        for (number, name) in ["first", "second"].enumerated() {
            var seen: [String] = []
            try write(name, replaces: number == 1) { directory throws(SystemFile.Failure) in
                seen.append(directory)
                let names = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
                seen += names.filter { $0.hasPrefix("made.yaml") }.sorted()
                seen.append(String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self))
            }
            let names = number == 0 ? ["made.yaml"] : ["made.yaml", "made.yaml.bak"]
            #expect(seen == [world.directory] + names + [name])
        }
        #expect(try text("\(path).bak") == "first")
    }

    @Test func `a directory that cannot be brought to the disk is told with the file`() throws {
        do throws(CommandFailure) {
            try write("x") { _ throws(SystemFile.Failure) in throw SystemFile.writingFailure(EIO) }
            Issue.record("nothing was told")
        } catch {
            #expect(error.message.contains(path) && error.message.contains("cannot synchronize \(world.directory): "))
            #expect(error.remedy.contains("--force"))
        }
        #expect(try text(path) == "x", "it is in its place all the same")
    }

    @Test func `an error of writing names the file, and leaves nothing behind`() throws {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        do throws(CommandFailure) {
            try ImportFiles.fill(full, with: "x", path)
            Issue.record("a full disk took it")
        } catch {
            #expect(error.message == "cannot write \(path): No space left on device")
            #expect(error.remedy.hasPrefix("Free space there."))
        }
        let missing = "\(world.directory)/missing/made.yaml"
        do throws(CommandFailure) {
            try ImportFiles.write("x", to: missing, state: world.directory, replaces: false)
            Issue.record("written into a directory that is not there")
        } catch { #expect(error.message.hasPrefix("cannot create \(missing)")) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        do throws(CommandFailure) {
            try write("x") { _ throws(SystemFile.Failure) in Issue.record("synchronized") }
            Issue.record("written over a directory")
        } catch { #expect(error.message.contains(path)) }
        let names = try FileManager.default.contentsOfDirectory(atPath: world.directory)
        #expect(!names.contains { $0.hasSuffix(".new") }, "\(names)")
    }
}
