// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

extension ImportDrafter {
    /// Decides how long messages stay at the provider, now that every mailbox and what was fetched of it is read. Nothing is removed there on
    /// the word of an old program's files alone.
    mutating func settleSeen() {
        let shared = sharedNames()
        for index in mailboxes.indices {
            var mailbox = mailboxes[index]
            if mailbox.isIMAP {
                settleIMAP(&mailbox)
            } else if shared.contains(index) {
                distrust(&mailbox)
            } else if mailbox.seen.isEmpty {
                remarkUnseen(&mailbox)
            } else if mailbox.keep == .duration(.zero) {
                mailbox.keep = .forever
                remark(
                    mailbox.place,
                    "\(mailbox.seen.count) messages of \(mailbox.seenFile) were fetched and left at the provider: \(mailbox.program) kept mail although the file does not say so (an option of its command line?), hence keep: forever",
                    "Choose `keep` after looking into the mailbox: all that is older than the import and bears these identifiers would be removed there."
                )
            }
            mailboxes[index] = mailbox
        }
    }

    /// Mailboxes that fetchmail's file of identifiers does not tell apart: it names login and server alone, and two tunnels on one host are one
    /// server there.
    private func sharedNames() -> Set<Int> {
        var owners: [[String?]: Set<Int>] = [:]
        for (index, mailbox) in mailboxes.enumerated() where !mailbox.isIMAP && mailbox.program == "fetchmail" {
            for name in mailbox.names {
                owners[[mailbox.seenFile, mailbox.login?.lowercased(), name], default: []].insert(index)
            }
        }
        return owners.values.filter { $0.count > 1 }.reduce(into: []) { $0.formUnion($1) }
    }

    private mutating func distrust(_ mailbox: inout ImportedMailbox) {
        mailbox.seen = []
        mailbox.isFetched = false
        remark(
            mailbox.place,
            "another entry has the same login at the same server (perhaps another port): \(mailbox.seenFile) does not say which of them a message is from. Nothing was taken over, and the mailbox is not fetched",
            "Empty it of what was delivered, then give it fetch: {protocol: pop3, keep: forever}: all that is in it will be fetched once more."
        )
    }

    private mutating func remarkUnseen(_ mailbox: inout ImportedMailbox) {
        let hint =
            mailbox.program == "getmail"
            ? "Name the directory of the oldmail files: --getmail-dir DIR"
            : "Look how fetchmail was called (/etc/default/fetchmail, systemd units, crontabs): -k keeps, -i FILE names the identifiers, without -i they are in .fetchids in the home directory of the user that ran fetchmail; then --fetchids FILE"
        if mailbox.keep == .duration(.zero) { mailbox.keep = .duration(.seconds(7 * 86_400)) }
        let places = mailbox.seenPlaces.isEmpty ? "" : " (looked for in \(mailbox.seenPlaces.joined(separator: ", ")))"
        remark(
            mailbox.place,
            "nothing says what \(mailbox.program) fetched of this mailbox\(places): everything that is at the provider will be fetched once more",
            "\(hint). Or empty the mailbox of what was delivered first. `keep` is not 0d, so that you can look."
        )
    }
}
