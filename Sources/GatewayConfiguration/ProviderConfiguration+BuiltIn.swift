// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

extension ProviderConfiguration {
    /// The providers that need no entry, by name: hosts and ports as the providers publish them.
    public static let builtIn: [String: ProviderConfiguration] = Dictionary(
        uniqueKeysWithValues: (certified + ordinary).map { ($0.name, $0) }
    )

    /// The legal Italian providers of certified mail whose servers are known for sure.
    private static let certified = [
        Self(
            name: "aruba",
            isCertified: true,
            submit: at(.smtps, "smtps.pec.aruba.it"),
            pop3: at(.pop3s, "pop3s.pec.aruba.it"),
            imap: at(.imaps, "imaps.pec.aruba.it"),
            limits: Limits(recipients: 500, totalBytes: .megabytes(100), refusedExtensions: programs)
        ),
        Self(
            name: "legalmail",
            isCertified: true,
            submit: at(.smtps, "sendm.cert.legalmail.it"),
            pop3: at(.pop3s, "mbox.cert.legalmail.it"),
            imap: at(.imaps, "mbox.cert.legalmail.it"),
            limits: Limits(messagesPerMinute: 6, connections: 1)
        ),
        Self(
            name: "namirial",
            isCertified: true,
            submit: at(.smtps, "smtps.sicurezzapostale.it"),
            pop3: at(.pop3s, "pops.sicurezzapostale.it"),
            imap: at(.imaps, "imaps.sicurezzapostale.it")
        ),
        Self(
            name: "poste",
            isCertified: true,
            submit: at(.smtps, "mail.postecert.it"),
            pop3: at(.pop3s, "mail.postecert.it"),
            imap: at(.imaps, "mail.postecert.it"),
            limits: Limits(refusedExtensions: programs)
        ),
        Self(
            name: "register",
            isCertified: true,
            submit: at(.smtps, "smtp.pec-email.com"),
            imap: at(.imaps, "imap.pec-email.com")
        ),
    ]

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

    private static let ordinary = [
        Self(
            name: "gmail",
            isCertified: false,
            submit: at(.smtps, "smtp.gmail.com"),
            pop3: at(.pop3s, "pop.gmail.com"),
            imap: at(.imaps, "imap.gmail.com"),
            note: "Gmail refuses the account's own password: use an app password (needs two-step verification); "
                + "OAuth comes in a later version"
        ),
        Self(
            name: "outlook",
            isCertified: false,
            submit: at(.smtp, "smtp-mail.outlook.com", 587),
            pop3: at(.pop3s, "outlook.office365.com"),
            imap: at(.imaps, "outlook.office365.com"),
            note: "Outlook.com takes no passwords, only OAuth, which comes in a later version: logins will be refused"
        ),
        Self(
            name: "microsoft365",
            isCertified: false,
            submit: at(.smtp, "smtp.office365.com", 587),
            pop3: at(.pop3s, "outlook.office365.com"),
            imap: at(.imaps, "outlook.office365.com"),
            note: "Microsoft 365 takes no passwords for POP3 and IMAP, only OAuth, which comes in a later version; "
                + "for submission passwords work only where the tenant still allows SMTP AUTH"
        ),
        Self(
            name: "libero",
            isCertified: false,
            submit: at(.smtps, "smtp.libero.it"),
            pop3: at(.pop3s, "popmail.libero.it"),
            imap: at(.imaps, "imapmail.libero.it")
        ),
        Self(
            name: "virgilio",
            isCertified: false,
            submit: at(.smtps, "out.virgilio.it"),
            pop3: at(.pop3s, "in.virgilio.it"),
            imap: at(.imaps, "in.virgilio.it")
        ),
        Self(
            name: "tim",
            isCertified: false,
            submit: at(.smtp, "smtp.tim.it", 587),
            pop3: at(.pop3, "pop.tim.it"),
            imap: at(.imap, "imap.tim.it")
        ),
        Self(
            name: "alice",
            isCertified: false,
            submit: at(.smtp, "out.alice.it", 587),
            pop3: at(.pop3, "in.alice.it"),
            imap: at(.imap, "in.alice.it")
        ),
        Self(
            name: "tiscali",
            isCertified: false,
            submit: at(.smtps, "smtp.tiscali.it"),
            pop3: at(.pop3s, "pop.tiscali.it"),
            imap: at(.imaps, "imap.tiscali.it")
        ),
        Self(
            name: "yahoo",
            isCertified: false,
            submit: at(.smtps, "smtp.mail.yahoo.com"),
            pop3: at(.pop3s, "pop.mail.yahoo.com"),
            imap: at(.imaps, "imap.mail.yahoo.com"),
            note: "Yahoo refuses the account's own password: use an app password; OAuth comes in a later version"
        ),
        Self(
            name: "icloud",
            isCertified: false,
            submit: at(.smtp, "smtp.mail.me.com", 587),
            imap: at(.imaps, "imap.mail.me.com"),
            note: "iCloud needs an app-specific password"
        ),
    ]

    private static func at(_ scheme: Endpoint.Scheme, _ host: String, _ port: Int? = nil) -> Endpoint {
        Endpoint(scheme: scheme, host: host, port: port ?? scheme.defaultPort, tls: .verify)
    }
}

extension Endpoint.Scheme {
    /// The port when an endpoint names none: 25, 465, 110, 995, 143, 993.
    public var defaultPort: Int {
        switch self {
        case .smtp: 25
        case .smtps: 465
        case .pop3: 110
        case .pop3s: 995
        case .imap: 143
        case .imaps: 993
        }
    }
}
