// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ConfigurationReader {
    /// Reads `fetch` of an account at `provider`; `owner` is what names the provider.
    func readFetch(_ field: Field?, _ owner: Field, _ provider: ProviderConfiguration?) -> FetchConfiguration {
        let hasMaildrop = provider?.pop3 != nil
        var fetch = FetchConfiguration(retrieval: hasMaildrop ? .pop3 : .none)
        var section = field?.section("a mapping such as {protocol: pop3, every: 60s, keep: 0d}")
        let protocolField = section?.field("protocol")
        if protocolField == nil, let provider, !hasMaildrop {
            owner.warning(
                "knows no POP3 endpoint: mail of this account is not retrieved"
                    + (provider.imap == nil ? "" : " without fetch: {protocol: imap}")
            )
        }
        guard let field, var section else { return fetch }
        if let value = protocolField?.choice(FetchConfiguration.RetrievalProtocol.self) { fetch.retrieval = value }
        fetch.login = section.field("login")?.text("a login")
        if let value = section.field("every")?.duration(.seconds(1)...(.seconds(86_400))) { fetch.every = value }
        let keepField = section.field("keep")
        if let value = keepField?.keep() { fetch.keep = value }
        let foldersField = section.field("folders")
        if let value = foldersField?.mailboxes() { fetch.folders = value }
        let moveField = section.field("move_to")
        if let value = moveField?.mailbox() { fetch.moveTo = value }
        section.finish()
        checkServer(fetch, protocolField ?? field, provider)
        if fetch.retrieval != .imap {
            for other in [foldersField, moveField].compactMap({ $0 }) {
                other.mistake("stands beside protocol: \(fetch.retrieval), expected it with protocol: imap alone")
            }
        }
        if let moveField { checkMove(fetch, moveField, hasKeep: keepField != nil) }
        return fetch
    }

    private func checkMove(_ fetch: FetchConfiguration, _ field: Field, hasKeep: Bool) {
        if hasKeep {
            field.mistake("stands beside keep, expected one of them: messages are moved once Exchange has them")
        }
        if let target = fetch.moveTo, fetch.folders.contains(where: { Self.isSame($0, target) }) {
            field.mistake("found \(target), which is fetched: what is moved there would be fetched from there")
        }
    }

    private func checkServer(_ fetch: FetchConfiguration, _ field: Field, _ provider: ProviderConfiguration?) {
        guard let provider, !provider.retrievals.contains(fetch.retrieval) else { return }
        let others = provider.retrievals.map(\.rawValue).joined(separator: " or ")
        let found = fetch.retrieval.rawValue
        field.mistake("found \(found), but the provider has no \(found) endpoint: add one, or use \(others)")
    }

    /// INBOX alone is the same in any case (RFC 3501 §5.1).
    fileprivate static func isSame(_ name: String, _ other: String) -> Bool {
        name == other || (name.uppercased() == "INBOX" && other.uppercased() == "INBOX")
    }
}

extension Field {
    /// The name of a mailbox of IMAP, as people write it.
    fileprivate func mailbox() -> String? {
        let expected = "the name of a folder, with the server's own separator between levels"
        guard let text = text(expected) else { return nil }
        guard text.utf8.count <= 255 else { return wrong("a name of 255 octets at most") }
        return text
    }

    /// Names of mailboxes, each once.
    fileprivate func mailboxes() -> [String]? {
        guard let fields = list("a list of folders such as [INBOX, Spam]") else { return nil }
        guard !fields.isEmpty else { return wrong("a folder at least; without folders it is INBOX") }
        var names: [String] = []
        for field in fields {
            guard let name = field.mailbox() else { continue }
            if names.contains(where: { ConfigurationReader.isSame($0, name) }) {
                field.mistake("found \(name) twice, expected each folder once")
            } else {
                names.append(name)
            }
        }
        return names
    }
}
