// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel
internal import Routing
internal import SecretsVault
internal import Yams

extension ConfigurationReader {
    /// Reads `vault`.
    func readVault(_ field: Field) -> VaultConfiguration {
        guard case .mapping = field.node else { return refuse(field, "a mapping such as {key: {file: PATH}}") }
        guard var section = field.section("a mapping with the key `key`") else { return .init() }
        let key = section.required("key", "the place of the vault's key")
        section.finish()
        return key.flatMap(readKeyPlace).map { VaultConfiguration(key: $0) } ?? .init()
    }

    private func readKeyPlace(_ field: Field) -> VaultConfiguration.KeyPlace? {
        let expected = "{credential: NAME}, {file: PATH} or {env: NAME}"
        guard case .mapping = field.node, var section = field.section(expected) else {
            _ = refuse(field, expected)
            return nil
        }
        let credential = section.field("credential")
        let file = section.field("file")
        let variable = section.field("env")
        section.finish()
        guard [credential, file, variable].count(where: { $0 != nil }) == 1 else {
            field.mistake("expected one of \(expected)")
            return nil
        }
        if let file {
            return file.text("the path of a file").map { .file(findings.absolute($0)) }
        }
        guard let place = credential ?? variable, let name = place.text("a name") else { return nil }
        guard let sound = SecretName(name)?.description else {
            place.mistake("found a text (not shown), expected \(SecretName.expected)")
            return nil
        }
        return credential == nil ? .environment(sound) : .credential(sound)
    }

    /// A key in clear would stand here: what is found is not shown.
    private func refuse(_ field: Field, _ expected: String) -> VaultConfiguration {
        field.mistake(
            "found something else (not shown), expected \(expected): the key itself stands in no configuration"
        )
        return .init()
    }

    /// Looks at the suffixes of recipients that can be read; one that cannot is told elsewhere.
    func checkSuffixes(state: String, _ vault: VaultConfiguration) {
        guard findings.checksFiles else { return }
        for (field, reference) in findings.suffixes {
            let secret: Secret
            do { secret = try reference.read(openVault?(state, vault) ?? NoVault()) } catch { continue }
            if RecipientSuffix(secret) == nil {
                field.mistake(
                    "found a secret (not shown) that does not serve, \(ListenerConfiguration.suffixExpectation)"
                )
            }
        }
    }

    /// Opens every secret that the file names in the vault.
    func checkVault(_ field: Field?, state: String, _ vault: VaultConfiguration) {
        guard let openVault, findings.checksFiles, let first = findings.vaultSecrets.first else { return }
        do { _ = try vault.readKey() } catch {
            // The service may have it although the shell of `check` has not.
            let place = field ?? first.field
            return vault.isElsewhere ? place.warning("\(error)") : place.mistake("\(error)")
        }
        let opened = openVault(state, vault)
        for (field, name) in findings.vaultSecrets {
            do { _ = try opened.read(name) } catch { field.mistake("\(error)") }
        }
    }
}
