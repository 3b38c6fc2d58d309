// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What Ceralacca takes the place of, configured as it usually is: Postfix as smarthost with relay hosts and passwords by sender,
/// stunnel for the providers that want TLS from the first byte, fetchmail for the boxes.
package final class ClassicStack: Sendable {
    /// Where everything of it lies.
    package let directory: String
    /// The smarthost's port.
    package let port = Ports.take()
    private let tunnel = Ports.take()
    private let postfix: Postfix
    private let stunnel = Box()

    /// A stack that sends mail for `azienda.test` to `exchange`, mail from `account` through stunnel to `submission` with AUTH,
    /// and all else to `exchange` too.
    package init(
        in directory: String,
        exchange: Int,
        submission: Int,
        account: String,
        authority: CertificateAuthority
    ) throws(LabError) {
        self.directory = directory
        try Files.makeDirectory(directory)
        let etc = "\(directory)/postfix/etc"
        postfix = try Postfix(
            name: "smarthost",
            in: "\(directory)/postfix",
            services: ["127.0.0.1:\(port) inet n - n - - smtpd"],
            settings: [
                "relay_domains = azienda.test", "transport_maps = inline:{azienda.test=smtp:[127.0.0.1]:\(exchange)}",
                "relayhost = [127.0.0.1]:\(exchange)",
                "sender_dependent_relayhost_maps = regexp:\(etc)/relayhosts",
                "smtp_sender_dependent_authentication = yes", "smtp_sasl_auth_enable = yes",
                "smtp_sasl_password_maps = regexp:\(etc)/passwords", "smtp_sasl_security_options = noanonymous",
                "smtp_sasl_mechanism_filter = plain, login", "smtpd_relay_restrictions = permit_mynetworks, reject",
            ]
        )
        let pattern = account.split(separator: ".").joined(separator: "\\.")
        try postfix.write("/^\(pattern)$/ [127.0.0.1]:\(tunnel)\n", to: "relayhosts")
        try postfix.write("/^(\(pattern))$/ $1:\(CertifiedProvider.password)\n", to: "passwords")
        let lines = [
            "foreground = yes", "pid =", "debug = warning", "[submission]", "client = yes",
            "accept = 127.0.0.1:\(tunnel)",
            "connect = 127.0.0.1:\(submission)", "CAfile = \(authority.root)", "verifyChain = yes",
            "checkIP = 127.0.0.1",
        ]
        try Files.write(lines.joined(separator: "\n") + "\n", to: "\(directory)/stunnel.conf")
    }

    /// Starts Postfix and stunnel.
    package func start() async throws {
        try postfix.start()
        let started = try ChildProcess("stunnel", ["\(directory)/stunnel.conf"], log: "\(directory)/stunnel.log")
        stunnel.set(started)
        for port in [port, tunnel] {
            guard try await Ports.waitForAnswer(port) else {
                throw LabError("port \(port) does not answer: \(started.tail())")
            }
        }
    }

    /// Stops both.
    package func stop() async {
        postfix.stop()
        guard let running = stunnel.take() else { return }
        running.signal(SIGTERM)
        _ = await running.wait(within: .seconds(5))
    }

    /// Empties the box of `login` at `pop3s` by fetchmail into the smarthost, or reads it only; returns when fetchmail ends.
    package func fetch(
        _ login: String,
        pop3s: Int,
        authority: CertificateAuthority,
        keeps: Bool = false
    ) throws(LabError) -> Command.Result {
        let control = """
            set no bouncemail
            poll 127.0.0.1 protocol POP3 port \(pop3s) user "\(login)" password "\(CertifiedProvider.password)" \
            is "mario@azienda.test" here ssl sslproto TLS1.2+ sslcertck sslcertfile \(authority.root) \
            sslcommonname localhost smtphost 127.0.0.1/\(port) no rewrite\(keeps ? " keep" : "")

            """
        try Files.write(control, to: "\(directory)/fetchmailrc", mode: 0o600)
        return try Command.outcome(
            "fetchmail",
            ["-s", "-f", "\(directory)/fetchmailrc", "--pidfile", "\(directory)/fetchmail.pid"],
            environment: ["HOME": directory, "FETCHMAILHOME": directory]
        )
    }
}
