// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ClassicImport
internal import SecretsVault

/// What `import` says of what it did, or would do.
struct ImportReport {
    let draft: ImportDraft
    let path: String
    let recipients: String
    let isDry: Bool

    func print(json: Bool) throws {
        let environment = CommandEnvironment.current
        if json {
            for remark in draft.remarks { try environment.print(Self.json(remark).text) }
            return
        }
        if isDry { try environment.print("\(draft.text)\nNothing was written. Without --dry-run:") }
        try environment.print("\(isDry ? "would write" : "written") \(path)")
        if let lines = draft.recipients {
            try environment.print(
                "\(isDry ? "would write" : "written") \(recipients): \(PlainText.count(lines.count, "recipient"))"
            )
        }
        for secret in draft.secrets {
            try environment.print("\(isDry ? "would set" : "set") in the vault: \(secret.name)")
        }
        for seen in draft.seen {
            try environment.print(
                "\(isDry ? "would not fetch" : "not fetched") again for \(seen.account): "
                    + "\(PlainText.count(seen.uniqueIDs.count, "message")) of \(PlainText.line(seen.file))"
            )
        }
        try environment.print("")
        if draft.remarks.isEmpty {
            try environment.print("Everything was carried over.")
        } else {
            try environment.print("Not carried over, or to be looked at (\(draft.remarks.count)):")
            for remark in draft.remarks {
                try environment.print(PlainText.line("\(remark.place): \(remark.message)"))
                try environment.print("    " + PlainText.line(remark.remedy))
            }
        }
        try environment.print(
            "\nNext: fetchmail must be stopped already; Postfix goes on until its queue is empty. "
                + "Then: runuser -u ceralacca -- ceralacca check --connect --config \(path)"
        )
    }

    private static func json(_ remark: ImportRemark) -> JSONValue {
        .object([
            ("file", .string(remark.place.file)), ("line", .integer(remark.place.line)),
            ("message", .string(remark.message)), ("remedy", .string(remark.remedy)),
        ])
    }
}
