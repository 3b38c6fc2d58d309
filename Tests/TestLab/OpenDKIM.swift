// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Debian's opendkim as a milter in a directory of its own: it signs for azienda.test, or verifies with that one key and without DNS.
package final class OpenDKIM: Sendable {
    /// What it does.
    package enum Mode: String, Sendable {
        /// Signs what comes in by the listener `exchange`.
        case sign = "s"
        /// Verifies, and refuses what was changed behind its signature.
        case verify = "v"
    }

    /// Its socket in the file system.
    package var socket: String { "\(directory)/opendkim.sock" }
    private let directory: String
    private let process = Box()

    /// The key that all instances of one `keys` directory share: made when it is not there.
    package init(
        _ mode: Mode,
        in directory: String,
        keys: String,
        canonicalization: String = "relaxed/simple"
    ) throws(LabError) {
        self.directory = directory
        try Files.makeDirectory(directory)
        try Files.makeDirectory(keys)
        if Files.text("\(keys)/prova.private").isEmpty {
            try Command.run("opendkim-genkey", ["-b", "2048", "-d", "azienda.test", "-s", "prova", "-D", keys])
            let record = Files.text("\(keys)/prova.txt").split(separator: "\"").enumerated()
                .filter { $0.offset % 2 == 1 }.map(\.element).joined()
            try Files.write("prova._domainkey.azienda.test \(record)\n", to: "\(keys)/public")
        }
        try Files.write(
            """
            Socket local:\(socket)
            PidFile \(directory)/pid
            Syslog no
            UserID root
            RequireSafeKeys no
            Mode \(mode.rawValue)
            Domain azienda.test
            Selector prova
            KeyFile \(keys)/prova.private
            TestPublicKeys \(keys)/public
            Canonicalization \(canonicalization)
            MTA exchange
            InternalHosts 203.0.113.1
            AuthservID relay.azienda.test
            AlwaysAddARHeader yes
            On-BadSignature \(mode == .verify ? "reject" : "accept")

            """,
            to: "\(directory)/opendkim.conf"
        )
    }

    /// Starts it; returns when it answers.
    package func start() async throws {
        let started = try ChildProcess(
            "opendkim",
            ["-f", "-x", "\(directory)/opendkim.conf"],
            log: "\(directory)/opendkim.out"
        )
        process.set(started)
        guard try await Ports.waitForAnswer(socket: socket, unless: { started.ending != nil }) else {
            throw LabError("opendkim does not answer: \(started.tail())")
        }
    }

    /// Stops it.
    package func stop() async {
        guard let running = process.take() else { return }
        running.signal(SIGTERM)
        if await running.wait(within: .seconds(10)) == nil { running.signal(SIGKILL) }
    }
}
