// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ExchangePlan {
    /// The transport rules: the spam score, and certified mail that would stay inside Exchange.
    var rules: [PowerShellValue] { Self.rules(contacts, hostname: hostname) }

    /// The rules that Exchange on-premises and Exchange Online have in common.
    static func rules(_ contacts: [Contact], hostname: String) -> [PowerShellValue] {
        spamRules + internalRecipientRules(contacts, hostname)
    }

    /// Certified mail is left out, since a receipt in the junk folder is a receipt unread; not so where the field that
    /// says so came from outside (`foreign-field=yes`), for which the rules "with a foreign field" are.
    private static var spamRules: [PowerShellValue] {
        let certified: [PowerShellValue.Entry] = [
            .init("ExceptIfHeaderContainsMessageHeader", .string("X-Ceralacca-PEC")),
            .init("ExceptIfHeaderContainsWords", .string("kind=")),
        ]
        let spam: [PowerShellValue.Entry] = [
            .init("HeaderMatchesMessageHeader", .string("X-Ceralacca-Spam")),
            .init("HeaderMatchesPatterns", .string("^yes")), .init("SetSCL", .integer(6)),
        ]
        let certain: [PowerShellValue.Entry] = [
            .init("HeaderMatchesMessageHeader", .string("X-Ceralacca-Spam-Level")),
            .init("HeaderMatchesPatterns", .string("^\\*{10}")), .init("SetSCL", .integer(9)),
        ]
        let foreign: [PowerShellValue.Entry] = [
            .init("HeaderContainsMessageHeader", .string("X-Ceralacca-PEC")),
            .init("HeaderContainsWords", .string("foreign-field=yes")),
        ]
        return [
            rule("spam", spam + certified), rule("certainly spam", certain + certified),
            rule("spam with a foreign field", spam + foreign),
            rule("certainly spam with a foreign field", certain + foreign),
        ]
    }

    /// Twenty addresses a rule: a rule may not be of any size.
    private static func internalRecipientRules(_ contacts: [Contact], _ hostname: String) -> [PowerShellValue] {
        let addresses = contacts.filter(\.isCertified).map(\.address.description)
        return stride(from: 0, to: addresses.count, by: 20).map { start in
            let patterns = addresses[start..<min(start + 20, addresses.count)].map { "^\(pattern($0))$" }
            return rule(
                "PEC to an internal recipient \(start / 20 + 1)",
                [
                    .init("FromAddressMatchesPatterns", .strings(patterns)),
                    .init("SentToScope", .string("InOrganization")),
                    .init("ExceptIfHeaderContainsMessageHeader", .string("Received")),
                    .init("ExceptIfHeaderContainsWords", .string(hostname)),
                    .init("RejectMessageReasonText", .string(refusal)),
                    .init("RejectMessageEnhancedStatusCode", .string("5.7.1")),
                ]
            )
        }
    }

    /// What the sender reads.
    static let refusal =
        "Un destinatario è interno: la PEC non uscirebbe da Exchange e non sarebbe certificata. Scrivergli dalla casella ordinaria. / "
        + "A recipient is internal: this PEC would never be certified. Write to them from your own mailbox."

    /// A rule that does what it says: in another mode it would only be tested.
    static func rule(_ name: String, _ parameters: [PowerShellValue.Entry]) -> PowerShellValue {
        let enforced = parameters + [.init("Mode", .string("Enforce"))]
        return .table([.init("Name", .string("\(prefix): \(name)")), .init("Parameters", .table(enforced))])
    }

    /// The address as a regular expression that matches it alone.
    static func pattern(_ address: String) -> String {
        address.map { $0.isLetter || $0.isNumber || "@-_".contains($0) ? "\($0)" : "\\\($0)" }.joined()
    }
}
