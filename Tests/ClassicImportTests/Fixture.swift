// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ClassicImport
import Foundation
import MailModel

/// The files of a machine that runs the classic stack, in `Fixtures/NAME` as they would lie under `/`.
struct Fixture: Sendable, CustomStringConvertible {
    let name: String
    var postfix: String?
    var fetchmailrc: [String] = []
    var getmailrc: [String] = []
    var stunnel: [String] = []
    var exchange: [Endpoint] = []
    var domains: [String] = []

    var description: String { name }

    static let all: [Self] = [
        .init("lab", postfix: "/etc/postfix", fetchmailrc: ["/etc/fetchmailrc"], stunnel: ["/etc/stunnel.conf"]),
        .init("aruba", postfix: "/etc/postfix", fetchmailrc: ["/etc/fetchmailrc"]),
        .init("mx", postfix: "/etc/postfix"),
        .init(
            "legalmail",
            postfix: "/etc/postfix",
            fetchmailrc: ["/etc/fetchmailrc"],
            stunnel: ["/etc/stunnel/pec.conf"]
        ),
        .init("gmail", postfix: "/etc/postfix", fetchmailrc: ["/etc/fetchmailrc"]),
        .init(
            "getmail",
            getmailrc: ["pec1", "pec2", "pec3"].map { "/home/pec/.getmail/\($0)" },
            exchange: [Endpoint(scheme: .smtp, host: "exch1.azienda.lan", port: 25, tls: .opportunistic)],
            domains: ["azienda.it"]
        ),
        .init(
            "imap",
            fetchmailrc: ["/etc/fetchmailrc"],
            exchange: [Endpoint(scheme: .smtp, host: "exch1.azienda.lan", port: 25, tls: .opportunistic)]
        ),
        .init("compiled", postfix: "/etc/postfix"),
        .init("defaults", fetchmailrc: ["/root/.fetchmailrc"]),
        .init(
            "comune",
            postfix: "/etc/postfix",
            fetchmailrc: ["/etc/fetchmailrc"],
            stunnel: ["/etc/stunnel/stunnel.conf"]
        ),
        .init("several", postfix: "/etc/postfix"),
        .init("odd", postfix: "/etc/postfix", fetchmailrc: ["/etc/fetchmailrc"]),
    ]

    init(
        _ name: String,
        postfix: String? = nil,
        fetchmailrc: [String] = [],
        getmailrc: [String] = [],
        stunnel: [String] = [],
        exchange: [Endpoint] = [],
        domains: [String] = []
    ) {
        self.name = name
        self.postfix = postfix
        self.fetchmailrc = fetchmailrc
        self.getmailrc = getmailrc
        self.stunnel = stunnel
        self.exchange = exchange
        self.domains = domains
    }

    /// Where the fixture's files lie.
    var directory: String { "\(Self.root)/\(name)" }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

    var sources: ImportSources {
        var sources = ImportSources(
            hostname: "gateway.azienda.it",
            state: "/var/lib/ceralacca",
            recipientsFile: "/etc/ceralacca/recipients"
        )
        sources.postfix = postfix
        sources.fetchmailrc = fetchmailrc
        sources.getmailrc = getmailrc
        sources.stunnel = stunnel
        sources.exchange = exchange
        sources.domains = domains
        return sources
    }

    /// Its files; `change` may put other octets in a file's place.
    func files(_ change: @escaping @Sendable (String, [UInt8]) -> [UInt8] = { $1 }) -> ClassicFiles {
        let directory = directory
        return ClassicFiles(
            read: { path throws(ClassicFileError) in
                guard let data = FileManager.default.contents(atPath: directory + path) else {
                    throw ClassicFileError("there is no such file")
                }
                return change(path, Array(data))
            },
            names: { path in
                do { return try FileManager.default.contentsOfDirectory(atPath: directory + path) } catch { return [] }
            },
            isOpenToOthers: { _ in false }
        )
    }

    /// A file of what is expected.
    func expected(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(directory)/\(name)") ?? Data(), as: UTF8.self)
    }

    /// What goes beside the configuration, as the fixtures have it.
    static func list(_ draft: ImportDraft) -> String {
        var lines = draft.remarks.flatMap { ["\($0.place): \($0.message)", "    \($0.remedy)"] }
        lines += draft.secrets.map { "secret \($0.name) \($0.secret.reveal())" }
        lines += draft.seen.map { "seen \($0.account) \($0.uniqueIDs.joined(separator: " ")) \($0.file)" }
        lines += (draft.recipients ?? []).map { "recipient \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
