// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An instance of Debian's spamd in a directory of its own, with Debian's rules and no network.
package final class Spamd: Sendable {
    /// Its port on 127.0.0.1.
    package let port = Ports.take()
    /// Its socket in the file system.
    package var socket: String { "\(directory)/spamd.sock" }

    private let directory: String
    private let processes = [Box(), Box()]

    /// Writes its configuration.
    package init(in directory: String) throws(LabError) {
        self.directory = directory
        try Files.makeDirectory("\(directory)/site")
        for plugins in ["init.pre", "v310.pre", "v320.pre"] {
            try Command.run("cp", ["/etc/spamassassin/\(plugins)", "\(directory)/site/"])
        }
        try Files.write("use_bayes 0\nskip_rbl_checks 1\n", to: "\(directory)/site/local.cf")
        try Command.run("chmod", ["-R", "a+rX", directory])
    }

    /// Starts it, on its port and, by a second process, on its socket; returns when both answer.
    package func start() async throws {
        let listeners = [
            ["--listen=127.0.0.1:\(port)", "--allowed-ips=127.0.0.1"], ["--socketpath=\(socket)", "--socketmode=0666"],
        ]
        for (place, listener) in listeners.enumerated() {
            let started = try ChildProcess(
                "spamd",
                listener + [
                    "--local", "--nouser-config", "--username=nobody", "--max-children=2", "--syslog=stderr",
                    "--configpath=/usr/share/spamassassin", "--siteconfigpath=\(directory)/site",
                    "--pidfile=\(directory)/pid\(place)",
                ],
                log: "\(directory)/spamd\(place).out"
            )
            processes[place].set(started)
            let isUp =
                place == 0
                ? try await Ports.waitForAnswer(port, unless: { started.ending != nil })
                : try await Ports.waitForAnswer(socket: socket, unless: { started.ending != nil })
            guard isUp else { throw LabError("spamd does not answer: \(started.tail())") }
        }
    }

    /// Stops it.
    package func stop() async {
        for box in processes {
            guard let running = box.take() else { continue }
            running.signal(SIGTERM)
            if await running.wait(within: .seconds(10)) == nil { running.signal(SIGKILL) }
        }
    }
}
