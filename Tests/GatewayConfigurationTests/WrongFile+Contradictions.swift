// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension WrongFile {
    private static let listener = "role: exchange\n    address: \"10.0.0.2:2525\"\n    allow: [10.0.0.10]"
    private static let account = "    fetch: {every: 60s}"
    private static let second = """
        \(account)
          - {address: Azienda@PEC.Comune.it, provider: comune, password: {file: pec}, deliver_to: [a@azienda.it]}
        """

    static let contradictions = [
        Self(account, second, "23:15", "accounts[1].address", "twice (first in line 18), expected each account once"),
        Self("    allow: [10.0.0.10]\n", "", "7:11", "listeners[0].role", "serves everybody (open relay)"),
        Self("allow: [10.0.0.10]", "allow: []", "9:12", "listeners[0].allow", "expected the addresses of Exchange"),
        Self(
            "allow: [10.0.0.10]",
            "allow: [\"::/0\"]",
            "9:12",
            "listeners[0].allow",
            "which is everybody (open relay)"
        ),
        Self(
            listener,
            "\(listener)\n  - {role: provider, address: \"10.0.0.2:2525\", allow: [192.0.2.0/24]}",
            "10:5",
            "listeners[1]",
            "port 2525 is taken by the exchange listener on 10.0.0.2"
        ),
        Self(
            listener,
            "\(listener)\n  - {role: internet, address: \"0.0.0.0:2525\"}",
            "10:5",
            "listeners[1]",
            "port 2525 is taken"
        ),
        Self(
            "  domains: [azienda.it]\nlisteners:\n",
            "  tls: none\nlisteners:\n  - {role: internet, address: \"10.0.0.2:25\"}\n",
            "7:12",
            "listeners[0].role",
            "found an internet listener without exchange.domains"
        ),
        Self(
            "allow: [10.0.0.10]",
            "allow: [10.0.0.10]\n    recipient_suffix: {file: pec}",
            "10:23",
            "listeners[0].recipient_suffix",
            "found it on an exchange listener, expected it on a provider listener alone"
        ),
        Self(
            listener,
            "\(listener)\n  - {role: provider, address: \"10.0.0.2:26\", recipient_suffix: {file: pec}, "
                + "tls: {certificate: relay.pem, key: relay.key, client: required, client_ca: ca.pem}}",
            "10:64",
            "listeners[1].recipient_suffix",
            "found it beside auth or tls: {client: required}, expected one of them"
        ),
        Self(
            listener,
            "\(listener)\n  - {role: provider, address: \"10.0.0.2:26\", recipient_suffix: 4f9k2m7q1x8w3z6h}",
            "10:64",
            "listeners[1].recipient_suffix",
            "found a password in clear"
        ),
        Self(
            "allow: [10.0.0.10]",
            "allow: [10.0.0.10]\n    auth: [{login: exch, password: {file: pec}}]",
            "10:11",
            "listeners[0].auth",
            "found auth without tls"
        ),
        Self(
            "allow: [10.0.0.10]",
            "tls: {certificate: relay.pem, key: relay.key, client: required}",
            "9:59",
            "listeners[0].tls.client",
            "without client_ca"
        ),
        Self(
            "allow: [10.0.0.10]",
            "allow: [\"::1\"]\n    tls: {certificate: relay.pem, key: relay.key, client_ca: ca.pem}",
            "10:62",
            "listeners[0].tls.client_ca",
            "expected client: optional or required"
        ),
        Self(
            "smtp://exch1.azienda.lan:25]",
            "smtps://exch1]\n  tls: none",
            "4:13",
            "exchange.servers[0]",
            "but its scheme means TLS"
        ),
        Self(
            "every: 60s}\nqueue:",
            "protocol: pop3}\n  - {address: b@x.it, provider: register, password: {file: pec}, "
                + "deliver_to: [a@azienda.it], fetch: {protocol: pop3}}\nqueue:",
            "23:112",
            "accounts[1].fetch.protocol",
            "the provider has no pop3 endpoint"
        ),
        Self(
            "every: 60s",
            "protocol: imap",
            "22:23",
            "accounts[0].fetch.protocol",
            "the provider has no imap endpoint"
        ),
        Self(
            "every: 60s",
            "folders: [Spam]",
            "22:22",
            "accounts[0].fetch.folders",
            "stands beside protocol: pop3"
        ),
        Self(
            "{file: pec}",
            "{vault: \"a b\"}",
            "20:23",
            "accounts[0].password.vault",
            "expected a name of letters, digits and -_.@"
        ),
        Self(
            "{file: pec}",
            "hunter2",
            "20:15",
            "accounts[0].password",
            "found a password in clear, expected {file: PATH}, {vault: NAME} or {env: NAME}"
        ),
        Self("{file: pec}", "{}", "20:15", "accounts[0].password", "found neither file, env and vault"),
        Self("{file: pec}", "{file: pec, env: A}", "20:15", "accounts[0].password", "found several of"),
        Self(
            "{file: pec}",
            "{env: \"a b\"}",
            "20:21",
            "accounts[0].password.env",
            "expected the name of an environment"
        ),
        Self(
            "[protocollo@azienda.it]",
            "[azienda@pec.comune.it]",
            "21:17",
            "accounts[0].deliver_to",
            "the account's own address"
        ),
        Self("[protocollo@azienda.it]", "[]", "21:17", "accounts[0].deliver_to", "expected one address or more"),
        Self("isp.it\n", "isp.it\n  login: me\n", "12:10", "internet.login", "found a login without a password"),
        Self(
            "isp.it\n",
            "isp.it\n  password: {file: pec}\n",
            "12:13",
            "internet.password",
            "a password without a login"
        ),
        Self("  relay: smtp://smarthost.isp.it", "  tls: none", "11:8", "internet.tls", "found no internet.relay"),
        Self(
            "lifetime: 5d",
            "lifetime: 3h",
            "24:3",
            "queue",
            "the notice (4h) must come before the end of the lifetime (3h)"
        ),
        Self(
            "queue:",
            "scanners: {rspamd: \"https://a:1\"}\nqueue:",
            "23:20",
            "scanners.rspamd",
            "rspamd's normal worker, such as http://127.0.0.1:11333"
        ),
        Self(
            "queue:",
            "scanners: {rspamd: \"http://a\"}\nqueue:",
            "23:20",
            "scanners.rspamd",
            "normal worker, such as"
        ),
        Self(
            "queue:",
            "scanners: {spamassassin: \"http://a:1\"}\nqueue:",
            "23:26",
            "scanners.spamassassin",
            "such as tcp:127.0.0.1:783"
        ),
        Self(
            "queue:",
            "scanners: {spamassassin: {service: \"tcp:a:783\", user: \"a b\"}}\nqueue:",
            "23:55",
            "scanners.spamassassin.user",
            "the name of a user"
        ),
        Self(
            "queue:",
            "scanners: {milters: \"unix:/a\"}\nqueue:",
            "23:21",
            "scanners.milters",
            "a list of milters"
        ),
        Self(
            "queue:",
            "scanners: {milters: [\"unix:/a\", \"unix:/a\"]}\nqueue:",
            "23:33",
            "scanners.milters[1]",
            "unix:/a stands in the list already"
        ),
        Self(
            "queue:",
            "dkim: [{domain: altra.it, selector: uno, key: relay.key}]\nqueue:",
            "23:17",
            "dkim[0].domain",
            "altra.it is not in exchange.domains"
        ),
        Self(
            listener,
            "\(listener)\n  - {role: provider, address: \"10.0.0.2:26\"}",
            "10:12",
            "listeners[1].role",
            "a provider listener that serves everybody"
        ),
        Self(
            "queue:",
            "dkim: [{domain: azienda.it, selector: uno, key: relay.key}]\nqueue:",
            "23:49",
            "dkim[0].key",
            "holds no private key in PEM"
        ),
        Self("queue:", "scanners: {clamav: \"a:1\"}\nqueue:", "23:20", "scanners.clamav", "unix:/run/clamav/clamd.ctl"),
    ]

    private static let password = "accounts[0].password.file"

    static let files = [
        Self("file: pec", "file: none", "20:22", password, "there is no such file. Create it, or correct the path."),
        Self("file: pec", "file: /", "20:22", password, "it is a directory"),
        Self("file: pec", "file: open", "20:22", password, "everybody on this machine can read"),
        Self("file: pec", "file: empty", "20:22", password, "is empty"),
        Self("file: pec", "file: lines", "20:22", password, "has several lines"),
        Self("isp.it\n", "isp.it\n  trust: pec\n", "12:10", "internet.trust", "found no certificate in"),
        Self("isp.it\n", "isp.it\n  trust: none\n", "12:10", "internet.trust", "there is no such file"),
        Self(
            "allow: [10.0.0.10]",
            "allow: [\"::1\"]\n    tls: {certificate: relay.key, key: relay.key}",
            "10:24",
            "listeners[0].tls.certificate",
            "found no certificate in"
        ),
        Self(
            "allow: [10.0.0.10]",
            "allow: [\"::1\"]\n    tls: {certificate: relay.pem, key: relay.pem}",
            "10:40",
            "listeners[0].tls.key",
            "found no private key in"
        ),
        Self(
            "allow: [10.0.0.10]",
            "allow: [\"::1\"]\n    tls: {certificate: relay.pem, key: locked.key}",
            "10:40",
            "listeners[0].tls.key",
            "found an encrypted key"
        ),
        Self(
            "allow: [10.0.0.10]",
            "allow: [\"::1\"]\n    tls: {certificate: relay.pem, key: open.key}",
            "10:40",
            "listeners[0].tls.key",
            "chmod 600"
        ),
    ]
}
