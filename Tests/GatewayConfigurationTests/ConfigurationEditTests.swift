// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import Testing

struct ConfigurationEditTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory.withExampleFiles()
        path = "\(directory.path)/x.yaml"
        try directory.write("x.yaml", WrongFile.right, mode: 0o640)
    }

    private func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    private var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasPrefix("x.yaml") }
        }
    }

    @Test func `a changed file takes the place of the present one, its mode and owner stay`() throws {
        let edit = try ConfigurationEdit(path)
        #expect(edit.text == WrongFile.right)
        let before = try FileManager.default.attributesOfItem(atPath: path)
        let staged = try edit.stage("\(WrongFile.right)\n# è il fondo\n")
        #expect(text(path) == WrongFile.right, "not yet")
        #expect(try staged.commit() == nil)
        #expect(text(path) == "\(WrongFile.right)\n# è il fondo\n")
        let after = try FileManager.default.attributesOfItem(atPath: path)
        for key in [FileAttributeKey.posixPermissions, .ownerAccountID, .groupOwnerAccountID] {
            #expect(before[key] as? Int == after[key] as? Int, "\(key)")
        }
        #expect(try names == ["x.yaml"])
    }

    @Test func `a symbolic link is followed and stays`() throws {
        let link = "\(directory.path)/link.yaml"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "x.yaml")
        #expect(try ConfigurationEdit(link).stage("\(WrongFile.right)\n# x\n").commit() == nil)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "x.yaml")
        #expect(text(path).hasSuffix("# x\n"))
    }

    @Test func `what is thrown away leaves nothing behind`() throws {
        try ConfigurationEdit(path).stage("\(WrongFile.right)\n").discard()
        #expect(try names == ["x.yaml"])
        #expect(text(path) == WrongFile.right)
    }

    @Test func `what is no configuration is never put in place`() throws {
        let edit = try ConfigurationEdit(path)
        #expect(throws: ConfigurationEditError.self) { try edit.stage("hostnam: x\n") }
        #expect(try names == ["x.yaml"])
        #expect(text(path) == WrongFile.right)
    }

    @Test func `a file that somebody changed meanwhile stays as he left it`() throws {
        let staged = try ConfigurationEdit(path).stage("\(WrongFile.right)\n# mine\n")
        try directory.write("x.yaml", "\(WrongFile.right)\n# his\n", mode: 0o640)
        let error = #expect(throws: ConfigurationEditError.self) { try staged.commit() }
        #expect(error?.message.contains("changed \(path) meanwhile") == true)
        staged.discard()
        #expect(text(path).hasSuffix("# his\n"))
    }

    @Test func `a directory that does not reach the disk is told, with the new file in its place`() throws {
        let failure = ConfigurationEditError("cannot synchronize \(directory.path): Input/output error", remedy: "")
        let staged = try ConfigurationEdit(path).stage("\(WrongFile.right)\n# mine\n")
        let remark = try staged.commit { _ throws(ConfigurationEditError) in throw failure }
        #expect(remark == failure)
        #expect(text(path).hasSuffix("# mine\n"))
        #expect(try names == ["x.yaml"])
    }

    @Test func `a read-only file, none and a directory are told as such`() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o440], ofItemAtPath: path)
        let closed = #expect(throws: ConfigurationEditError.self) { try ConfigurationEdit(path) }
        #expect(closed?.description == "\(path) is read-only. Allow it: chmod u+w \(path).")
        let none = #expect(throws: ConfigurationEditError.self) { try ConfigurationEdit("\(directory.path)/none.yaml") }
        #expect(none?.message.contains("none.yaml: No such file") == true)
        #expect(throws: ConfigurationEditError.self) { try ConfigurationEdit(directory.path) }
    }
}
