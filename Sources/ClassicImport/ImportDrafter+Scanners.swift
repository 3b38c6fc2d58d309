// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ImportDrafter {
    /// The lines of `scanners`: rspamd's milter becomes rspamd itself, the others stay milters.
    mutating func scannerLines() -> [String] {
        var rspamd: String?
        var milters: [String] = []
        let place = postfixPlace("smtpd_milters")
        let elements = tables?.list("smtpd_milters", &remarks) ?? []
        for element in firstFew(elements, place, "milters") {
            guard let address = milter(element) else {
                remark(place, "a milter whose address is not understood", "Add it to scanners.milters by hand.")
                continue
            }
            if address.hasSuffix(":11332") {
                rspamd = "http://\(address.dropFirst("tcp:".count).dropLast("11332".count))11333"
                remark(
                    place,
                    "rspamd was asked as a milter; Ceralacca asks its normal worker, \(rspamd ?? "")",
                    "Look that it listens there: worker-normal.inc."
                )
            } else if !milters.contains(address) {
                milters.append(address)
            }
        }
        guard rspamd != nil || !milters.isEmpty else { return [] }
        var lines = ["# Scanners: while one gives no verdict, mail waits.", "scanners:"]
        if let rspamd { lines.append("  rspamd: \(rspamd)") }
        if !milters.isEmpty { lines.append("  milters: [\(milters.joined(separator: ", "))]") }
        return lines + [""]
    }

    /// `inet:127.0.0.1:8891`, `unix:opendkim/opendkim.sock`, `{ inet:host:port, timeout=10s }`.
    private mutating func milter(_ element: String) -> String? {
        var text = element
        if text.hasPrefix("{"), text.hasSuffix("}") {
            text = PostfixLines.list(String(text.dropFirst().dropLast())).first ?? ""
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let rest = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "unix", "local":
            let path = FilePath.absolute(rest, in: postfixValue("queue_directory"))
            let address = "unix:\(path)"
            let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"#,[]{}:'\"".utf8.contains($0) }
            return isPlain && ServiceAddress(address) != nil ? address : nil
        case "inet", "inet6":
            guard let last = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: last)...]),
                let hop = Self.nextHop(String(rest[..<last]))
            else { return nil }
            let host = hop.host == "localhost" ? "127.0.0.1" : hop.host
            let address = "tcp:\(host):\(port)"
            return ServiceAddress(address) != nil && !host.contains(":") ? address : nil
        default: return nil
        }
    }
}
