// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel

@testable import Sandbox

/// A clock that always says the same.
struct FixedClock: WallClock {
    let moment: Timestamp
    func now() -> Timestamp { moment }
}

/// One authority and one provider for all tests: making keys takes time.
enum Fixtures {
    /// A log that nobody reads.
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    /// 2026-11-23T10:00:00Z.
    static let moment = Timestamp(milliseconds: 1_795_428_000_000)
    static let authority = Result { try CertificateAuthority(name: "Sandbox Root", now: moment) }
    /// Certifies TLS servers, which clients check by the machine's clock.
    static let serverAuthority = Result { try CertificateAuthority(name: "TLS Root", now: SandboxClock().now()) }
    static let profile = ProviderProfile(name: "Gestore Simulato S.p.A.", domain: "pec.example.it")
    static let signer = Result { () throws -> NoticeSigner in
        let identity = try authority.get().providerIdentity(name: profile.name, serviceAddress: profile.serviceAddress)
        return NoticeSigner(identity: identity)
    }

    static func composer() throws -> NoticeComposer {
        NoticeComposer(provider: profile, signer: try signer.get())
    }

    static func address(_ text: String) -> AddrSpec {
        AddrSpec(text) ?? AddrSpec(localPart: "invalid", domain: "invalid.example")
    }

    static func original(
        _ message: String = Fixtures.message,
        recipients: [String] = ["bruno@pec.example.it"],
        sender: String = "anna@pec.example.it"
    ) -> OriginalMessage {
        OriginalMessage(
            envelope: Envelope(
                reversePath: .mailbox(address(sender)),
                recipients: recipients.map { EnvelopeRecipient(address($0)) }
            ),
            sender: address(sender),
            octets: Array(message.utf8),
            identifier: "sim1.1@pec.example.it",
            moment: moment,
            isCertified: { $0 == "pec.example.it" }
        )
    }

    static let message = [
        "From: Anna <anna@pec.example.it>", "To: bruno@pec.example.it", "Cc: carla@pec.example.it",
        "Subject: Fattura n. 7 & altro", "Message-ID: <client-1@azienda.it>", "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", "Perché no?", "",
        "-- ", "Anna", "",
    ].joined(separator: "\r\n")
}
