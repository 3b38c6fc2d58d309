// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import CertifiedMail
import CertifiedMailSignatures
import Foundation
import GatewayConfiguration
import Logging
import MailModel

extension IntakeSettings {
    /// What the examination of certified mail needs of the configuration, with the trust anchors read from their files.
    ///
    /// Without the system's roots the bundled authority and the configured roots are left, which is worth a warning and no more.
    /// - Throws: `GatewayError` when `certified.trust` cannot be read, or holds no certificate.
    init(_ configuration: Configuration, logger: Logger) throws(GatewayError) {
        let certified = configuration.certified
        let domains = certified.providerDomains
        self.init(
            anchors: try Self.anchors(certified, logger),
            providers: certified.replacesAnchors
                ? ProviderDomains.none.adding(domains) : ProviderDomains.bundled.adding(domains),
            accounts: Dictionary(
                configuration.accounts.filter(\.provider.isCertified).map { account in
                    let rule = Account(
                        tellsSenders: account.receipts.toSender,
                        digestsAcceptances: account.receipts.acceptances == .daily
                    )
                    return (account.address.comparisonKey, rule)
                },
                uniquingKeysWith: { first, _ in first }
            )
        )
    }

    private static func anchors(
        _ certified: CertifiedConfiguration,
        _ logger: Logger
    ) throws(GatewayError) -> TrustAnchors {
        var own: [UInt8] = []
        if let path = certified.trust {
            do { own = Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
                throw GatewayError(
                    "the roots of certified.trust, \(path), cannot be read: \(error.localizedDescription)"
                )
            }
        }
        let anchors =
            certified.replacesAnchors
            ? TrustAnchors(pem: own) : TrustAnchors(system: systemRoots(logger), configured: own)
        guard let anchors else { throw GatewayError("there is no memory for the trust anchors of certified mail") }
        if let path = certified.trust, anchors.counts[.configured] == nil {
            throw GatewayError("certified.trust, \(path), holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
        }
        return anchors
    }

    private static func systemRoots(_ logger: Logger) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: TrustAnchors.systemBundle)))
        } catch {
            logger.warning(
                "the system's roots cannot be read: signatures under them are not trusted; install ca-certificates",
                metadata: ["file": "\(TrustAnchors.systemBundle)", "error": "\(error.localizedDescription)"]
            )
            return []
        }
    }
}
