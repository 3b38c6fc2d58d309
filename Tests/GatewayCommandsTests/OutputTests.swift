// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import Testing

@testable import GatewayCommands

struct OutputTests {
    @Test func `local times are ISO 8601 with the zone's offset, and denote the same moment`() throws {
        let moment = Timestamp(milliseconds: 1_795_428_000_000)
        let text = LocalTime.text(moment)
        #expect(text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d/) != nil)
        #expect(try Date(text, strategy: .iso8601).timeIntervalSince1970 == 1_795_428_000)
        #expect(LocalTime.text(nil) == "-")
    }

    @Test(arguments: [(0, "0 s"), (119, "119 s"), (7199, "119 min"), (10_800, "3 h"), (200_000, "2 days"), (-5, "0 s")])
    func `an age is in the largest unit`(_ seconds: Int, _ expected: String) {
        let now = Timestamp(milliseconds: 1_795_428_000_000)
        #expect(LocalTime.age(now - .seconds(seconds), now: now) == expected)
    }

    @Test func `a table's columns are as wide as their widest cell, and harmful text stays in its cell`() {
        var table = TextTable(["A", "B", "C"])
        table.add(["1", "long cell", "x"])
        table.add(["wide", "y\nz", ""])
        table.addNote("a\u{1B}b")
        #expect(table.lines == ["A     B          C", "1     long cell  x", "wide  y z", "    a b"])
    }

    @Test func `a line is cut with a sign`() {
        #expect(PlainText.line("abcdef", limit: 3) == "ab…")
        #expect(PlainText.line("  a \r\n b  ") == "a b")
    }

    @Test func `a gateway is found by its number only while its lock is held`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ceralacca-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(RunningGateway.process(state: directory) == nil)
        try "\(getpid())\n".write(toFile: "\(directory)/ceralacca.pid", atomically: false, encoding: .utf8)
        #expect(RunningGateway.process(state: directory) == getpid())
        let descriptor = open("\(directory)/gateway.lock", O_RDWR | O_CREAT, 0o600)
        #expect(RunningGateway.process(state: directory) == nil)
        #expect(flock(descriptor, LOCK_EX) == 0)
        #expect(RunningGateway.process(state: directory) == getpid())
        try "\(getppid())\n".write(toFile: "\(directory)/ceralacca.pid", atomically: false, encoding: .utf8)
        #expect(RunningGateway.process(state: directory) == getpid(), "who holds the lock goes before the file")
        try FileManager.default.removeItem(atPath: "\(directory)/ceralacca.pid")
        #expect(RunningGateway.process(state: directory) == getpid(), "a full disk took no number")
        close(descriptor)
        try "99999999\n".write(toFile: "\(directory)/ceralacca.pid", atomically: false, encoding: .utf8)
        #expect(RunningGateway.process(state: directory) == nil)
    }
}
