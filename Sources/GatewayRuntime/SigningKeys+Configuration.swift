// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import DomainKeys
public import GatewayConfiguration
import Logging
import MailModel

/// The TXT records that `dkim` asks for.
public struct SigningRecord: Hashable, Sendable {
    /// `s2026._domainkey.azienda.it`.
    public let name: String
    /// `v=DKIM1; k=rsa; p=…`.
    public let text: String
    /// The same as the strings of a zone file: `"v=DKIM1; k=rsa; p=…" "…"`.
    public let strings: String

    /// Those of `configuration`.
    ///
    /// - Throws: `GatewayError` when a key cannot be used.
    public static func all(_ configuration: Configuration) throws(GatewayError) -> [Self] {
        let silent = Logger(label: "keys") { _ in SwiftLogNoOpLogHandler() }
        return try DomainKey.read(configuration.domainKeys, logger: silent).map { key in
            Self(name: key.recordName, text: key.key.record, strings: key.key.recordStrings)
        }
    }
}

extension DomainKey {
    /// The keys that `dkim` names, read from their files.
    ///
    /// - Throws: `GatewayError` naming the file of the first that cannot be used.
    static func read(_ configured: [DomainKeyConfiguration], logger: Logger) throws(GatewayError) -> [DomainKey] {
        var keys: [DomainKey] = []
        for one in configured {
            let pem: Secret
            do { pem = try one.read() } catch { throw GatewayError("dkim: \(error)") }
            let key: SigningKey
            do { key = try SigningKey(pem: pem) } catch { throw GatewayError("dkim: \(one.key) holds \(error)") }
            if let bits = key.rsaBits, bits < 2048 {
                logger.warning(
                    "a short DKIM key: receivers may not accept its signatures",
                    metadata: ["file": "\(one.key)", "bits": "\(bits)"]
                )
            }
            keys.append(DomainKey(domain: one.domain, selector: one.selector, key: key))
        }
        return keys
    }
}
