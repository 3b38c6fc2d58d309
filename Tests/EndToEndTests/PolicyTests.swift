// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Sandbox
import TestLab
import Testing

extension EndToEnd {
    /// The built program on machines whose OpenSSL forbids what old receipts are made of.
    @Suite struct PolicyTests {
        /// What an administrator may write into openssl.cnf: nothing below 256 bits of security, nothing that FIPS does not have.
        private static let policies = [
            ("level", "ssl_conf = ssl\n[ssl]\nsystem_default = all\n[all]\nCipherString = DEFAULT@SECLEVEL=5\n"),
            ("fips", "alg_section = all\n[all]\ndefault_properties = fips=yes\n"),
        ]

        @Test(.timeLimit(.minutes(5)), arguments: policies)
        func `A receipt signed with SHA-1 stays valid whatever openssl.cnf forbids`(
            _ name: String,
            _ policy: String
        ) throws {
            let directory = try Files.makeTemporaryDirectory("policy")
            defer { Files.remove(directory) }
            let authority = try Sandbox.CertificateAuthority(name: "Policy Root", now: SandboxClock().now())
            try Files.write(try authority.trustPEM(), to: "\(directory)/root.pem")
            try Files.write(try receipt(authority), to: "\(directory)/receipt.eml")
            try Files.write("openssl_conf = start\n[start]\n\(policy)", to: "\(directory)/openssl.cnf")
            let environment = ["OPENSSL_CONF": "\(directory)/openssl.cnf"]
            let shown = try Command.run(
                Gateway.program,
                ["inspect", "--json", "--trust", "\(directory)/root.pem", "\(directory)/receipt.eml"],
                environment: environment
            )
            #expect(shown.contains(#""signature":{"state":"valid""#) && shown.contains(#""digest":"sha1""#), "\(shown)")
            guard name == "fips" else { return }
            // The policy is in force: the machine's own tool obeys it.
            let obeying = try Command.outcome(
                "openssl",
                ["dgst", "-sha1", "\(directory)/root.pem"],
                environment: environment
            )
            #expect(obeying.code != 0, "\(obeying.output)")
        }

        private func receipt(_ authority: Sandbox.CertificateAuthority) throws -> [UInt8] {
            let (sender, recipient) = (
                try #require(AddrSpec("azienda@pec.example.it")), try #require(AddrSpec("ente@pec.altrove.example"))
            )
            let now = SandboxClock().now()
            let original = OriginalMessage(
                envelope: Envelope(reversePath: .mailbox(sender), recipients: [EnvelopeRecipient(recipient)]),
                sender: sender,
                octets: Array("From: \(sender)\r\nTo: \(recipient)\r\nMessage-ID: <m1@x.example>\r\n\r\nx\r\n".utf8),
                identifier: "i1@pec.example.it",
                moment: now,
                isCertified: { _ in true }
            )
            let notice = CertifiedNotice(.acceptance, about: original, identifier: "r1@pec.example.it", moment: now)
            let composer = try NoticeComposer(
                provider: ProviderProfile(name: "Gestore", domain: "pec.example.it"),
                authority: authority,
                dialect: .standard
            )
            return try NoticeForger(imitating: composer, authority: authority).compose(notice, .sha1)
        }
    }
}
