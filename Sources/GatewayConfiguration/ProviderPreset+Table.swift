// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ProviderPreset {
    /// What a row has no column for, by the preset's name.
    struct Details {
        var limits = ProviderConfiguration.Limits()
        var note: String?
        var login = ProviderConfiguration.Login.address
        var authorization: ProviderConfiguration.Authorization?
        var mailExchangers: [String] = []
        var quirks: [String] = []
    }

    /// Reads a table of presets, a line each:
    /// `name | submission | POP3 | IMAP | confidence | sources | title | domains`.
    ///
    /// A host without port has TLS from the first byte at the protocol's port (RFC 8314 §3), one with a port STARTTLS or STLS there;
    /// `-` stands for what is not known or not offered. A row that is not so is left out: tests see that all are read.
    static func read(_ table: String, certified: Bool, details: [String: Details]) -> [Self] {
        table.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.split(separator: " ") }
            guard cells.count == 8, let name = cells[0].first.map(String.init) else { return nil }
            guard let submit = endpoint(cells[1], .smtps, .smtp) else { return nil }
            guard let confidence = cells[4].first.flatMap({ Confidence(rawValue: String($0)) }) else { return nil }
            let sources = cells[5].compactMap { Source(rawValue: String($0)) }
            guard sources.count == cells[5].count else { return nil }
            let more = details[name] ?? Details()
            return Self(
                configuration: ProviderConfiguration(
                    name: name,
                    isCertified: certified,
                    submit: submit,
                    pop3: endpoint(cells[2], .pop3s, .pop3),
                    imap: endpoint(cells[3], .imaps, .imap),
                    limits: more.limits,
                    note: more.note,
                    login: more.login,
                    authorization: more.authorization
                ),
                title: cells[6].joined(separator: " "),
                domains: cells[7].map(String.init),
                mailExchangers: more.mailExchangers,
                quirks: (more.login.remark.map { [sentence($0)] } ?? []) + more.quirks,
                sources: sources,
                confidence: confidence
            )
        }
    }

    private static func sentence(_ words: String) -> String { "\(words.prefix(1).uppercased())\(words.dropFirst())." }

    private static func endpoint(
        _ cell: [Substring],
        _ implicit: Endpoint.Scheme,
        _ upgraded: Endpoint.Scheme
    ) -> Endpoint? {
        guard let text = cell.first, text != "-" else { return nil }
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 2, let port = Int(parts[1]) else {
            return Endpoint(scheme: implicit, host: parts[0], port: implicit.defaultPort, tls: .verify)
        }
        return Endpoint(scheme: upgraded, host: parts[0], port: port, tls: .verify)
    }
}
