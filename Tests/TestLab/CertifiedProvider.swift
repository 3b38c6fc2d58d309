// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A provider of mailboxes on real servers: Postfix takes submissions in TLS with AUTH and checks that the sender belongs to the
/// login; Dovecot keeps the boxes and gives them out by POP3. What is sent to `pec.test` lands in a box; all else is thrown away.
package final class CertifiedProvider: Sendable {
    /// Where everything of it lies.
    package let directory: String
    /// The authority of its certificates.
    package let authority: CertificateAuthority
    /// Who gives tokens for its boxes; nil when it takes passwords alone.
    package let tokens: AuthorizationServer?
    /// Its boxes.
    package let dovecot: Dovecot
    /// Its submission.
    package let postfix: Postfix
    /// Port of submission in TLS.
    package let smtps = Ports.take()
    /// Port of submission with STARTTLS.
    package let submission = Ports.take()
    /// The password of every box.
    package static let password = "segreto"

    /// A provider, which takes access tokens too `withTokens`, with boxes `pec1@pec.test` … of that `count`. Call `start`.
    package init(in directory: String, boxes count: Int, withTokens: Bool = false) throws(LabError) {
        try Self.require()
        self.directory = directory
        try Files.makeDirectory(directory)
        authority = try CertificateAuthority(in: "\(directory)/tls")
        tokens = withTokens ? AuthorizationServer(authority: authority) : nil
        let addresses = (1...count).map(Self.address)
        let sockets = "\(directory)/postfix/queue/private"
        dovecot = try Dovecot(
            in: "\(directory)/dovecot",
            authority: authority,
            passwords: Dictionary(uniqueKeysWithValues: addresses.map { ($0, Self.password) }),
            sockets: sockets,
            tokens: tokens
        )
        postfix = try Postfix(
            name: "provider",
            in: "\(directory)/postfix",
            services: [
                "127.0.0.1:\(smtps) inet n - n - - smtpd -o smtpd_tls_wrappermode=yes",
                "127.0.0.1:\(submission) inet n - n - - smtpd -o smtpd_tls_security_level=encrypt",
            ],
            settings: [
                "smtpd_tls_cert_file = \(authority.certificate)", "smtpd_tls_key_file = \(authority.key)",
                "smtpd_tls_security_level = may", "smtpd_sasl_auth_enable = yes", "smtpd_sasl_type = dovecot",
                "smtpd_sasl_path = private/auth", "smtpd_tls_auth_only = yes",
                "smtpd_relay_restrictions = permit_sasl_authenticated, reject",
                "smtpd_sender_login_maps = regexp:\(directory)/postfix/etc/logins",
                "smtpd_sender_restrictions = reject_sender_login_mismatch",
                "virtual_mailbox_domains = pec.test",
                "virtual_mailbox_maps = regexp:\(directory)/postfix/etc/boxes",
                "virtual_transport = lmtp:unix:private/dovecot-lmtp", "default_transport = discard",
                "lmtp_destination_concurrency_limit = 50", "lmtp_destination_recipient_limit = 50",
            ]
        )
        try postfix.write("/^(.*@pec\\.test)$/ $1\n", to: "logins")
        try postfix.write("/@pec\\.test$/ ok\n", to: "boxes")
    }

    /// The address of box `number`.
    package static func address(_ number: Int) -> String { "pec\(number)@pec.test" }

    /// Starts both servers; returns when they answer.
    package func start() async throws {
        try await tokens?.start()
        try postfix.start()
        try await dovecot.start()
        for port in [smtps, submission] {
            guard try await Ports.waitForAnswer(port) else {
                throw LabError("postfix does not answer on \(port): \(Files.tail(postfix.log, 20))")
            }
        }
    }

    /// Stops both servers.
    package func stop() async {
        postfix.stop()
        await dovecot.stop()
        do { try await tokens?.stop() } catch { print("the authorization server did not stop: \(error)") }
    }

    /// Logins at submission that succeeded in sessions that have ended.
    package var submissionLogins: Int {
        postfix.lines(with: "disconnect from").reduce(0) { sum, line in
            let word = line.split(separator: " ").first { $0.hasPrefix("auth=") }
            return sum + (word.flatMap { Int($0.dropFirst(5).prefix { $0 != "/" }) } ?? 0)
        }
    }

    /// Sessions at submission, ended or not.
    package var submissionSessions: Int { postfix.lines(with: "]: connect from").count }

    /// Throws, in words, what this machine lacks to run it: a test that cannot run fails, it is never left out.
    package static func require() throws(LabError) {
        if let missing { throw LabError("the real servers cannot be started: \(missing)") }
    }

    /// Whether this machine can run it: root, Postfix, Dovecot with POP3 and LMTP, openssl.
    package static var missing: String? {
        if Command.isRoot == false {
            return "must run as root, because Postfix and Dovecot start as root (scripts/test sees to it)"
        }
        let tools = ["postfix", "dovecot", "openssl"].filter { !Command.exists($0) }
        if !tools.isEmpty { return "not installed: \(tools.joined(separator: ", ")) (scripts/setup installs them)" }
        let parts = ["pop3", "lmtp"].filter { Files.read("/usr/lib/dovecot/\($0)").isEmpty }
        return parts.isEmpty ? nil : "not installed: dovecot-\(parts[0])d (scripts/setup installs it)"
    }
}
