// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel
internal import MailQueue
internal import NIOCore

/// Writes entries of the archive into files, a piece at a time.
struct ArchiveExport {
    let directory: String
    let selection: ArchiveSelection

    /// Files of this export alone: others are not to read them (0600), and nothing is written over.
    func run(_ store: any ArchiveStore) async throws {
        let environment = CommandEnvironment.current
        try OutputDirectory.make(directory, mayExist: true)
        let csv = try OutputFile("\(directory)/index.csv")
        let lines = try OutputFile("\(directory)/index.jsonl")
        try csv.write(Self.row(Self.columns))
        var (count, octets, damaged) = (0, 0, 0)
        var day: String?
        try await store.forEachEntry(selection) { entry in
            if day != entry.day { try OutputDirectory.make("\(directory)/\(entry.day)", mayExist: false) }
            day = entry.day
            let name = Self.name(entry)
            if let problem = try await copy(entry, to: name, store) {
                damaged += 1
                environment.warn("ceralacca: \(entry.reference) \(entry.id): \(problem)")
            }
            try csv.write(Self.row(Self.values(entry, name)))
            try lines.write(Array("\(Self.json(entry, name).text)\n".utf8))
            (count, octets) = (count + 1, octets + entry.size)
        }
        try csv.close()
        try lines.close()
        let words = PlainText.count(count, "message")
        try environment.print("\(words), \(ByteCount(octets: octets)) in \(PlainText.line(directory))")
        guard damaged > 0 else { return }
        environment.warn(
            "ceralacca: \(PlainText.count(damaged, "message")) not as the archive says; `ceralacca archive verify` looks at all"
        )
        throw SilentExit(status: ExitStatus.failed)
    }

    /// - Returns: what is wrong with the octets; nil when they are those that were handed over.
    private func copy(_ entry: ArchiveEntry, to name: String, _ store: any ArchiveStore) async throws -> String? {
        let file = try OutputFile("\(directory)/\(name)")
        let problem = try await store.problem(of: entry) { try file.write(Array($0.readableBytesView)) }
        try file.close()
        return problem
    }

    /// `2026-11-24/000017-accettazione-01ARZ3NDEKTSV4RR.eml`.
    static func name(_ entry: ArchiveEntry) -> String {
        let digits = String(entry.number)
        let number = String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
        let kind = entry.kind.utf8.map { octet in
            (0x61...0x7A).contains(octet) || (0x30...0x39).contains(octet) ? Character(UnicodeScalar(octet)) : "-"
        }
        return "\(entry.day)/\(number)-\(String(kind))-\(entry.id).eml"
    }

    // MARK: Index

    static let columns = [
        "file", "day", "number", "kind", "account", "subject", "message_id", "arrival", "size", "sha256", "chain",
    ]

    static func values(_ entry: ArchiveEntry, _ name: String) -> [String] {
        [
            name, entry.day, "\(entry.number)", entry.kind, entry.account, PecListing.subject(entry.subject) ?? "",
            entry.messageID ?? "", MailDate.formatISO8601(entry.arrival), "\(entry.size)", entry.digest, entry.chain,
        ]
    }

    /// A row of RFC 4180, every value in quotes. What a spreadsheet would take for a formula gets an apostrophe in front: subjects and
    /// identifiers are strangers' text. `index.jsonl` has every value as it is.
    static func row(_ values: [String]) -> [UInt8] {
        let cells = values.map { value in
            let line = PlainText.line(value)
            let isFormula = line.first.map { "=+-@".contains($0) } ?? false
            return
                "\"\(isFormula ? "'" : "")\(line.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
        }
        return Array((cells.joined(separator: ",") + "\r\n").utf8)
    }

    static func json(_ entry: ArchiveEntry, _ name: String) -> JSONValue {
        guard case .object(let members) = ArchiveListCommand.json(entry) else { return .null }
        return .object([("file", .string(name))] + members)
    }
}
