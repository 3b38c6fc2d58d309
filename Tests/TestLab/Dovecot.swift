// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An instance of Debian's Dovecot in a directory of its own: POP3, POP3S, IMAP, IMAPS and LMTP over maildirs.
package final class Dovecot: Sendable {
    /// Where it keeps its configuration, mailboxes and log.
    package let directory: String
    /// Port of POP3 with STLS.
    package let pop3 = Ports.take()
    /// Port of POP3 in TLS.
    package let pop3s = Ports.take()
    /// Port of IMAP with STARTTLS.
    package let imap = Ports.take()
    /// Port of IMAP in TLS.
    package let imaps = Ports.take()
    /// Its log.
    package var log: String { "\(directory)/dovecot.log" }
    private let process = Box()

    /// The user that owns the mailboxes.
    package static let owner = "mail"

    /// Writes the configuration; `passwords` by login, `sockets` the directory where LMTP and auth sockets go, `tokens` who says whose an
    /// access token is, `more` its last lines.
    package init(
        in directory: String,
        authority: CertificateAuthority,
        passwords: [String: String],
        sockets: String,
        tokens: AuthorizationServer? = nil,
        more: String = ""
    ) throws(LabError) {
        self.directory = directory
        for part in ["mail", "run"] { try Files.makeDirectory("\(directory)/\(part)") }
        let users = passwords.map { "\($0.key):{PLAIN}\($0.value)::::::\n" }.sorted().joined()
        try Files.write(users, to: "\(directory)/users")
        let services = Self.services(pop3: pop3, pop3s: pop3s, imap: imap, imaps: imaps, sockets: sockets)
        try Files.write(
            Self.main(directory, authority) + Self.oauth(directory, tokens) + services + more,
            to: "\(directory)/dovecot.conf"
        )
        if let tokens {
            let settings = [
                "tokeninfo_url = \(tokens.base)/tokeninfo?access_token=", "username_attribute = email",
                "tls_ca_cert_file = \(tokens.authority.root)", "timeout_msecs = 10000",
            ]
            try Files.write(settings.joined(separator: "\n") + "\n", to: "\(directory)/oauth2.conf")
        }
        try Files.give("\(directory)/mail", to: Self.owner)
    }

    /// Starts it; returns when it answers.
    package func start() async throws {
        let started = try ChildProcess(
            "dovecot",
            ["-F", "-c", "\(directory)/dovecot.conf"],
            log: "\(directory)/dovecot.out"
        )
        process.set(started)
        guard try await Ports.waitForAnswer(pop3s, unless: { started.ending != nil }) else {
            throw LabError("dovecot does not answer: \(started.tail()) \(Files.tail(log, 20))")
        }
    }

    /// Stops it.
    package func stop() async {
        guard let running = process.take() else { return }
        running.signal(SIGTERM)
        if await running.wait(within: .seconds(10)) == nil { running.signal(SIGKILL) }
    }

    /// Forgets what it knows of the messages of `address`, who has no session: they get a new UIDVALIDITY and other identifiers.
    package func resetIdentifiers(_ address: String) throws(LabError) {
        for name in ["dovecot-uidlist", "dovecot-uidvalidity*", "dovecot.index*"] {
            try Command.run("find", ["\(directory)/mail/\(address)", "-name", name, "-delete"])
        }
    }

    /// The maildir of `address`.
    package func maildir(_ address: String) throws(LabError) -> Maildir {
        try Maildir("\(directory)/mail/\(address)", owner: Self.owner)
    }

    /// The maildir of a folder of `address`; `encoded` is its name on the wire, with `.` between levels.
    package func folder(_ encoded: String, of address: String) throws(LabError) -> Maildir {
        _ = try maildir(address)
        return try Maildir("\(directory)/mail/\(address)/.\(encoded)", owner: Self.owner)
    }

    /// How many logins by POP3 succeeded for `login`.
    package func pop3Logins(_ login: String) -> Int {
        Files.text(log).split(separator: "\n").count {
            $0.contains("pop3-login") && $0.contains("Login: user=<\(login)>")
        }
    }

    private static func main(_ directory: String, _ authority: CertificateAuthority) -> String {
        """
        base_dir = \(directory)/run
        log_path = \(directory)/dovecot.log
        protocols = pop3 imap lmtp
        listen = 127.0.0.1
        mail_location = maildir:\(directory)/mail/%u
        mail_uid = \(owner)
        mail_gid = \(owner)
        first_valid_uid = 1
        first_valid_gid = 1
        mail_save_crlf = yes
        ssl = yes
        ssl_cert = <\(authority.certificate)
        ssl_key = <\(authority.key)
        disable_plaintext_auth = yes
        auth_mechanisms = plain login
        auth_failure_delay = 0
        mail_max_userip_connections = 200
        pop3_uidl_format = %08Xu%08Xv
        passdb {
          driver = passwd-file
          args = scheme=PLAIN \(directory)/users
        }
        userdb {
          driver = static
          args = uid=\(owner) gid=\(owner) home=\(directory)/mail/%u
        }

        """
    }

    /// Access tokens, and no passwords where they are taken.
    private static func oauth(_ directory: String, _ tokens: AuthorizationServer?) -> String {
        guard tokens != nil else { return "" }
        return """
            auth_mechanisms = plain login xoauth2 oauthbearer
            passdb {
              driver = oauth2
              mechanisms = xoauth2 oauthbearer
              args = \(directory)/oauth2.conf
            }

            """
    }

    private static func services(pop3: Int, pop3s: Int, imap: Int, imaps: Int, sockets: String) -> String {
        """
        service pop3-login {
          inet_listener pop3 {
            port = \(pop3)
          }
          inet_listener pop3s {
            port = \(pop3s)
            ssl = yes
          }
        }
        service imap-login {
          inet_listener imap {
            port = \(imap)
          }
          inet_listener imaps {
            port = \(imaps)
            ssl = yes
          }
        }
        service auth {
          unix_listener \(sockets)/auth {
            mode = 0666
          }
        }
        service lmtp {
          unix_listener \(sockets)/dovecot-lmtp {
            mode = 0666
          }
        }

        """
    }
}
