// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// How the recipients of the company's domains are known, as `exchange.recipients` describes it.
public enum RecipientsConfiguration: Hashable, Sendable {
    /// Not at all: every recipient of `exchange.domains` is taken.
    case none
    /// Exchange is asked.
    case exchange
    /// A file lists them: an address a line, `@azienda.it` for a whole domain, `#` begins a remark.
    case file(String)

    /// Reads such a file.
    ///
    /// - Returns: addresses and domains, these with their `@`, in comparison form.
    /// - Throws: `SecretError` naming the file, and the first line that is wrong.
    public static func read(_ path: String) throws(SecretError) -> Set<String> {
        let octets: [UInt8]
        do { octets = try SystemFile.read(path, limit: 67_108_864) } catch {
            throw SecretError("cannot read the recipients in \(path): \(error.reason)", remedy: error.remedy)
        }
        var keys: Set<String> = []
        let lines = String(decoding: ByteOrderMark.removed(octets), as: UTF8.self).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        for (number, line) in lines.enumerated() {
            let text = line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
            guard !text.isEmpty else { continue }
            guard let address = AddrSpec(text.hasPrefix("@") ? "postmaster\(text)" : text) else {
                throw SecretError(
                    "\(path):\(number + 1): found '\(text.prefix(100))', expected an address, or @ and a domain",
                    remedy: "Correct the line."
                )
            }
            let key = address.comparisonKey
            keys.insert(text.hasPrefix("@") ? String(key.drop { $0 != "@" }) : key)
        }
        return keys
    }
}
