// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import TestLab

/// Debian's Dovecot with a certificate of its own authority.
struct DovecotLab {
    let directory: String
    let dovecot: Dovecot
    let authority: CertificateAuthority

    init(_ logins: [String: String] = ["azienda": "segreto"], more: String = "") async throws {
        try CertifiedProvider.require()
        directory = try Files.makeTemporaryDirectory("retrieval")
        authority = try CertificateAuthority(in: "\(directory)/tls")
        try Files.makeDirectory("\(directory)/sockets")
        dovecot = try Dovecot(
            in: "\(directory)/dovecot",
            authority: authority,
            passwords: logins,
            sockets: "\(directory)/sockets",
            more: more
        )
    }

    func endpoint(_ scheme: Endpoint.Scheme) -> Endpoint {
        Endpoint(
            scheme: scheme,
            host: "localhost",
            port: port(scheme),
            tls: .verify,
            trust: authority.root
        )
    }

    private func port(_ scheme: Endpoint.Scheme) -> Int {
        switch scheme {
        case .pop3: dovecot.pop3
        case .pop3s: dovecot.pop3s
        case .imap: dovecot.imap
        case .imaps: dovecot.imaps
        case .smtp, .smtps: 0
        }
    }

    func stop() async {
        await dovecot.stop()
        Files.remove(directory)
    }
}
