// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An instance of Debian's clamd in a directory of its own, with one signature: that of EICAR's test file.
package final class Clamd: Sendable {
    /// The 68 octets that every virus scanner knows and that do nothing.
    package static let eicar = #"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"#

    /// Its socket in the file system.
    package var socket: String { "\(directory)/clamd.sock" }
    /// Its port on 127.0.0.1.
    package let port = Ports.take()
    private let directory: String
    private let process = Box()

    /// Writes configuration and signatures; a stream may have `maximumStream`. With `signatures` more, which nothing has, it looks at each
    /// message anew, however often it saw the same.
    package init(in directory: String, maximumStream: String = "4M", signatures: Int = 0) throws(LabError) {
        self.directory = directory
        try Files.makeDirectory("\(directory)/signatures")
        let hexadecimal = Self.eicar.utf8.map { octet in
            (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }
        var lines = "Eicar-Test-Signature:0:*:\(hexadecimal.joined())\n"
        var generator = SeededGenerator(seed: 1)
        for number in 0..<signatures {
            let words = (0..<5).map { _ in String(UInt64.random(in: .max / 2 ... .max, using: &generator), radix: 16) }
            lines += "Nothing-\(number):0:*:\(words.joined())\n"
        }
        try Files.write(lines, to: "\(directory)/signatures/test.ndb")
        try Files.write(
            """
            LocalSocket \(socket)
            TCPSocket \(port)
            TCPAddr 127.0.0.1
            DatabaseDirectory \(directory)/signatures
            TemporaryDirectory \(directory)
            Foreground yes
            User root
            StreamMaxLength \(maximumStream)
            MaxThreads 4
            DisableCache \(signatures > 0 ? "yes" : "no")

            """,
            to: "\(directory)/clamd.conf"
        )
    }

    /// Starts it; returns when it answers.
    package func start() async throws {
        let started = try ChildProcess(
            "clamd",
            ["-c", "\(directory)/clamd.conf"],
            log: "\(directory)/clamd.out"
        )
        process.set(started)
        guard try await Ports.waitForAnswer(port, unless: { started.ending != nil }) else {
            throw LabError("clamd does not answer: \(started.tail())")
        }
    }

    /// Stops it.
    package func stop() async {
        guard let running = process.take() else { return }
        running.signal(SIGTERM)
        if await running.wait(within: .seconds(10)) == nil { running.signal(SIGKILL) }
    }
}
