// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// A provider that the file names; without a configuration when its entry has mistakes.
struct NamedProvider {
    var configuration: ProviderConfiguration?
}

extension ConfigurationReader {
    /// The built-in providers, and those of the file on top.
    func readProviders(_ field: Field?) -> [String: NamedProvider] {
        var providers = ProviderConfiguration.builtIn.mapValues { NamedProvider(configuration: $0) }
        guard let field, var section = field.section("a mapping from names to providers") else { return providers }
        for (name, field) in section.everyField() {
            providers[name] = NamedProvider(
                configuration: readProvider(field, name: name, preset: ProviderConfiguration.builtIn[name])
            )
        }
        section.finish()
        return providers
    }

    /// An entry; one with the name of a built-in provider changes that provider's values key by key.
    private func readProvider(_ field: Field, name: String, preset: ProviderConfiguration?) -> ProviderConfiguration? {
        guard var section = field.section("a mapping with certified, submit, pop3") else { return nil }
        let isCertified = section.field("certified")?.boolean() ?? preset?.isCertified ?? false
        let submitField = preset == nil ? section.required("submit", "an smtps:// endpoint") : section.field("submit")
        let submit = given(submitField, [.smtps, .smtp], preset?.submit, field)
        let pop3 = given(section.field("pop3"), [.pop3s, .pop3], preset?.pop3, field)
        let imapField = section.field("imap")
        let tls = TLSKeys(&section, ordinary: .verify)
        // A built-in one that may be used by no account contradicts nothing.
        let isLeft = imapField == nil && tls.policy == TLSPolicy.none && preset?.imap?.hasImplicitTLS == true
        let imap = isLeft ? nil : given(imapField, [.imaps, .imap], preset?.imap, field)
        let limits = section.field("limits").map { readProviderLimits($0, preset?.limits) } ?? preset?.limits ?? .init()
        section.finish()
        let endpoints = tls.applied(to: [submit, pop3, imap].compactMap { $0 }, hasLogin: true)
        guard submit != nil, let endpoint = endpoints.first else { return nil }
        return ProviderConfiguration(
            name: name,
            isCertified: isCertified,
            submit: endpoint,
            pop3: endpoints.first { [.pop3, .pop3s].contains($0.scheme) },
            imap: endpoints.first { [.imap, .imaps].contains($0.scheme) } ?? preset?.imap,
            limits: limits,
            note: preset?.note,
            login: preset?.login ?? .address,
            authorization: preset?.authorization
        )
    }

    private func given(
        _ field: Field?,
        _ schemes: [Endpoint.Scheme],
        _ preset: Endpoint?,
        _ owner: Field
    ) -> GivenEndpoint? {
        guard let field else { return preset.map { GivenEndpoint(endpoint: $0, field: owner) } }
        return field.endpoint(schemes).map { GivenEndpoint(endpoint: $0, field: field) }
    }

    private func readProviderLimits(
        _ field: Field,
        _ preset: ProviderConfiguration.Limits?
    ) -> ProviderConfiguration.Limits {
        var limits = preset ?? .init()
        let expected = "a mapping with messages_per_minute, recipients, total_bytes, connections, refused_extensions"
        guard var section = field.section(expected) else { return limits }
        if let value = section.field("messages_per_minute")?.integer(1...1_000_000_000) {
            limits.messagesPerMinute = value
        }
        if let value = section.field("recipients")?.integer(1...1_000_000) { limits.recipients = value }
        if let value = section.field("total_bytes")?.size(atLeast: 1000) { limits.totalBytes = value }
        if let value = section.field("connections")?.integer(1...100) { limits.connections = value }
        if let value = section.field("refused_extensions")?.fileExtensions() { limits.refusedExtensions = value }
        section.finish()
        return limits
    }
}

extension Field {
    /// A list, which may be empty, of file extensions without dot.
    fileprivate func fileExtensions() -> [String]? {
        guard let fields = list("a list of file extensions such as [exe, js]") else { return nil }
        var extensions: [String] = []
        for field in fields {
            let expected = "a file extension without dot such as exe"
            guard let text = field.text(expected) else { continue }
            let isExtension = text.utf8.allSatisfy { octet in
                (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20) || octet == 0x5F || octet == 0x2D
            }
            guard isExtension, text.utf8.count <= 20 else {
                field.mistake("found \(field.found), expected \(expected)")
                continue
            }
            let fileExtension = text.lowercased()
            if extensions.contains(fileExtension) {
                field.mistake("found \(field.found) twice, expected each extension once")
            }
            extensions.append(fileExtension)
        }
        return extensions
    }
}
