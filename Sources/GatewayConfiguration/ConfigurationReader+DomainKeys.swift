// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import DomainKeys
internal import MailModel

extension ConfigurationReader {
    /// Reads `dkim`.
    func readDomainKeys(_ field: Field, domains: [String]?) -> [DomainKeyConfiguration] {
        guard let fields = field.list("a list such as [{domain: azienda.it, selector: s2026, key: FILE}]") else {
            return []
        }
        var keys: [DomainKeyConfiguration] = []
        for field in fields {
            guard let key = readDomainKey(field, domains: domains) else { continue }
            if keys.contains(where: { $0.domain == key.domain && $0.selector == key.selector }) {
                field.mistake("found \(key.selector)._domainkey.\(key.domain) twice, expected each selector once")
            }
            keys.append(key)
        }
        return keys
    }

    private func readDomainKey(_ field: Field, domains: [String]?) -> DomainKeyConfiguration? {
        guard var section = field.section("a mapping with domain, selector, key") else { return nil }
        let domainField = section.required("domain", "one of exchange.domains")
        let domain = domainField?.domain()
        if let domain, let domains, !domains.contains(domain) {
            domainField?.mistake("\(domain) is not in exchange.domains: no mail of it is signed here")
        }
        let selector = section.required("selector", "the name under which the public key is published")?.selector()
        let keyField = section.required("key", "the file of the private key")
        let key = keyField?.file(.privateKey)
        section.finish()
        guard let domain, let selector, let key else { return nil }
        let configuration = DomainKeyConfiguration(domain: domain, selector: selector, key: key)
        if let keyField, keyField.findings.checksFiles, domains?.contains(domain) ?? true {
            check(configuration, keyField)
        }
        return configuration
    }

    private func check(_ configuration: DomainKeyConfiguration, _ field: Field) {
        do throws(SecretError) {
            let pem = try configuration.read()
            do { _ = try SigningKey(pem: pem) } catch { field.mistake("\(configuration.key) holds \(error)") }
        } catch {
            field.mistake("\(error)")
        }
    }
}

extension Field {
    /// Labels with dots between them (RFC 6376 §3.1).
    fileprivate func selector() -> String? {
        let expected = "a selector such as s2026"
        guard let text = text(expected) else { return nil }
        return HostName.isValid(text) ? text.lowercased() : wrong(expected)
    }
}
