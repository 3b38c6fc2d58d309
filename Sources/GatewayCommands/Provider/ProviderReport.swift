// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import Glibc
internal import MailModel

/// A provider with the values in force, and what its preset knows besides.
struct ProviderReport {
    let provider: ProviderConfiguration
    /// The preset of that name; nil for a provider of the configuration alone.
    let preset: ProviderPreset?

    /// The presets in their order, then the configuration's own by name.
    static func all(_ options: ConfigurationOptions) throws -> [Self] {
        let configured = try configured(options)
        let presets = ProviderPreset.all.map { preset in
            Self(provider: configured[preset.configuration.name] ?? preset.configuration, preset: preset)
        }
        let known = Set(presets.map(\.provider.name))
        let own = configured.values.filter { !known.contains($0.name) }.sorted { $0.name < $1.name }
        return presets + own.map { Self(provider: $0, preset: nil) }
    }

    /// The providers of the configuration. They are looked up before there is one too: a file that nobody named may be missing or wrong.
    private static func configured(_ options: ConfigurationOptions) throws -> [String: ProviderConfiguration] {
        do { return try options.load().providers } catch {
            guard options.config == nil else { throw error }
            if access(options.path, F_OK) == 0 {
                CommandEnvironment.current.warn(
                    "ceralacca: \(options.path) is not read, so the built-in values are shown: `ceralacca check` says why"
                )
            }
            return [:]
        }
    }

    /// Those that the address's domain suggests, one or more.
    static func suggested(for address: AddrSpec, among reports: [Self]) throws(CommandFailure) -> [Self] {
        let names = Set(ProviderPreset.suggested(for: address).map(\.configuration.name))
        guard names.isEmpty else { return reports.filter { names.contains($0.provider.name) } }
        let domain = PlainText.line(address.domain, limit: 255)
        if let reason = ProviderPreset.reasonForNone(for: address) {
            throw CommandFailure(
                "there is no built-in provider for \(domain): \(reason)",
                remedy: "Describe it under `providers` in the configuration (docs/configuration.md)."
            )
        }
        let exchangers = ProviderPreset.all.flatMap { preset in
            preset.mailExchangers.map { "\($0) is \(preset.configuration.name)" }
        }
        throw CommandFailure(
            "no built-in provider is known for \(domain)",
            remedy: "A domain of your own shows its provider in the DNS, `dig +short MX \(domain)`: "
                + "\(exchangers.joined(separator: ", ")). Otherwise describe the provider under `providers` in the configuration."
        )
    }

    /// The provider of this name.
    static func find(_ name: String, among reports: [Self]) throws(CommandFailure) -> Self {
        if let report = reports.first(where: { $0.provider.name == name }) { return report }
        throw CommandFailure(
            "there is no provider \(PlainText.line(name, limit: 100))",
            remedy: "The providers are: \(reports.map(\.provider.name).joined(separator: ", "))."
        )
    }

    /// Where the values in force come from.
    private var origin: Origin {
        guard let preset else { return .configuration }
        return preset.configuration == provider ? .builtIn : .changed
    }

    private enum Origin: String {
        case builtIn = "built-in"
        case changed
        case configuration
    }

    static func table(_ reports: [Self]) -> TextTable {
        var table = TextTable(["NAME", "PROVIDER", "PEC", "SUBMISSION", "POP3", "IMAP", "CONFIDENCE"])
        for report in reports {
            let provider = report.provider
            let confidence = report.origin == .builtIn ? report.preset?.confidence.rawValue : nil
            table.add([
                provider.name, report.preset?.title ?? "-", provider.isCertified ? "yes" : "-",
                provider.submit.description, provider.pop3?.description ?? "-", provider.imap?.description ?? "-",
                confidence ?? "configured",
            ])
        }
        return table
    }

    var lines: [String] {
        let kind = provider.isCertified ? "certified mail" : "ordinary mail"
        var lines = ["\(provider.name): \(preset.map { "\($0.title), " } ?? "")\(kind)"]
        func add(_ name: String, _ value: String) {
            lines.append("    " + name + String(repeating: " ", count: 16 - name.count) + PlainText.line(value))
        }
        add("submission", Self.words(provider.submit))
        let instead = provider.imap == nil ? "" : "`fetch: {protocol: imap}`, or "
        add("POP3", provider.pop3.map(Self.words) ?? "none known: \(instead)give the entry `pop3`")
        add("IMAP", provider.imap.map(Self.words) ?? "none known")
        add("limits", provider.limits.words.isEmpty ? "none known; 2 connections" : provider.limits.words)
        if !provider.limits.refusedExtensions.isEmpty {
            add("refused files", provider.limits.refusedExtensions.joined(separator: " "))
        }
        if let preset {
            add("domains", preset.domains.joined(separator: " "))
            if !preset.mailExchangers.isEmpty {
                add("own domains", "have the MX \(preset.mailExchangers.joined(separator: ", "))")
            }
        }
        if let note = provider.note { add("note", note) }
        for quirk in preset?.quirks ?? [] { add("note", quirk) }
        for source in preset?.sources ?? [] { add("source", source.words) }
        if let preset { add("confidence", preset.confidence.rawValue) }
        switch origin {
        case .builtIn: add("values", "built-in")
        case .changed:
            add("values", "built-in, changed by the configuration; source and confidence are the built-in ones'")
        case .configuration: add("values", "of the configuration")
        }
        return lines
    }

    private static func words(_ endpoint: Endpoint) -> String {
        let trust = endpoint.trust.map { ", trusts \($0)" } ?? ""
        return "\(endpoint) (tls: \(endpoint.tls.rawValue), from \(endpoint.minimumTLS.rawValue) on\(trust))"
    }

    var json: JSONValue {
        func endpoint(_ endpoint: Endpoint?) -> JSONValue {
            guard let endpoint else { return .null }
            return .object([
                ("endpoint", .string(endpoint.description)), ("tls", .string(endpoint.tls.rawValue)),
                ("minimum_tls", .string(endpoint.minimumTLS.rawValue)), ("trust", .optional(endpoint.trust)),
            ])
        }
        func list(_ values: [String]?) -> JSONValue { .array((values ?? []).map { .string($0) }) }
        func number(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
        let limits = provider.limits
        return .object([
            ("name", .string(provider.name)), ("title", .optional(preset?.title)),
            ("certified", .bool(provider.isCertified)), ("values", .string(origin.rawValue)),
            ("submit", endpoint(provider.submit)), ("pop3", endpoint(provider.pop3)), ("imap", endpoint(provider.imap)),
            (
                "limits",
                .object([
                    ("messages_per_minute", number(limits.messagesPerMinute)),
                    ("recipients", number(limits.recipients)), ("total_bytes", number(limits.totalBytes?.octets)),
                    ("connections", .integer(limits.connections)),
                    ("refused_extensions", list(limits.refusedExtensions)),
                ])
            ),
            ("domains", list(preset?.domains)), ("mail_exchangers", list(preset?.mailExchangers)),
            ("note", .optional(provider.note)), ("quirks", list(preset?.quirks)),
            ("sources", list(preset?.sources.map(\.words))), ("confidence", .optional(preset?.confidence.rawValue)),
        ])
    }
}
