// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ProviderPreset {
    /// The providers of certified mail whose servers are known.
    static let certified = read(
        """
        aruba        | smtps.pec.aruba.it                  | pop3s.pec.aruba.it                | imaps.pec.aruba.it                 | high        | provider ispdb postclient massmailer   | Aruba PEC                       | pec.it arubapec.it mypec.eu gigapec.it ingpec.eu pec.cloud casellapec.com
        actalis      | smtp.pec.actalis.it                 | -                                 | imap.pec.actalis.it                | medium      | thunderpec                             | Actalis (Aruba)                 | pec.actalis.it
        legalmail    | sendm.cert.legalmail.it             | mbox.cert.legalmail.it            | mbox.cert.legalmail.it             | high        | provider postclient thunderpec massmailer | InfoCert Legalmail           | legalmail.it cert.legalmail.it
        namirial     | smtps.sicurezzapostale.it           | pops.sicurezzapostale.it          | imaps.sicurezzapostale.it          | high        | postclient thunderpec massmailer       | Namirial                        | sicurezzapostale.it namirialpec.it
        namirial-pro | pro-smtps.sicurezzapostale.it       | -                                 | -                                  | medium      | pn-ec                                  | Namirial PRO                    | pec.namirial.com
        poste        | mail.postecert.it                   | mail.postecert.it                 | mail.postecert.it                  | high        | ispdb postclient thunderpec            | Poste Italiane PosteCert        | postecert.it pec.posteitaliane.it pec.postecert.it
        postel       | mail.postecertifica.it              | -                                 | mail.postecertifica.it             | low         | config agid                            | Postel PostePec, PosteCertifica | postecertifica.it
        register     | smtp.pec-email.com                  | -                                 | imap.pec-email.com                 | medium-high | provider postclient                    | Register.it                     | pec-email.com pec.net
        libero-pec   | mail.postacert.it.net               | -                                 | mail.postacert.it.net              | medium      | postclient thunderpec                  | Libero PEC (Italiaonline)       | postacert.it.net
        telecompost  | smtp.telecompost.it                 | -                                 | mail.telecompost.it                | medium      | thunderpec                             | TI Trust Technologies (TIM)     | telecompost.it
        tim-pec      | smtps.pectim.it                     | -                                 | -                                  | low         | config                                 | TIM PEC                         | pectim.it
        ig-trustmail | smtp.ig-trustmail.com               | pop.ig-trustmail.com              | imap.ig-trustmail.com              | medium      | postclient                             | Intesi Group                    | ig-trustmail.com
        notariato    | smtp.postacertificata.notariato.it  | pop.postacertificata.notariato.it | imap.postacertificata.notariato.it | medium      | thunderpec manual                      | Notariato (Notartel)            | postacertificata.notariato.it
        notariato-pec | smtp.pec.notariato.it              | -                                 | imap.pec.notariato.it              | medium      | thunderpec                             | Notariato, second domain        | pec.notariato.it
        istruzione   | smtp.pec.istruzione.it              | -                                 | imap.pec.istruzione.it             | medium      | thunderpec                             | Ministero dell'Istruzione       | pec.istruzione.it
        basilicata   | smtps.pec.basilicatanet.it          | -                                 | imaps.pec.basilicatanet.it         | medium      | thunderpec                             | Regione Basilicata              | pec.basilicatanet.it
        kpnqwest     | pec.kpnqwest.it:25                  | -                                 | imap.kpnqwest.it                   | low         | thunderpec                             | KPNQwest Italia                 | keypec.com kmailer.it certmail.kpnqwest.it
        pecmessages  | smtp.pecmessages.it                 | -                                 | -                                  | low         | config                                 | PEC messages (reseller)         | pecmessages.it
        """,
        certified: true,
        details: [
            "aruba": Details(
                limits: .init(recipients: 500, totalBytes: .megabytes(100), refusedExtensions: programs),
                mailExchangers: ["mx.pec.aruba.it"],
                quirks: [
                    "With two-step verification the account's own password is refused: make a client password in the web mail.",
                    "POP3, IMAP and SMTP can be switched off for each mailbox: look there when a login is refused.",
                    "Refused files are refused in archives and under other names too, with a notice of non-acceptance.",
                    "Mailboxes refuse ordinary mail unless their owner allows it.",
                ]
            ),
            "actalis": Details(quirks: [old]),
            "legalmail": Details(
                limits: .init(messagesPerMinute: 6, connections: 1),
                login: .given("a user code such as M1234567"),
                mailExchangers: ["mx.cert.legalmail.it"],
                quirks: [
                    "Choose a password without special characters.",
                    "Beyond 6 messages a minute it answers 550 … \"Class Of Service\" - Too much traffic: such mail waits and is tried again.",
                    "The basic plan's contract forbids automated sending.",
                ]
            ),
            "namirial-pro": Details(quirks: ["Known for submission alone: ask the provider for its POP3 server."]),
            "poste": Details(limits: .init(refusedExtensions: programs)),
            "postel": Details(note: unsure),
            "register": Details(quirks: ["Older guides name server.pec-email.com."]),
            "telecompost": Details(
                mailExchangers: ["mail.telecompost.it"],
                quirks: [
                    "The login may be another than the address.", "in.telecompost.it and port 25 have been seen too.",
                ]
            ),
            "tim-pec": Details(note: unsure),
            "ig-trustmail": Details(quirks: ["Its source lists it as a provider of REM."]),
            "kpnqwest": Details(note: unsure, quirks: [old]),
            "pecmessages": Details(note: unsure),
        ]
    )

    private static let old = "The source is old: `ceralacca check --connect` says whether the servers answer."
    private static let unsure =
        "the servers of this built-in provider are known from one unsure source: compare them with what the provider tells you"

    /// Files that may hold a program: the list that Aruba (guide.pec.it, "Tipi di file non allegabili ad un messaggio PEC") and Poste
    /// (webmail.postecert.it) publish, by an indication of AgID.
    private static let programs = [
        "asp", "bat", "chm", "cla", "class", "cmd", "com", "cpl", "csh", "exe", "hlp", "hpj", "hta", "inf", "ins",
        "jar",
        "js", "jse", "lnk", "msc", "msh", "msh1", "msh1xml", "msh2", "msh2xml", "mshxml", "msi", "msp", "ocx", "ops",
        "pif",
        "pl", "prf", "prg", "ps1", "ps1xml", "ps2", "ps2xml", "psc1", "psc2", "pst", "reg", "scf", "scr", "sct", "shb",
        "shs",
        "tmp", "url", "vb", "vbe", "vbp", "vbs", "vsmacros", "ws", "wsc", "wsf", "wsh",
    ]
}
