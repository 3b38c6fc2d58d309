// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration

extension ImportDrafter {
    /// Gives a mailbox that is read by IMAP its folders, each once: INBOX where none is named. A nil stands for a name that is not understood.
    mutating func setFolders(_ names: [String?], of mailbox: inout ImportedMailbox) {
        var known: Set<String> = []
        let folders = names.compactMap(\.self).filter(Self.isFolder)
            .map { $0.uppercased() == "INBOX" ? "INBOX" : $0 }
            .filter { known.insert($0).inserted }
        if !folders.isEmpty {
            mailbox.folders = firstFew(folders, mailbox.place, "folders", limit: Self.maximumFolders)
        }
        guard names.contains(where: { $0.map { !Self.isFolder($0) } ?? true }) else { return }
        mailbox.isFetched = false
        remark(
            mailbox.place,
            "a folder's name is not understood: the mailbox is not fetched",
            "Name its folders: fetch: {protocol: imap, folders: […]}."
        )
    }

    private static func isFolder(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count) && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// Decides whether a mailbox that was read by IMAP is fetched. What was fetched there stands in no file of the old programs by a name
    /// that the gateway knows: only where they removed it, nothing comes twice.
    mutating func settleIMAP(_ mailbox: inout ImportedMailbox) {
        guard mailbox.keep == .duration(.zero) else {
            mailbox.isFetched = false
            return remark(
                mailbox.place,
                "\(mailbox.program) left at the provider what it fetched by IMAP, and the gateway cannot tell it from what is new: the mailbox is not fetched",
                "Empty \(mailbox.folderList) of what was delivered, or move that to another folder there; then \(mailbox.hint(keeps: true))."
            )
        }
        mailbox.keep = .duration(.seconds(7 * 86_400))
        let look =
            mailbox.program == "fetchmail"
            ? "Look how fetchmail was called (-k keeps: /etc/default/fetchmail, systemd units, crontabs), and take"
            : "Take"
        remark(
            mailbox.place,
            "\(mailbox.program) removed what it fetched by IMAP; everything else in \(mailbox.folderList) will be fetched, what people have read there too",
            "\(look) out of the mailbox what Exchange has, or shall not get. `keep` is not 0d, so that you can look."
        )
    }
}

extension ImportedMailbox {
    /// The folders, for people.
    var folderList: String { folders.joined(separator: ", ") }

    /// What to write so that it is fetched: `fetch: {protocol: imap, folders: [INBOX, Spam]}`.
    func hint(keeps: Bool = false) -> String {
        var words = ["protocol: \(isIMAP ? "imap" : "pop3")"]
        if isIMAP, folders != ["INBOX"] {
            words.append("folders: [\(folders.map(YAMLText.scalar).joined(separator: ", "))]")
        }
        if keeps, case .duration(let duration) = keep { words.append("keep: \(YAMLText.duration(duration))") }
        if keeps, keep == .forever { words.append("keep: forever") }
        return "fetch: {\(words.joined(separator: ", "))}"
    }
}
