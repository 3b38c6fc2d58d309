// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ProviderPreset {
    /// Providers of ordinary mailboxes.
    static let ordinary = read(
        """
        gmail        | smtp.gmail.com            | pop.gmail.com         | imap.gmail.com        | high   | ispdb | Gmail, Google Workspace        | gmail.com googlemail.com
        outlook      | smtp-mail.outlook.com:587 | outlook.office365.com | outlook.office365.com | high   | ispdb | Outlook.com, Hotmail           | outlook.com outlook.it hotmail.com hotmail.it live.it live.com msn.com
        microsoft365 | smtp.office365.com:587    | outlook.office365.com | outlook.office365.com | high   | ispdb | Microsoft 365, Exchange Online | *.onmicrosoft.com
        libero       | smtp.libero.it            | popmail.libero.it     | imapmail.libero.it    | high   | ispdb | Libero Mail                    | libero.it iol.it blu.it inwind.it giallo.it
        virgilio     | out.virgilio.it           | in.virgilio.it        | in.virgilio.it        | high   | ispdb | Virgilio Mail                  | virgilio.it
        tim          | smtp.tim.it:587           | pop.tim.it:110        | imap.tim.it:143       | high   | ispdb | TIM Mail                       | tim.it
        alice        | out.alice.it:587          | in.alice.it:110       | in.alice.it:143       | high   | ispdb | Alice                          | alice.it
        tiscali      | smtp.tiscali.it           | pop.tiscali.it        | imap.tiscali.it       | high   | ispdb | Tiscali                        | tiscali.it
        fastweb      | smtp.fastwebnet.it:587    | pop.fastwebnet.it     | imap.fastwebnet.it    | medium | ispdb | Fastweb                        | fastwebnet.it
        email-it     | out.email.it              | pop.email.it          | in.email.it           | medium | ispdb | email.it                       | email.it
        yahoo        | smtp.mail.yahoo.com       | pop.mail.yahoo.com    | imap.mail.yahoo.com   | high   | ispdb | Yahoo Mail                     | yahoo.it yahoo.com ymail.com
        icloud       | smtp.mail.me.com:587      | -                     | imap.mail.me.com      | high   | ispdb | Apple iCloud                   | icloud.com me.com mac.com
        """,
        certified: false,
        details: [
            "gmail": Details(
                note:
                    "Gmail refuses the account's own password: use oauth, or an app password (needs two-step verification)",
                authorization: .init(.google),
                quirks: ["Submission is offered at port 587 with STARTTLS too."]
            ),
            "outlook": Details(
                note: "Outlook.com takes no passwords, only access tokens: use oauth",
                authorization: .init(.microsoft, tenant: "consumers", isRequired: true)
            ),
            "microsoft365": Details(
                note: "Microsoft 365 takes no passwords for POP3 and IMAP, only access tokens: use oauth; "
                    + "for submission passwords work only where the tenant still allows SMTP AUTH",
                authorization: .init(.microsoft, isRequired: true),
                quirks: [
                    "SMTP AUTH with passwords is being switched off: by default from the end of December 2026."
                ]
            ),
            "libero": Details(quirks: ["Where the account's own password is refused, make an app password."]),
            "tiscali": Details(quirks: ["Its submission server serves certain networks alone, says the source."]),
            "yahoo": Details(
                note: "Yahoo refuses the account's own password: use an app password"
            ),
            "icloud": Details(
                note: "iCloud needs an app-specific password",
                login: .localPartForRetrieval,
                quirks: ["POP3 is not offered."]
            ),
        ]
    )
}
