// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ClassicImport
import GatewayConfiguration
import MailModel

/// A machine with a few files, by their paths: `/p/main.cf`, `/f/fetchmailrc`, `/etc/fetchmailrc`, `/g/getmailrc`, `/s/stunnel.conf` are imported
/// where they are there.
struct SmallMachine {
    var files: [String: [UInt8]]
    /// Postfix's directory, where it is not `/p`.
    var postfix: String?

    init(_ files: [String: String]) { self.files = files.mapValues { Array($0.utf8) } }

    var sources: ImportSources {
        var sources = ImportSources(hostname: "gw.azienda.it", state: "/state", recipientsFile: "/recipients")
        sources.exchange = [Endpoint(scheme: .smtp, host: "exch1.azienda.lan", port: 25, tls: .opportunistic)]
        sources.domains = ["azienda.it"]
        if files["/f/fetchmailrc"] != nil { sources.fetchmailrc = ["/f/fetchmailrc"] }
        if files["/etc/fetchmailrc"] != nil { sources.fetchmailrc = ["/etc/fetchmailrc"] }
        if files["/g/getmailrc"] != nil { sources.getmailrc = ["/g/getmailrc"] }
        if files["/s/stunnel.conf"] != nil { sources.stunnel = ["/s/stunnel.conf"] }
        if files["/p/main.cf"] != nil { sources.postfix = "/p" }
        if let postfix { sources.postfix = postfix }
        return sources
    }

    /// The draft, whose configuration is read as well.
    func draft() throws -> ImportDraft {
        let files = files
        let made = try ImportDrafter.draft(
            sources,
            files: ClassicFiles(
                read: { path throws(ClassicFileError) in
                    guard let octets = files[path] else { throw ClassicFileError("there is no such file") }
                    return octets
                },
                names: { path in
                    files.keys.filter { $0.hasPrefix("\(path)/") }.map { String($0.dropFirst(path.count + 1)) }
                },
                isOpenToOthers: { _ in false }
            )
        )
        _ = try ConfigurationFile.read(made.text, path: "/x.yaml", checkingFiles: false)
        return made
    }

    /// True when a remark has these words.
    static func isTold(_ draft: ImportDraft, _ words: String) -> Bool {
        draft.remarks.contains { "\($0.message) \($0.remedy)".contains(words) }
    }
}
