// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// An instance of Debian's NSD in a directory of its own: the authority for `test`, which is signed, and for zones below it. Zones elsewhere,
/// such as those of reverse names, are served and not delegated.
///
/// It listens on 127.0.0.1 and a port of its own, by UDP and TCP. Whoever validates begins with the file `trustAnchor`.
package final class NameServer: Sendable {
    /// How a zone is proved.
    package enum Proof: Sendable {
        /// Signed, with a digest of its key in `test`.
        case signed
        /// Not signed; `test` proves that it need not be.
        case unsigned
        /// Signed, and then each of its A records, and what is named in it, changed: its signatures are wrong.
        case bogus
    }

    /// A zone directly below `test`.
    package struct Zone: Sendable {
        var name: String
        var records: String
        var proof: Proof

        /// `name` without its last dot, such as `azienda.test`; `records` in the zone file's form, relative to it. SOA and NS are added.
        package init(_ name: String, _ proof: Proof, _ records: String) {
            self.name = name
            self.records = records
            self.proof = proof
        }
    }

    /// Its port on 127.0.0.1.
    package let port = Ports.take()
    /// A file with the digest of the key of `test`.
    package var trustAnchor: String { "\(directory)/anchor" }
    /// Its log.
    package var log: String { "\(directory)/nsd.log" }
    private let directory: String
    private let process = Box()

    /// Writes and signs the zones; other names under `test` do not exist.
    package init(in directory: String, _ zones: [Zone]) throws(LabError) {
        self.directory = directory
        try Files.makeDirectory("\(directory)/zones")
        var delegations = ""
        for zone in zones {
            if zone.name.hasSuffix(".test") { delegations += "\(zone.name). IN NS ns.test.\n" }
            let digest = try Self.write(zone, in: "\(directory)/zones")
            if zone.proof != .unsigned { delegations += digest }
        }
        let parent = Zone("test", .signed, "ns IN A 127.0.0.1\n" + delegations)
        try Files.write(try Self.write(parent, in: "\(directory)/zones"), to: trustAnchor)
        try Files.write(configuration(zones + [parent]), to: "\(directory)/nsd.conf")
    }

    /// Starts it; returns when it answers.
    package func start() async throws {
        let started = try ChildProcess("nsd", ["-d", "-c", "\(directory)/nsd.conf"], log: log)
        process.set(started)
        guard try await Ports.waitForAnswer(port, unless: { started.ending != nil }) else {
            throw LabError("nsd does not answer: \(started.tail())")
        }
    }

    /// Stops it.
    package func stop() async {
        guard let running = process.take() else { return }
        running.signal(SIGTERM)
        if await running.wait(within: .seconds(10)) == nil { running.signal(SIGKILL) }
    }

    private func configuration(_ zones: [Zone]) -> String {
        let own = """
            server:
              ip-address: 127.0.0.1@\(port)
              username: ""
              zonesdir: "\(directory)/zones"
              database: ""
              pidfile: "\(directory)/nsd.pid"
              xfrdfile: "\(directory)/xfrd.state"
              zonelistfile: "\(directory)/zone.list"
              server-count: 1
              verbosity: 1
              rrl-ratelimit: 0
              rrl-whitelist-ratelimit: 0
            remote-control:
              control-enable: no

            """
        return own
            + zones.map { zone in
                "zone:\n  name: \(zone.name)\n  zonefile: \(zone.name)\(zone.proof == .unsigned ? "" : ".signed")\n"
            }
            .joined()
    }

    /// Writes one zone.
    /// - Returns: the DS record of its key; empty when it is not signed.
    private static func write(_ zone: Zone, in directory: String) throws(LabError) -> String {
        let file = "\(directory)/\(zone.name)"
        try Files.write(
            """
            $ORIGIN \(zone.name).
            $TTL 5
            @ IN SOA ns.test. hostmaster.test. 1 3600 600 86400 5
            @ IN NS ns.test.
            \(zone.records)

            """,
            to: file
        )
        guard zone.proof != .unsigned else { return "" }
        let key = try Command.run(
            "sh",
            ["-c", "cd '\(directory)' && ldns-keygen -a ECDSAP256SHA256 -k '\(zone.name)'"]
        )
        .trimmingCharacters(in: .whitespacesAndNewlines)
        try Command.run("ldns-signzone", ["-f", "\(file).signed", file, "\(directory)/\(key)"])
        if zone.proof == .bogus {
            let signed = Files.text("\(file).signed").split(separator: "\n").map { line in
                line.replacingOccurrences(of: "IN\tA\t127.", with: "IN\tA\t126.")
                    .replacingOccurrences(of: "IN\tMX\t", with: "IN\tMX\t1")
            }
            try Files.write(signed.joined(separator: "\n") + "\n", to: "\(file).signed")
        }
        return Files.text("\(directory)/\(key).ds")
    }
}
