// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

/// One wrong configuration, made of a right one, and what is said about it.
struct WrongFile: Sendable, CustomTestStringConvertible {
    /// What is replaced in the right file, and by what.
    var replace: String
    var with: String
    /// Where the one mistake is, about which key, and what it says.
    var place: String
    var path: String
    var message: String

    init(_ replace: String, _ with: String, _ place: String, _ path: String, _ message: String) {
        self.replace = replace
        self.with = with
        self.place = place
        self.path = path
        self.message = message
    }

    var testDescription: String { "\(with) → \(message)" }

    static let right = """
        hostname: relay.azienda.it
        postmaster: postmaster@azienda.it
        exchange:
          servers: [smtp://exch1.azienda.lan:25]
          domains: [azienda.it]
        listeners:
          - role: exchange
            address: "10.0.0.2:2525"
            allow: [10.0.0.10]
        internet:
          relay: smtp://smarthost.isp.it
        providers:
          comune:
            certified: true
            submit: smtps://smtp.pec.comune.it
            pop3: pop3s://pop.pec.comune.it
        accounts:
          - address: azienda@pec.comune.it
            provider: comune
            password: {file: pec}
            deliver_to: [protocollo@azienda.it]
            fetch: {every: 60s}
        queue:
          lifetime: 5d
        """

    private static let smtp = "expected an endpoint such as smtp://smtp.example.it:25 or smtps://smtp.example.it:465"
    private static let durations = "expected a duration such as 60s, 5m, 4h or 7d"

    static let keys = [
        Self("hostname: r", "hostnam: r", "1:1", "hostnam", "unknown key (did you mean 'hostname'?)"),
        Self("pop3: p", "pop: p", "16:5", "providers.comune.pop", "unknown key (did you mean 'pop3'?)"),
        Self("lifetime:", "lifetme:", "24:3", "queue.lifetme", "unknown key (did you mean 'lifetime'?)"),
        Self("every: 60s", "evry: 60s", "22:13", "accounts[0].fetch.evry", "unknown key (did you mean 'every'?)"),
        Self(
            "lifetime: 5d",
            "colour: red",
            "24:3",
            "queue.colour",
            "unknown key, expected one of: lifetime, delay_notice, history, minimum_free"
        ),
        Self("lifetime: 5d", "<<: {}", "24:3", "queue", "found a merge key '<<', expected the keys themselves"),
        Self("lifetime: 5d", "[a]: b", "24:3", "queue", "found a list or a mapping as a key, expected a name"),
        Self(
            "postmaster: postmaster@azienda.it",
            "",
            "1:1",
            "",
            "found no key 'postmaster', expected it with the address for notices"
        ),
        Self(
            "deliver_to: [protocollo@azienda.it]",
            "",
            "18:5",
            "accounts[0]",
            "found no key 'deliver_to', expected it with a list"
        ),
        Self(
            "password: {file: pec}",
            "",
            "18:5",
            "accounts[0]",
            "found no key 'password', expected it with {vault: NAME}, {file: PATH} or {env: NAME}"
        ),
        Self(
            "  lifetime: 5d",
            "  lifetime: 5d\n  \"lifetime\": 6d",
            "25:3",
            "queue.lifetime",
            "found the key twice (first in line 24), expected it once"
        ),
    ]

    static let values = [
        Self("lifetime: 5d", "lifetime: 5", "24:13", "queue.lifetime", "found '5', \(durations) (the unit is missing)"),
        Self("lifetime: 5d", "lifetime: five days", "24:13", "queue.lifetime", "found 'five days', \(durations)"),
        Self("lifetime: 5d", "lifetime: -5d", "24:13", "queue.lifetime", "found '-5d', \(durations)"),
        Self("lifetime: 5d", "lifetime: 999999999999999d", "24:13", "queue.lifetime", durations),
        Self(
            "lifetime: 5d",
            "lifetime: 90d",
            "24:13",
            "queue.lifetime",
            "found '90d', expected a duration from 1m to 30d"
        ),
        Self("lifetime: 5d", "lifetime: [5d]", "24:13", "queue.lifetime", "found a list, \(durations)"),
        Self("lifetime: 5d", "lifetime:", "24:12", "queue.lifetime", "found nothing, \(durations)"),
        Self("lifetime: 5d", "lifetime: ''", "24:13", "queue.lifetime", "found an empty text, \(durations)"),
        Self("lifetime: 5d", "minimum_free: 64", "24:17", "queue.minimum_free", "(the unit is missing)"),
        Self("lifetime: 5d", "minimum_free: 10kB", "24:17", "queue.minimum_free", "expected a size of at least 1 MB"),
        Self(
            "certified: true",
            "certified: yes",
            "14:16",
            "providers.comune.certified",
            "found 'yes', expected true or false"
        ),
        Self(
            "certified: true",
            "limits: {connections: 993x}",
            "14:27",
            "providers.comune.limits.connections",
            "found '993x', expected a whole number from 1 to 100"
        ),
        Self(
            "certified: true",
            "limits: {recipients: 0}",
            "14:26",
            "providers.comune.limits.recipients",
            "expected a whole number from 1"
        ),
        Self(
            "certified: true",
            "limits: {refused_extensions: exe}",
            "14:34",
            "providers.comune.limits.refused_extensions",
            "found 'exe', expected a list of file extensions such as [exe, js]"
        ),
        Self(
            "certified: true",
            "limits: {refused_extensions: [js, .exe]}",
            "14:39",
            "providers.comune.limits.refused_extensions[1]",
            "found '.exe', expected a file extension without dot such as exe"
        ),
        Self(
            "certified: true",
            "limits: {refused_extensions: [js, exe, JS]}",
            "14:44",
            "providers.comune.limits.refused_extensions[2]",
            "found 'JS' twice, expected each extension once"
        ),
        Self(
            "domains: [azienda.it]",
            "merge_window: 30",
            "5:17",
            "exchange.merge_window",
            "found '30', \(durations) (the unit is missing)"
        ),
        Self(
            "domains: [azienda.it]",
            "merge_window: 2h",
            "5:17",
            "exchange.merge_window",
            "found '2h', expected a duration from 0s to 1h"
        ),
        Self("domains: [azienda.it]", "domains: azienda.it", "5:12", "exchange.domains", "expected a list of domains"),
        Self("domains: [azienda.it]", "domains: [az ienda]", "5:13", "exchange.domains[0]", "expected a mail domain"),
        Self("hostname: relay.azienda.it", "hostname: 10.0.0.1", "1:11", "hostname", "expected a host name"),
        Self("postmaster@azienda.it", "postmaster", "2:13", "postmaster", "expected an e-mail address"),
        Self("provider: comune", "provider: comun", "19:15", "accounts[0].provider", "(did you mean 'comune'?)"),
        Self("role: exchange", "role: exchanges", "7:11", "listeners[0].role", "(did you mean 'exchange'?)"),
        Self(
            "every: 60s",
            "keep: always",
            "22:19",
            "accounts[0].fetch.keep",
            "expected 0d, whole days such as 7d, or forever"
        ),
    ]

    static let endpoints = [
        Self("smtp://exch1.azienda.lan:25", "exch1.azienda.lan:25", "4:13", "exchange.servers[0]", smtp),
        Self(
            "smtp://exch1.azienda.lan:25",
            "pop3://exch1",
            "4:13",
            "exchange.servers[0]",
            "found 'pop3://exch1', \(smtp)"
        ),
        Self(
            "smtp://exch1.azienda.lan:25",
            "smtp://exch1:0",
            "4:13",
            "exchange.servers[0]",
            "with a port from 1 to 65535"
        ),
        Self("smtp://exch1.azienda.lan:25", "smtp://exch1:65536", "4:13", "exchange.servers[0]", smtp),
        Self("smtp://exch1.azienda.lan:25", "smtp://exch1/", "4:13", "exchange.servers[0]", smtp),
        Self("smtp://exch1.azienda.lan:25", "smtp://", "4:13", "exchange.servers[0]", smtp),
        Self("smtp://exch1.azienda.lan:25", "\"smtp://[::1\"", "4:13", "exchange.servers[0]", smtp),
        Self(
            "smtp://exch1.azienda.lan:25",
            "smtp://città.it",
            "4:13",
            "exchange.servers[0]",
            "in its ASCII form (xn--…)"
        ),
        Self(
            "smtp://exch1.azienda.lan:25",
            "smtp://mario:pippo@exch1",
            "4:13",
            "exchange.servers[0]",
            "found a text (not shown), \(smtp), without a login: use the keys login and password"
        ),
        Self("smtp://exch1.azienda.lan:25", "smtp://a, smtp://A:25", "4:23", "exchange.servers[1]", "twice"),
        Self(
            "[smtp://exch1.azienda.lan:25]",
            "[]",
            "4:12",
            "exchange.servers",
            "found a list, expected one server or more"
        ),
        Self("10.0.0.2:2525", "10.0.0.2", "8:14", "listeners[0].address", "expected an address with a port"),
        Self("10.0.0.2:2525", "localhost:25", "8:14", "listeners[0].address", "expected an address with a port"),
        Self("10.0.0.2:2525", "*:25", "8:14", "listeners[0].address", "expected \"0.0.0.0:25\" for every IPv4 address"),
        Self(
            "[10.0.0.10]",
            "[10.0.0.10/24]",
            "9:13",
            "listeners[0].allow[0]",
            "a CIDR block without bits beyond its prefix"
        ),
        Self("[10.0.0.10]", "[exch1]", "9:13", "listeners[0].allow[0]", "expected an address or a CIDR block"),
    ]
}
