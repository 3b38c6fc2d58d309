// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel
internal import SecretsVault
internal import Yams

extension Field {
    /// What a file is named for.
    enum FileKind {
        case certificate
        case privateKey
        case password
    }

    /// The absolute path of a file, which is looked at unless the findings say otherwise.
    func file(_ kind: FileKind) -> String? {
        guard let text = text("the path of a file") else { return nil }
        let path = findings.absolute(text)
        return !findings.checksFiles || check(path, kind) ? path : nil
    }

    private func check(_ path: String, _ kind: FileKind) -> Bool {
        let octets: [UInt8]
        do { octets = try SystemFile.read(path, limit: 4_194_304) } catch {
            mistake("cannot read \(path): \(error.reason). \(error.remedy)")
            return false
        }
        let isOpen = SystemFile.facts(path)?.isOpenToOthers ?? false
        let content = String(decoding: octets, as: UTF8.self)
        switch kind {
        case .certificate:
            guard
                content.contains("-----BEGIN CERTIFICATE-----")
                    || content.contains("-----BEGIN TRUSTED CERTIFICATE-----")
            else {
                mistake("found no certificate in \(path), expected PEM (-----BEGIN CERTIFICATE-----)")
                return false
            }
        case .privateKey:
            guard content.contains("PRIVATE KEY-----") else {
                mistake("found no private key in \(path), expected PEM (-----BEGIN PRIVATE KEY-----)")
                return false
            }
            guard !content.contains("ENCRYPTED") else {
                mistake("found an encrypted key in \(path), expected one without passphrase, protected by chmod 600")
                return false
            }
        case .password: break
        }
        if isOpen, kind != .certificate {
            mistake("everybody on this machine can read \(path): chmod 600 \(path)")
            return false
        }
        return true
    }

    /// `{file: PATH}`, `{vault: NAME}` or `{env: NAME}`.
    func secret() -> SecretReference? {
        let expected = "{file: PATH}, {vault: NAME} or {env: NAME}"
        if case .scalar = node, !isNothing {
            mistake(
                "found a password in clear, expected \(expected): keep it with ceralacca secret set NAME, or in a file of its own with chmod 600"
            )
            return nil
        }
        guard var section = section(expected) else { return nil }
        let file = section.field("file")
        let variable = section.field("env")
        let vault = section.field("vault")
        section.finish()
        let given = [file, variable, vault].compactMap { $0 }
        guard given.count == 1 else {
            mistake("found \(given.isEmpty ? "neither" : "several of") file, env and vault, expected \(expected)")
            return nil
        }
        if let vault { return vault.vaultSecret() }
        if let file { return file.checkedSecretFile() }
        return variable?.checkedSecretVariable()
    }

    /// The vault is looked into when all of the file is read: only then it is known where the vault lies, and its key.
    private func vaultSecret() -> SecretReference? {
        guard let text = text(SecretName.expected) else { return nil }
        guard let name = SecretName(text) else { return wrong(SecretName.expected) }
        findings.vaultSecrets.append((self, name))
        return .vault(name)
    }

    private func checkedSecretFile() -> SecretReference? {
        guard let path = file(.password) else { return nil }
        let reference = SecretReference.file(path)
        guard findings.checksFiles else { return reference }
        do {
            if try reference.read(NoVault()).hasBlanksAround {
                warning(
                    "the password in \(path) begins or ends with a blank, which is sent with it: is that blank part of it?"
                )
            }
        } catch {
            mistake("\(error)")
            return nil
        }
        return reference
    }

    private func checkedSecretVariable() -> SecretReference? {
        let expected = "the name of an environment variable such as PEC_PASSWORD"
        guard let name = text(expected) else { return nil }
        guard !name.contains("="), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return wrong(expected) }
        let reference = SecretReference.environment(name)
        guard findings.checksFiles else { return reference }
        // The service may have it although the shell of `check` has not.
        do { _ = try reference.read(NoVault()) } catch { warning("\(error)") }
        return reference
    }
}

extension Secret {
    /// True when a space stands at one of its ends, which nobody sees in a file.
    fileprivate var hasBlanksAround: Bool {
        let text = reveal()
        return text.first.map(\.isWhitespace) == true || text.last.map(\.isWhitespace) == true
    }
}
