// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import MailModel

/// What a header refers to (RFC 5322 §3.6.4), and the fields that it lacks so that mail programs file it under its conversation.
///
/// Fields are added on top; those that are there stay. Where References is there already, ours holds its identifiers too: a program that reads
/// the first one alone loses nothing.
struct Threading {
    /// Identifiers of a header that are looked at.
    static let maximumIdentifiers = 100
    /// Identifiers in a field of ours.
    private static let maximumReferences = 30
    /// Octets of an identifier: with its angle brackets a line may have 998 (RFC 5322 §2.1.1).
    private static let maximumOctets = 900

    /// Of In-Reply-To.
    let parents: [String]
    /// Of References.
    let references: [String]

    /// Reads a header.
    init(_ header: HeaderSection) {
        parents = Self.read(header, "In-Reply-To")
        references = Self.read(header, "References")
    }

    /// All of them, those of References first.
    var identifiers: [String] { references + parents.filter { !references.contains($0) } }

    /// What a receipt of the message `id` lacks.
    func fields(forReceiptOf id: String) -> String {
        guard Self.isWritable(id) else { return "" }
        let names = { (known: [String]) in known.contains { Matching.key($0) == Matching.key(id) } }
        var fields = parents.isEmpty ? "In-Reply-To: <\(id)>\r\n" : ""
        if !names(references) { fields += Self.compose(references + [id]) }
        return fields
    }

    /// What a reply lacks that refers to messages of ours by their providers' identifiers.
    ///
    /// - Parameters:
    ///   - clients: the clients' identifiers by `Matching.key` of the providers'.
    ///   - original: what the message inside the envelope refers to; nil without one.
    /// - Returns: the fields, each with its CRLF; empty when nothing is missing.
    func fields(forReplyTo clients: [String: String], original: Threading?) -> String {
        let client = { (id: String) in clients[Matching.key(id)].flatMap { Self.isWritable($0) ? $0 : nil } }
        let inside = original?.identifiers ?? []
        let present = Set(identifiers.map(Matching.key))
        let missing = (identifiers + inside).compactMap(client).filter { !present.contains(Matching.key($0)) }
        guard !missing.isEmpty else { return "" }
        var fields = ""
        if parents.isEmpty {
            let parent = (original?.parents ?? []).compactMap(client).first ?? missing[missing.count - 1]
            fields += "In-Reply-To: <\(parent)>\r\n"
        }
        var chain: [String] = []
        for id in identifiers.isEmpty ? inside : identifiers + inside.filter({ client($0) != nil }) {
            if let own = client(id), !chain.contains(own) { chain.append(own) }
            if !chain.contains(id) { chain.append(id) }
        }
        return fields + Self.compose(chain)
    }

    /// One identifier a line; of many the first and the last ones.
    private static func compose(_ identifiers: [String]) -> String {
        var kept = identifiers
        if kept.count > maximumReferences { kept = [kept[0]] + kept.suffix(maximumReferences - 1) }
        return "References: " + kept.map { "<\($0)>\r\n" }.joined(separator: " ")
    }

    private static func read(_ header: HeaderSection, _ name: String) -> [String] {
        var found: [String] = []
        for body in header.all(name) {
            var rest = Substring(body)
            while found.count < maximumIdentifiers, let open = rest.firstIndex(of: "<") {
                rest = rest[rest.index(after: open)...]
                guard let close = rest.firstIndex(of: ">") else { break }
                let id = String(rest[..<close])
                if isWritable(id), !found.contains(id) { found.append(id) }
                rest = rest[rest.index(after: close)...]
            }
        }
        return found
    }

    /// True for what may stand between angle brackets in a field of ours.
    private static func isWritable(_ id: String) -> Bool {
        (1...maximumOctets).contains(id.utf8.count)
            && id.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }
}
