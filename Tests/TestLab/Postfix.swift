// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An instance of Debian's Postfix in a directory of its own.
package final class Postfix: Sendable {
    /// Where it keeps its configuration, queue and log.
    package let directory: String
    /// Its name, as its log lines and its greeting show it.
    package let name: String
    /// Its log.
    package var log: String { "\(directory)/postfix.log" }
    /// Its queue.
    package var queue: String { "\(directory)/queue" }
    private var configuration: String { "\(directory)/etc" }

    /// Writes the configuration of an instance; `services` are lines of master.cf, `settings` lines of main.cf.
    package init(name: String, in directory: String, services: [String], settings: [String]) throws(LabError) {
        self.name = name
        self.directory = directory
        for part in ["etc", "queue", "data"] { try Files.makeDirectory("\(directory)/\(part)") }
        try Files.write(Self.main(name, directory, settings), to: "\(directory)/etc/main.cf")
        try Files.write(Self.master(services), to: "\(directory)/etc/master.cf")
        try Command.run("chown", ["postfix", "\(directory)/data"])
    }

    /// Starts it; returns when its master has read its configuration.
    package func start() throws(LabError) {
        let result = try Command.outcome("postfix", ["-c", configuration, "start"])
        guard result.code == 0 else {
            throw LabError("postfix \(name) does not start: \(result.output) \(Files.tail(log, 20))")
        }
    }

    /// Stops it at once, with all its processes.
    package func stop() {
        do { _ = try Command.outcome("postfix", ["-c", configuration, "stop"]) } catch {
            print("postfix \(name): \(error)")
        }
    }

    /// The lines of its log that contain `text`.
    package func lines(with text: String) -> [String] {
        Files.text(log).split(separator: "\n").filter { $0.contains(text) }.map(String.init)
    }

    /// A file of its configuration directory.
    package func write(_ text: String, to file: String) throws(LabError) {
        try Files.write(text, to: "\(configuration)/\(file)")
    }

    private static func main(_ name: String, _ directory: String, _ settings: [String]) -> String {
        let own = [
            "compatibility_level = 3.6", "queue_directory = \(directory)/queue", "data_directory = \(directory)/data",
            "command_directory = /usr/sbin", "daemon_directory = /usr/lib/postfix/sbin", "mail_owner = postfix",
            "setgid_group = postdrop", "myhostname = \(name).test", "mydestination =",
            "local_transport = error:no local mail", "alias_maps =", "alias_database =", "inet_interfaces = 127.0.0.1",
            "inet_protocols = ipv4", "mynetworks = 127.0.0.0/8", "maillog_file = \(directory)/postfix.log",
            "maillog_file_prefixes = /var, /tmp, /dev, \(directory)", "smtp_host_lookup = native",
            "smtp_dns_support_level = disabled", "message_size_limit = 157286400", "default_process_limit = 200",
            "smtpd_client_connection_count_limit = 0", "smtpd_client_connection_rate_limit = 0",
        ]
        return (own + settings).joined(separator: "\n") + "\n"
    }

    private static func master(_ services: [String]) -> String {
        let own = """
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            verify unix - - n - 1 verify
            flush unix n - n 1000? 0 flush
            proxymap unix - - n - - proxymap
            smtp unix - - n - - smtp
            relay unix - - n - - smtp
            showq unix n - n - - showq
            error unix - - n - - error
            retry unix - - n - - error
            discard unix - - n - - discard
            lmtp unix - - n - - lmtp
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            postlog unix-dgram n - n - 1 postlogd
            """
        return own + "\n" + services.joined(separator: "\n") + "\n"
    }
}
